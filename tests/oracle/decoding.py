"""Stock `TensorsToDetectionsCalculator`, alone and followed by `NonMaxSuppressionCalculator`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mediapipe.python import packet_getter

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import (
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from oracle.graphs import GraphBuilder
from oracle.messages import detections_from, options_message
from oracle.tensor_source import add_tensors

Tensors = Sequence[npt.NDArray[np.float32]]


def tensors_as_stock_sees_them(tensors: Tensors) -> list[npt.NDArray[np.float32]]:
    """The tensors after their way into the graph, to show that it changes no bit."""
    graph = GraphBuilder()
    packets = add_tensors(graph, tensors, "tensors")
    count = len(tensors)
    split = [f"tensor_{index}" for index in range(count)]
    from mediapipe.calculators.core import split_vector_calculator_pb2

    ranges = split_vector_calculator_pb2.SplitVectorCalculatorOptions()
    for index in range(count):
        ranges.ranges.add(begin=index, end=index + 1)
    graph.node("SplitTensorVectorCalculator", inputs=["tensors"], outputs=split, options=ranges)
    floats = [f"floats_{index}" for index in range(count)]
    for source, target in zip(split, floats, strict=True):
        graph.node(
            "TensorsToFloatsCalculator", inputs=[f"TENSORS:{source}"], outputs=[f"FLOATS:{target}"]
        )
    received = graph.run(packets, floats)
    values = [packet_getter.get_float_list(received[name][0]) for name in floats]
    return [
        np.array(value, np.float32).reshape(tensor.shape)
        for value, tensor in zip(values, tensors, strict=True)
    ]


def _decoder(
    graph: GraphBuilder,
    tensors: Tensors,
    options: TensorsToDetectionsOptions,
    anchors: npt.NDArray[np.float32] | None,
) -> list[tuple[str, Any]]:
    packets = add_tensors(graph, tensors, "tensors")
    if anchors is not None:
        fixed = options_message(SsdAnchorsOptions(fixed_anchors=anchors))
        graph.node("SsdAnchorsCalculator", side_outputs=["anchors"], options=fixed)
    graph.node(
        "TensorsToDetectionsCalculator",
        inputs=["TENSORS:tensors"],
        side_inputs=[] if anchors is None else ["ANCHORS:anchors"],
        outputs=["DETECTIONS:decoded"],
        options=options_message(options),
    )
    return packets


def _suppress(graph: GraphBuilder, options: NonMaxSuppressionOptions) -> None:
    graph.node(
        "NonMaxSuppressionCalculator",
        inputs=["decoded"],
        outputs=["retained"],
        options=options_message(options),
    )


def decoder_graph(
    tensors: Tensors,
    options: TensorsToDetectionsOptions,
    anchors: npt.NDArray[np.float32] | None = None,
    nms_options: NonMaxSuppressionOptions | None = None,
) -> dict[str, Any]:
    """What `run_graph` takes to make "decoded" of `tensors`, and "retained" by `nms_options`."""
    graph = GraphBuilder()
    packets = _decoder(graph, tensors, options, anchors)
    if nms_options is not None:
        _suppress(graph, nms_options)
    return {
        "graph": graph.config,
        "inputs": dict(packets),
        "side_packets": graph.side_packets,
    }


def stock_decode(
    tensors: Tensors,
    options: TensorsToDetectionsOptions,
    anchors: npt.NDArray[np.float32] | None = None,
) -> Detections:
    """Decode `tensors`, in model output order and shape; `anchors` go in as a side packet."""
    graph = GraphBuilder()
    packets = _decoder(graph, tensors, options, anchors)
    (decoded,) = graph.run(packets, ["decoded"])["decoded"]
    return detections_from(
        packet_getter.get_proto_list(decoded),
        num_keypoints=max(options.num_keypoints, 0),
        max_classes=options.max_classes_per_detection if len(tensors) == 4 else 1,
    )


def stock_decode_nms(
    tensors: Tensors,
    options: TensorsToDetectionsOptions,
    nms_options: NonMaxSuppressionOptions,
    anchors: npt.NDArray[np.float32] | None = None,
) -> Detections | None:
    """Decode, then suppress, in one graph; None where the suppression sends no packet."""
    graph = GraphBuilder()
    packets = _decoder(graph, tensors, options, anchors)
    _suppress(graph, nms_options)
    retained = graph.run(packets, ["retained"])["retained"]
    if not retained:
        return None
    return detections_from(
        packet_getter.get_proto_list(retained[0]), num_keypoints=max(options.num_keypoints, 0)
    )
