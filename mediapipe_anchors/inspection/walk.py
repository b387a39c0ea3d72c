"""From a model's output back to the tensors that its elements come from, element by element.

Reshapes, transpositions, concatenations and the like move elements, and arithmetic leaves them in
their place; so where each element of the output stood before is known exactly, whichever way a
converter chose. The walk ends at what computes elements from several others: convolutions.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Set
from typing import NamedTuple

import numpy as np

from mediapipe_anchors.inspection.movement import Indices, Origin, origins
from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.inspection.step import Step, UnmovedError, computed_inputs
from mediapipe_anchors.tflite import Model, Operator

MAX_WORK = 2**23  # elements followed through operators; the largest detectors need a third
FILLING = -1


class Passed(NamedTuple):
    """An operator that lies on the way.

    Attributes:
        operator: the operator.
        varies_by_row: whether its constant differs from place to place, not just along the last
            axis: a decoder that is part of the model does that.
        mixes: whether it combines computed tensors.
    """

    operator: Operator
    varies_by_row: bool
    mixes: bool


@dataclasses.dataclass
class Walk:
    """Where elements come from.

    Attributes:
        sources: {number of a tensor, or FILLING: [(which of the elements, their flat indices in
            the tensor)]}.
        passed: operators on the way, the last of the model first.
        is_cut: whether the walk was too long and ends early.
    """

    sources: dict[int, list[tuple[Indices, Indices]]]
    passed: list[Passed]
    is_cut: bool = False

    def names(self) -> set[str]:
        return {passed.operator.name for passed in self.passed}


def walk_back(model: Model, constants: Set[int], tensor: int, flat: Indices) -> Walk:
    """Follow elements of a tensor back to where they are computed.

    Args:
        model: the model.
        constants: numbers of tensors that are not computed.
        tensor: the number of the tensor.
        flat: flat indices of the elements.
    """
    walk = Walk({}, [])
    known: dict[int, Passed] = {}
    waiting = [(tensor, np.arange(len(flat)), flat)]
    work = 0
    while waiting:
        index, which, places = waiting.pop()
        work += len(places) + 2000  # an operator costs something however few its elements are
        walk.is_cut |= work > MAX_WORK
        found = [] if walk.is_cut else _before(model, constants, index, places, known)
        if not found:
            walk.sources.setdefault(index, []).append((which, places))
        for origin in found:
            own = which if origin.chosen is None else which[origin.chosen]
            if origin.tensor == FILLING:
                walk.sources.setdefault(FILLING, []).append((own, origin.flat))
            else:
                waiting.append((origin.tensor, own, origin.flat))
    walk.passed = list(known.values())
    return walk


def _before(
    model: Model, constants: Set[int], index: int, flat: Indices, known: dict[int, Passed]
) -> list[Origin]:
    """Where elements of a tensor come from; [] where its operator computes them."""
    operator = model.producer(index)
    if operator is None or index in constants:
        return []
    step = Step(model, operator, constants, operator.outputs.index(index))
    try:
        found = origins(step, flat)
        known.setdefault(operator.table.position, _passed(step))
    except UnmovedError:
        return []
    return found


def _passed(step: Step) -> Passed:
    others = [i for i in step.operator.inputs if i in step.constants]
    shapes = [sizes_of(step.model.tensors[index]) or () for index in others]
    is_arithmetic = step.operator.name in ("ADD", "SUB", "MUL", "DIV")
    varies = is_arithmetic and any(size > 1 for shape in shapes for size in shape[:-1])
    mixes = is_arithmetic and len(computed_inputs(step)) > 1
    return Passed(step.operator, varies, mixes)
