"""Stock `DetectionLetterboxRemovalCalculator` and `DetectionProjectionCalculator`.

Their padding and matrix are of C++ types that only MediaPipe itself can make, so an
`ImageToTensorCalculator` makes them from a region of interest, and they are read back beside the
result.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
from mediapipe.calculators.tensor import image_to_tensor_calculator_pb2
from mediapipe.framework.formats import rect_pb2
from mediapipe.python import packet_creator, packet_getter
from mediapipe.python._framework_bindings import image_frame

from mediapipe_anchors.detections import Detections
from oracle.detection_source import add_detections
from oracle.graphs import GraphBuilder
from oracle.messages import detections_from

Floats = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class RegionOfInterest:
    """What of an image goes into a tensor; lengths as fractions of the image, angle in radians."""

    image_width: int = 8
    image_height: int = 6
    tensor_width: int = 4
    tensor_height: int = 4
    keep_aspect_ratio: bool = True
    x_center: float = 0.5
    y_center: float = 0.5
    width: float = 1.0
    height: float = 1.0
    rotation: float = 0.0


def _add_region(graph: GraphBuilder, region: RegionOfInterest) -> list[tuple[str, Any]]:
    """Add the node that makes the streams "padding" and "matrix"; returns the packets to feed."""
    options = image_to_tensor_calculator_pb2.ImageToTensorCalculatorOptions(
        output_tensor_width=region.tensor_width,
        output_tensor_height=region.tensor_height,
        keep_aspect_ratio=region.keep_aspect_ratio,
    )
    options.output_tensor_float_range.min, options.output_tensor_float_range.max = 0, 1
    graph.node(
        "ImageToTensorCalculator",
        inputs=[
            f"IMAGE:{graph.input_stream('image')}",
            f"NORM_RECT:{graph.input_stream('region')}",
        ],
        outputs=["TENSORS:tensors", "LETTERBOX_PADDING:padding", "MATRIX:matrix"],
        options=options,
    )
    pixels = np.zeros((region.image_height, region.image_width, 3), np.uint8)
    image = image_frame.ImageFrame(image_format=image_frame.ImageFormat.SRGB, data=pixels)
    rectangle = rect_pb2.NormalizedRect(
        x_center=region.x_center,
        y_center=region.y_center,
        width=region.width,
        height=region.height,
        rotation=region.rotation,
    )
    return [
        ("image", packet_creator.create_image_frame(image).at(0)),
        ("region", packet_creator.create_proto(rectangle).at(0)),
    ]


def _moved(
    detections: Detections, region: dict[str, Any], calculator: str, tag: str, numbers: str
) -> tuple[Floats, Detections]:
    """What the calculator takes at `tag` from the stream `numbers`, and what it makes of it."""
    graph = GraphBuilder()
    packets = add_detections(graph, detections, "detections")
    packets += _add_region(graph, RegionOfInterest(**region))
    graph.node(
        calculator,
        inputs=["DETECTIONS:detections", f"{tag}:{numbers}"],
        outputs=["DETECTIONS:moved"],
    )
    received = graph.run(packets, [numbers, "moved"])
    moved = packet_getter.get_proto_list(received["moved"][0]) if received["moved"] else []
    return (
        np.array(packet_getter.get_float_list(received[numbers][0]), np.float32),
        detections_from(moved, num_keypoints=detections.keypoints.shape[1]),
    )


def stock_remove_letterbox(
    detections: Detections, region: dict[str, Any]
) -> tuple[Floats, Detections]:
    """`detections` with the padding removed that a region gives: float32 [4], and the result.

    `region` holds fields of `RegionOfInterest`, the padding left, top, right, bottom.
    """
    calculator = "DetectionLetterboxRemovalCalculator"
    return _moved(detections, region, calculator, "LETTERBOX_PADDING", "padding")


def stock_project_detections(
    detections: Detections, region: dict[str, Any]
) -> tuple[Floats, Detections]:
    """`detections` projected by the matrix that a region gives: row-major [16], and the result.

    `region` holds fields of `RegionOfInterest`.
    """
    calculator = "DetectionProjectionCalculator"
    return _moved(detections, region, calculator, "PROJECTION_MATRIX", "matrix")
