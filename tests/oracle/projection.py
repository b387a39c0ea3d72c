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


def _run(
    region: RegionOfInterest | dict[str, Any], detections: Detections, calculator: str, tag: str
) -> tuple[Floats, Floats, Detections]:
    region = region if isinstance(region, RegionOfInterest) else RegionOfInterest(**region)
    graph = GraphBuilder()
    packets = add_detections(graph, detections, "detections")
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
    graph.node(
        calculator,
        inputs=["DETECTIONS:detections", f"{tag}:{tag.split('_')[-1].lower()}"],
        outputs=["DETECTIONS:moved"],
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
    packets.append(("image", packet_creator.create_image_frame(image).at(0)))
    packets.append(("region", packet_creator.create_proto(rectangle).at(0)))
    received = graph.run(packets, ["padding", "matrix", "moved"])
    padding, matrix = (
        np.array(packet_getter.get_float_list(received[name][0]), np.float32)
        for name in ("padding", "matrix")
    )
    moved = packet_getter.get_proto_list(received["moved"][0]) if received["moved"] else []
    return (
        padding,
        matrix,
        detections_from(moved, num_keypoints=detections.keypoints.shape[1]),
    )


def stock_padding_and_matrix(region: RegionOfInterest) -> tuple[Floats, Floats]:
    """Padding float32 [4] left, top, right, bottom and row-major matrix float32 [16]."""
    padding, matrix, _ = _run(
        region, Detections.empty(), "DetectionProjectionCalculator", "PROJECTION_MATRIX"
    )
    return padding, matrix


def stock_remove_letterbox(
    detections: Detections, region: RegionOfInterest | dict[str, Any]
) -> tuple[Floats, Detections]:
    """The padding that `region` gives, and `detections` with it removed."""
    padding, _, moved = _run(
        region, detections, "DetectionLetterboxRemovalCalculator", "LETTERBOX_PADDING"
    )
    return padding, moved


def stock_project_detections(
    detections: Detections, region: RegionOfInterest | dict[str, Any]
) -> tuple[Floats, Detections]:
    """The matrix that `region` gives, and `detections` projected by it."""
    _, matrix, moved = _run(
        region, detections, "DetectionProjectionCalculator", "PROJECTION_MATRIX"
    )
    return matrix, moved
