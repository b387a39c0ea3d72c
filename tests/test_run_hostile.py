"""What no caller should pass to `run_graph` and `GraphRunner`: refused by a typed error."""

from __future__ import annotations

import contextlib
import fractions

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import SOURCES, pass_through_graph

from mediapipe_anchors import GraphRunner, MediaPipeAnchorsError, run_graph

pytestmark = needs_graph_api

GRAPH = pass_through_graph()


class Speechless:
    """A value that cannot even be shown."""

    def __repr__(self) -> str:
        raise RuntimeError("no repr")


HOSTILE = {
    "object": object(),
    "speechless object": Speechless(),
    "function": lambda: 0,
    "type": int,
    "generator": (i for i in [[]]),
    "complex number": 1j,
    "NaN": float("nan"),
    "negative number": -(2**70),
    "bytes": b"in0",
    "lone surrogate": "\ud800",
    "list of objects": [object()],
    "list of lists": [[{}]],
    "set": {(1,)},
    "key that is no text": {(1, 2): 2},
    "key that is bytes": {b"in0": 1},
    "unhashable value": {"in0": [{}]},
    "speechless value": {"in0": Speechless()},
    "array without axes": np.array(0.5),
    "array of texts": np.array(["in0"]),
    "matrix": np.ones((2, 2)),
}
ARGUMENTS = ["inputs", "backend", "side_packets", "outputs", "packet_types", "timestamps", "fps"]
by_value = pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)


def refused(call, argument: str) -> None:
    with pytest.raises(MediaPipeAnchorsError) as caught:
        call()
    assert argument.startswith(caught.value.field.partition("[")[0])  # "timestamp" of "timestamps"
    assert caught.value.expected
    assert f"{caught.value.field}: got " in str(caught.value)


@by_value
@pytest.mark.parametrize("argument", ARGUMENTS)
def test_arguments_of_run_graph(argument, value):
    refused(lambda: run_graph(GRAPH, **({"inputs": {"in0": 1}} | {argument: value})), argument)


@by_value
@pytest.mark.parametrize("argument", [a for a in ARGUMENTS if a not in ("inputs", "timestamps")])
def test_arguments_of_a_runner(argument, value):
    refused(lambda: GraphRunner(GRAPH, **{argument: value}), argument)


@by_value
def test_graphs(value):
    for call in (GraphRunner, lambda graph: run_graph(graph, {"in0": 1})):
        with pytest.raises(MediaPipeAnchorsError):
            call(value)


@by_value
def test_arguments_of_process(value):
    with GraphRunner(GRAPH) as runner:
        refused(lambda: runner.process(value), "inputs")
        refused(lambda: runner.process({"in0": 1}, timestamp=value), "timestamp")
        assert runner.process({"in0": 1})["out0"] == 1


@by_value
def test_values_inside_arguments(value):
    refused(lambda: run_graph(GRAPH, {"in0": 1}, packet_types={"in0": value}), "packet_types")
    refused(lambda: run_graph(GRAPH, {"in0": 1}, outputs=["out0", value]), "outputs")
    refused(lambda: run_graph(GRAPH, {"in0": 1}, timestamps=[value]), "timestamps")
    refused(lambda: run_graph(GRAPH, [{"in0": 1}, value]), "inputs")


@by_value
def test_values_for_packets(value):
    """Some of them are fine."""
    for graph, call in (
        (GRAPH, {"inputs": {"in0": value}}),
        (SOURCES, {"inputs": {}, "side_packets": {"side": value}}),
    ):
        with contextlib.suppress(MediaPipeAnchorsError):
            run_graph(graph, **call)


@pytest.mark.parametrize("fps", [fractions.Fraction(30000, 1001), np.float32(25), np.int64(30)])
def test_frame_rates_of_any_real_type(fps):
    results = run_graph(GRAPH, [{"in0": 1}, {"in0": 2}], fps=fps)
    assert results[1].timestamp == round(1_000_000 / float(fps))


@pytest.mark.parametrize("fps", [5e-324, fractions.Fraction(1, 10**400)])
def test_slowest_frame_rates(fps):
    assert run_graph(GRAPH, [{"in0": 1}, {"in0": 2}], fps=fps)[1].timestamp == 2**62


@pytest.mark.parametrize("fps", [10**400, float("inf"), True, -1, 0])
def test_frame_rates_out_of_range(fps):
    refused(lambda: GraphRunner(GRAPH, fps=fps), "fps")
