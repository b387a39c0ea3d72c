"""What no model file states, with the values that published models of its shape use."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mediapipe_anchors.inspection.report import Candidate, UnknownOption
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.presets import Preset

_STANDARD = ("min_scale", "max_scale", "aspect_ratios", "fixed_anchor_size")
_OFFSETS = ("anchor_offset_x", "anchor_offset_y")
_DECODE = (
    "x_scale",
    "y_scale",
    "w_scale",
    "h_scale",
    "apply_exponential_on_box_size",
    "box_format",
    "score_clipping_thresh",
)
_INPUT_SIZE = "the input's size"

# Of models that are not among the presets, for want of their file or graph.
_MULTISCALE = {
    "anchor_scale": {
        "3": ("EfficientDet-Lite0", "ssd_anchors_calculator_test"),
        "4": ("RetinaNet", "the default"),
    },
    "aspect_ratios": {"1, 2, 0.5": ("RetinaNet", "EfficientDet-Lite0")},
}


def unknown_options(
    candidates: Sequence[Candidate],
    num_keypoints: int,
    knows_range: bool,
    presets: Sequence[Preset],
) -> tuple[UnknownOption, ...]:
    """The options that must come from whoever trained the model.

    Args:
        candidates: those proposed for the model.
        num_keypoints: of the model.
        knows_range: whether the file tells what pixels become in the input.
        presets: all.
    """
    like = _alike(candidates[0].options, presets) if candidates else []
    like = like or [row for row in presets if bool(row.decode.num_keypoints) == bool(num_keypoints)]
    fields: list[UnknownOption] = []
    first = candidates[0].options if candidates else SsdAnchorsOptions()
    if first.multiscale_anchor_generation or first.fixed_anchors is not None:
        fields += [UnknownOption(name, values) for name, values in _MULTISCALE.items()]
    else:
        for name in (*_STANDARD, *_OFFSETS):
            fields.append(UnknownOption(name, _values(name, like, "anchors")))
    fields += [UnknownOption(name, _values(name, like, "decode")) for name in _DECODE]
    if not knows_range:
        range_ = _values("float_range", like, "input")
        fields.append(UnknownOption("output_tensor_float_range", range_))
    fields.append(UnknownOption("keep_aspect_ratio", _values("keep_aspect_ratio", like, "input")))
    return tuple(fields)


def _alike(options: SsdAnchorsOptions, presets: Sequence[Preset]) -> list[Preset]:
    """Presets of as many shapes a cell a layer."""
    if options.fixed_anchors is not None:
        return [row for row in presets if row.anchors and row.anchors.fixed_anchors is not None]
    return [
        row
        for row in presets
        if row.anchors is not None
        and row.anchors.fixed_anchors is None
        and len(row.anchors.aspect_ratios) == len(options.aspect_ratios)
        and not options.multiscale_anchor_generation
    ]


def _values(name: str, presets: Sequence[Preset], part: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in presets:
        options = getattr(row, part)
        if options is None or getattr(options, "fixed_anchors", None) is not None:
            continue
        value = getattr(options, name)
        if name == "float_range" and value is None:
            continue
        if name.endswith("_scale") and part == "decode" and value == row.input.width:
            found.setdefault(_INPUT_SIZE, []).append(row.name)
            continue
        if name == "box_format" and value is None:
            text = "XYWH" if options.reverse_output_order else "YXHW"
        else:
            text = _text(value)
        found.setdefault(text, []).append(row.name)
    return {text: tuple(names) for text, names in found.items()}


def _text(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, tuple):
        return ", ".join(f"{entry:.9g}" for entry in value)
    if isinstance(value, bool):
        return str(value).lower()
    return value.name if hasattr(value, "name") else f"{value:.9g}"
