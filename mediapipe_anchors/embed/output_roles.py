"""Which output of a model is which: from shapes and names, and never by guess."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from mediapipe_anchors.errors import ModelError, OptionsError
from mediapipe_anchors.inspection.roles import BOX_NAME, SCORE_NAME
from mediapipe_anchors.options import TensorMapping, TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model, Tensor
from mediapipe_anchors.tflite.metadata import Metadata


@dataclasses.dataclass(frozen=True)
class RawOutputs:
    """The two outputs of a raw detector.

    Attributes:
        boxes, scores: their place among the model's outputs.
    """

    boxes: int
    scores: int


def raw_outputs(
    model: Model, decode: TensorsToDetectionsOptions, metadata: Metadata | None
) -> RawOutputs:
    """Which output holds the boxes and which the scores.

    `decode.tensor_mapping` decides where it is set; else the shapes do; else, where the boxes have
    as many columns as the scores, the names of the tensors, of the signature or in the metadata.

    Raises:
        OptionsError: the shapes are not those of `decode`, or nothing tells the outputs apart.
        ModelError: an output that no detector has.
    """
    sizes = [_rows_and_columns(model, tensor) for tensor in model.outputs]
    wanted = (decode.num_coords, decode.num_classes)
    rows = (sizes[0][0], sizes[1][0])
    orders = [
        outputs
        for outputs in (RawOutputs(0, 1), RawOutputs(1, 0))
        if (sizes[outputs.boxes][1], sizes[outputs.scores][1]) == wanted
    ]
    if not orders or rows != (decode.num_boxes,) * 2:
        shapes = " and ".join(str(list(tensor.converted_shape)) for tensor in model.outputs)
        raise OptionsError(
            field="decode",
            value=f"num_boxes {decode.num_boxes}, num_coords {decode.num_coords}, num_classes "
            f"{decode.num_classes}",
            expected=f"those of the model, whose outputs are {shapes}",
            fix="boxes are [1, num_boxes, num_coords], scores [1, num_boxes, num_classes]",
        )
    if decode.tensor_mapping is not None:
        orders = [_mapped(decode.tensor_mapping, orders)]
    elif len(orders) > 1:
        orders = [outputs for outputs in orders if _named(model, metadata) == outputs]
    if not orders:
        raise OptionsError(
            field="decode.tensor_mapping",
            value=None,
            expected="which output holds the boxes: both have the shape "
            f"{list(model.outputs[0].converted_shape)}, and names that do not tell",
            fix="pass TensorMapping(detections_tensor_index=0, scores_tensor_index=1), or 1 and 0",
        )
    return orders[0]


def _rows_and_columns(model: Model, tensor: Tensor) -> tuple[int, int]:
    shape = tensor.converted_shape
    if not 3 <= len(shape) <= 4 or set(shape[:-2]) != {1} or min(shape) < 1:
        raise ModelError(
            f"output {tensor.name!r} has the shape {list(shape)}, expected [1, boxes, columns] or "
            "[1, 1, boxes, columns]: MediaPipe takes no other",
            path=model.path,
        )
    return shape[-2], shape[-1]


def _mapped(mapping: TensorMapping, orders: list[RawOutputs]) -> RawOutputs:
    outputs = (mapping.detections_tensor_index, mapping.scores_tensor_index)
    for order in orders:
        if (order.boxes, order.scores) == outputs:
            return order
    raise OptionsError(
        field="decode.tensor_mapping",
        value=f"detections_tensor_index {outputs[0]}, scores_tensor_index {outputs[1]}",
        expected=f"{orders[0].boxes} and {orders[0].scores}, by the shapes of the outputs",
    )


def _named(model: Model, metadata: Metadata | None) -> RawOutputs | None:
    """What the names say, all of them; None where they say nothing, or contradict each other."""
    says = {
        RawOutputs(place, 1 - place) if is_box else RawOutputs(1 - place, place)
        for place in (0, 1)
        for name in _names(model, metadata, place)
        for is_box in _meaning(name)
    }
    return says.pop() if len(says) == 1 else None


def _names(model: Model, metadata: Metadata | None, place: int) -> Iterator[str]:
    tensor = model.outputs[place]
    yield tensor.name
    yield model.output_names.get(tensor.index, "")
    if metadata is not None and len(metadata.outputs) == len(model.outputs):
        yield metadata.outputs[place].name


def _meaning(name: str) -> list[bool]:
    """[True] for boxes, [False] for scores, [] for neither or both."""
    is_box, is_score = (bool(part.search(name)) for part in (BOX_NAME, SCORE_NAME))
    return [is_box] if is_box != is_score else []
