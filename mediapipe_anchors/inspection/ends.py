"""A model's inputs and outputs for the report."""

from __future__ import annotations

from mediapipe_anchors.inspection.report import TensorReport
from mediapipe_anchors.inspection.roles import Roles
from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.options import TensorMapping
from mediapipe_anchors.tflite import Model, Tensor

_CHANNELS = (1, 3, 4)


def input_size(model: Model) -> tuple[int, int] | None:
    """(width, height) of the only image among the inputs."""
    images = [tensor for tensor in model.inputs if is_image(tensor)]
    if len(images) != 1:
        return None
    sizes = sizes_of(images[0])
    assert sizes is not None
    if sizes[3] in _CHANNELS:
        return sizes[2], sizes[1]
    return sizes[3], sizes[2]


def is_image(tensor: Tensor) -> bool:
    """[batch, height, width, channels], or as other frameworks have it, [batch, channels, ...]."""
    sizes = sizes_of(tensor)
    return (
        sizes is not None and len(sizes) == 4 and (sizes[3] in _CHANNELS or sizes[1] in _CHANNELS)
    )


def tensor_report(tensor: Tensor, role: str) -> TensorReport:
    quantization = tensor.quantization
    one = quantization is not None and len(quantization.scale) == 1
    return TensorReport(
        name=tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype,
        scale=quantization.scale[0] if quantization is not None and one else None,
        zero_point=quantization.zero_point[0] if quantization is not None and one else None,
        role=role,
    )


def output_roles(roles: Roles) -> dict[int, str]:
    found = {part.tensor.index: "boxes" for part in roles.boxes}
    found |= {part.tensor.index: "scores" for part in roles.scores}
    if roles.anchors is not None:
        found[roles.anchors.index] = "anchors"
    return found


def mapping(model: Model, roles: Roles) -> TensorMapping | None:
    """None where MediaPipe's own order, boxes, scores, anchors, is the model's."""
    if len(roles.boxes) > 1:
        return None
    order = [tensor.index for tensor in model.outputs]
    places = [order.index(roles.boxes[0].tensor.index), order.index(roles.scores[0].tensor.index)]
    anchors = None if roles.anchors is None else order.index(roles.anchors.index)
    if places == [0, 1] and anchors in (None, 2):
        return None
    return TensorMapping(
        detections_tensor_index=places[0],
        scores_tensor_index=places[1],
        anchors_tensor_index=anchors,
    )
