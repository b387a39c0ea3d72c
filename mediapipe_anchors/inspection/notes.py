"""A raw detector in words, and what to know before it runs in MediaPipe."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.inspection.report import HeadsReport
from mediapipe_anchors.inspection.roles import Roles
from mediapipe_anchors.tflite import Model, Tensor

_LEVELS = {"uint8": (0, 255), "int8": (-128, 127)}

DECODED_USE = (
    "no anchors of yours: the boxes are finished, or nearly. Where they are x, y, w, h, "
    "MediaPipe's graph takes them with the same anchor x_center: 0 y_center: 0 w: 1 h: 1 in each "
    "row (fixed_anchors), box_format: XYWH and scales of 1, or of the input's size where they are "
    "in pixels; else decode outside of it"
)


def raw_summary(heads: HeadsReport) -> str:
    """A raw detector in a sentence."""
    keypoints = f" and {heads.num_keypoints} keypoints" if heads.num_keypoints else ""
    classes = f"{heads.num_classes} class{'es' * (heads.num_classes > 1)}"
    maps = len(heads.maps)
    on_maps = f" on {maps} feature map{'s' * (maps > 1)}" if maps else ""
    return (
        f"an SSD-style detector with raw outputs: {heads.num_boxes} rows{on_maps}, each a box"
        f"{keypoints} and {classes}"
    )


def raw_notes(model: Model, roles: Roles, heads: HeadsReport, num_candidates: int) -> Iterator[str]:
    """What stands in the way, or is easily overlooked."""
    if not heads.order_is_certain:
        yield f"which output holds the boxes is a guess ({heads.order_reason})"
    if heads.alternatives:
        other = ", ".join(f"{coords} and {classes}" for coords, classes in heads.alternatives)
        yield (
            "coordinates and classes are the least that the channels allow; they also allow "
            f"{other}, with fewer anchors a cell"
        )
    if len(roles.boxes) > 1:
        yield (
            f"the {len(model.outputs)} outputs are one for each feature map; MediaPipe takes one "
            "tensor of boxes and one of scores: join them in the model with a reshape and a "
            "concatenation each, in the order of the rows above"
        )
    yield from _tensors(model)
    if heads.activation is None and all(_is_probability(part.tensor) for part in roles.scores):
        yield (
            "by their quantisation scores are from 0 to 1, so they may be probabilities already, "
            "and sigmoid_score: false"
        )
    if heads.maps and not num_candidates and not all(each.is_standard for each in heads.maps):
        yield (
            "the rows do not stand in MediaPipe's order (y, x, anchor), so its generator has no "
            "options for them: give the anchors as fixed_anchors, in the order of the rows"
        )
    if not num_candidates and not heads.maps:
        yield "no usual anchor options give that number of rows"


def _is_probability(tensor: Tensor) -> bool:
    """Whether a quantised tensor holds numbers from 0 to 1 or so."""
    quantization, levels = tensor.quantization, _LEVELS.get(tensor.dtype)
    if quantization is None or levels is None or len(quantization.scale) != 1:
        return False
    lowest, highest = (quantization.scale[0] * (v - quantization.zero_point[0]) for v in levels)
    return lowest == 0 and 0.99 <= highest <= 1.01


def _tensors(model: Model) -> Iterator[str]:
    dtypes = sorted({tensor.dtype for tensor in model.outputs} - {"float32"})
    if dtypes:
        yield (
            f"outputs of {', '.join(dtypes)}: TensorsToDetectionsCalculator takes float32 alone; "
            "put TensorsDequantizationCalculator before it, or have the model put out float32"
        )
    first = model.outputs[0].shape[:1]
    if first == (-1,) or (len(model.outputs[0].shape) > 2 and first > (1,)):
        size = "is left open" if first == (-1,) else f"is {first[0]}"
        yield f"the batch {size}; MediaPipe runs one image at a time and takes [1,N,C] alone"
