"""Every trap is real on the live stock calculators, and ours is equal or raises a typed error."""

from __future__ import annotations

import pytest
from conftest import needs_graph_api

from differential.trap_table import row
from differential.traps import TRAPS
from differential.traps.trap import OK, UNDEFINED

by_name = pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)


def test_names_are_unique():
    names = [trap.name for trap in TRAPS]
    assert len(set(names)) == len(names)


@by_name
def test_ours(trap):
    if trap.refusal is None:
        result = trap.ours()
        assert trap.shows is None or trap.shows(result), result
        return
    with pytest.raises(trap.refusal) as caught:
        trap.ours()
    assert caught.value.field == trap.field
    assert trap.field in str(caught.value)
    assert caught.value.expected


@needs_graph_api
@by_name
def test_stock(trap):
    outcome = trap.run_stock()
    print(row(trap, outcome))
    if trap.ends == UNDEFINED:
        return  # whatever happened is an accident
    assert outcome.kind == trap.ends, outcome
    assert trap.text in outcome.text
    if trap.ends == OK and trap.refusal is None:
        assert trap.same(trap.ours(), outcome.result), (trap.ours(), outcome.result)
