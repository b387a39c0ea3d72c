"""Whether a detector is a published one, or looks like one."""

from __future__ import annotations

from collections.abc import Sequence

from mediapipe_anchors.inspection.known import DETECTORS
from mediapipe_anchors.inspection.layouts import layout_of_options
from mediapipe_anchors.inspection.report import HeadsReport, KnownModel
from mediapipe_anchors.presets import Preset

EXACT, SAME_SIGNATURE = "exact file", "same signature"


def recognise(
    sha256: str,
    presets: Sequence[Preset],
    input_size: tuple[int, int] | None,
    heads: HeadsReport,
) -> KnownModel | None:
    """The published model by the file's hash, else by its signature; None for another.

    The signature is the input size, the rows and columns of both heads, and the feature maps where
    they are known. A model that was trained anew has it too.
    """
    known = DETECTORS.get(sha256)
    if known is not None:
        return KnownModel(known.name, known.presets, EXACT)
    found = [row for row in presets if _has_signature(row, input_size, heads)]
    if not found:
        return None
    names = dict.fromkeys(row.model.name for row in found)
    return KnownModel(", ".join(names), tuple(row.name for row in found), SAME_SIGNATURE)


def _has_signature(row: Preset, input_size: tuple[int, int] | None, heads: HeadsReport) -> bool:
    decode = row.decode
    if (row.input.width, row.input.height) != input_size or row.anchors is None:
        return False
    shape = (heads.num_boxes, heads.num_coords, heads.num_classes)
    if (decode.num_boxes, decode.num_coords, decode.num_classes) != shape:
        return False
    return not heads.maps or layout_of_options(row.anchors) == heads.layout
