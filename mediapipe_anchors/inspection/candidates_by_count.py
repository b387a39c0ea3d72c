"""Anchor options of which just their number is known to fit a detector's rows."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.inspection.candidates import BLAZE_SCALES, MOST, SSD_SCALES, Size, distinct
from mediapipe_anchors.inspection.report import Candidate
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.presets.efficientdet import efficientdet_anchors
from mediapipe_anchors.usual_options import ASPECT_RATIOS, INPUT_SIZES, LEVELS, STRIDES


def candidates_by_count(
    rows: int, input_size: Size | None, presets: Sequence[Preset]
) -> tuple[Candidate, ...]:
    """Options that give as many anchors as the model has rows, of usual ones."""
    found = [
        Candidate(row.anchors, f"as many anchors as {row.name}", row.name, by_count_alone=True)
        for row in presets
        if row.anchors is not None
        and _count(row.anchors) == rows
        and (input_size is None or (row.input.width, row.input.height) == input_size)
    ]
    sizes = [input_size] if input_size is not None else [(size, size) for size in INPUT_SIZES]
    for size in sizes:
        for options, reason in _usual(size):
            if _count(options) == rows:
                found.append(Candidate(options, reason, by_count_alone=True))
        if size[0] == size[1] and size[0] <= 4096:
            found += _efficientdet_by_count(size[0], rows)
    return tuple(distinct(found)[: MOST + 2])


def _efficientdet_by_count(size: int, rows: int) -> Iterator[Candidate]:
    if 9 * sum((-(-size // 2**level)) ** 2 for level in range(3, 8)) == rows:
        anchors = SsdAnchorsOptions(fixed_anchors=efficientdet_anchors(size))
        reason = f"as many anchors as an EfficientDet of {size} x {size} pixels"
        yield Candidate(anchors, reason, by_count_alone=True)


def _usual(size: Size) -> Iterator[tuple[SsdAnchorsOptions, str]]:
    """The combinations of what published detectors use, for one input size."""
    base = SsdAnchorsOptions(input_size_width=size[0], input_size_height=size[1])
    for strides, ratios, interpolated, reduce in itertools.product(
        STRIDES, ASPECT_RATIOS, (1.0, 0.0), (False, True)
    ):
        is_blaze = ratios == ASPECT_RATIOS[0]
        if reduce and is_blaze:
            continue
        low, high = BLAZE_SCALES if is_blaze else SSD_SCALES
        options = dataclasses.replace(
            base,
            num_layers=len(strides),
            strides=strides,
            aspect_ratios=ratios,
            interpolated_scale_aspect_ratio=interpolated,
            reduce_boxes_in_lowest_layer=reduce,
            min_scale=low,
            max_scale=high,
            fixed_anchor_size=is_blaze,
        )
        yield options, f"as many anchors: strides {', '.join(map(str, strides))}"
    for (lowest, highest), scales in itertools.product(LEVELS, (2, 3, 1)):
        options = dataclasses.replace(
            base,
            multiscale_anchor_generation=True,
            min_level=lowest,
            max_level=highest,
            strides=[2**level for level in range(lowest, highest + 1)],
            aspect_ratios=ASPECT_RATIOS[1],
            scales_per_octave=scales,
        )
        yield options, f"as many anchors: a feature pyramid of levels {lowest} to {highest}"


def _count(options: SsdAnchorsOptions) -> int:
    try:
        return count_anchors(options)
    except OptionsError:
        return -1
