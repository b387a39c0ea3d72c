"""Why anchor options and a model disagree on the number of rows.

A model with N rows needs N anchors. `explain_count` tries the options that people get wrong, one at
a time and then in pairs, and names those with which the count is the model's.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from typing import Any

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.usual_options import ASPECT_RATIOS, INPUT_SIZES, LEVELS, STRIDES

_MOST_CHANGES = 3


@dataclasses.dataclass(frozen=True)
class OptionChange:
    """Other values of options that would give the wanted number of anchors.

    Attributes:
        values: by option name, for `dataclasses.replace`.
        reason: what those options do to the count.
    """

    values: dict[str, Any]
    reason: str

    def __str__(self) -> str:
        settings = ", ".join(f"{name}: {_text(value)}" for name, value in self.values.items())
        return f"{settings} ({self.reason})"

    def __add__(self, other: OptionChange) -> OptionChange:
        reasons = dict.fromkeys((self.reason, other.reason))
        return OptionChange({**self.values, **other.values}, "; ".join(reasons))


@dataclasses.dataclass(frozen=True)
class CountExplanation:
    """How many anchors options give, how many a model needs, and what would make them equal.

    Attributes:
        count: the anchors that the options give.
        rows: the rows that the model has.
        changes: the likeliest first, at most three, each enough by itself; empty where the counts
            agree or where no known mistake explains the difference.
    """

    count: int
    rows: int
    changes: tuple[OptionChange, ...] = ()

    def __str__(self) -> str:
        if self.count == self.rows:
            return f"the anchor options give {self.count} anchors, as the model needs"
        text = f"the anchor options give {self.count} anchors, the model has {self.rows} rows"
        if not self.changes:
            return f"{text}; no usual mistake explains the difference"
        return f"{text}; for {self.rows} set " + ", or ".join(map(str, self.changes))


def explain_count(options: SsdAnchorsOptions, rows: int) -> CountExplanation:
    """Compare the number of anchors with a model's rows, and name the option that is likely wrong.

    Args:
        options: options of `SsdAnchorsCalculator`.
        rows: N of the model's box tensor [1, N, C].

    Raises:
        OptionsError: the options are ones that MediaPipe rejects, aborts on or hangs on.
    """
    count = count_anchors(options)
    if count == rows or options.fixed_anchors is not None:
        return CountExplanation(count, rows)
    groups = [list(group) for group in _groups(options)]
    for size in (1, 2):
        fitting = itertools.islice(_fitting(options, rows, groups, size), _MOST_CHANGES)
        if changes := tuple(fitting):
            return CountExplanation(count, rows, changes)
    return CountExplanation(count, rows)


def _fitting(
    options: SsdAnchorsOptions, rows: int, groups: list[list[OptionChange]], size: int
) -> Iterator[OptionChange]:
    """The changes, made of one from each of `size` groups, that give `rows` anchors."""
    for chosen in itertools.combinations(groups, size):
        for parts in itertools.product(*chosen):
            change = parts[0] if size == 1 else parts[0] + parts[1]
            try:
                fits = count_anchors(dataclasses.replace(options, **change.values)) == rows
            except OptionsError:
                continue
            if fits:
                yield change


def _groups(options: SsdAnchorsOptions) -> Iterator[Iterator[OptionChange]]:
    """The mistakes to try, one group an option, the likeliest group first."""
    if options.multiscale_anchor_generation:
        yield _scales_per_octave(options)
        yield _aspect_ratios(options)
        yield _levels(options)
    else:
        yield _interpolated(options)
        yield _reduced(options)
    yield _input_sizes(options)
    if not options.multiscale_anchor_generation:
        yield _aspect_ratios(options)
        yield _strides(options)


def _interpolated(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    other = 0.0 if options.interpolated_scale_aspect_ratio > 0 else 1.0
    reason = "above 0 it adds one anchor a cell and layer, and left out it is 1.0"
    yield OptionChange({"interpolated_scale_aspect_ratio": other}, reason)


def _reduced(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    other = not options.reduce_boxes_in_lowest_layer
    reason = "true gives the lowest layer three anchors a cell instead of its own list"
    yield OptionChange({"reduce_boxes_in_lowest_layer": other}, reason)


def _input_sizes(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    for size in INPUT_SIZES:
        if (size, size) != (options.input_size_width, options.input_size_height):
            values = {"input_size_width": size, "input_size_height": size}
            yield OptionChange(values, "a layer's grid is size / stride, rounded up")


def _strides(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    for strides in STRIDES:
        if strides != tuple(options.strides):
            values = {"num_layers": len(strides), "strides": strides}
            yield OptionChange(values, "a layer's grid is size / stride, rounded up")


def _aspect_ratios(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    for ratios in ASPECT_RATIOS:
        if len(ratios) != len(options.aspect_ratios):
            yield OptionChange({"aspect_ratios": ratios}, "each adds one anchor a cell and layer")


def _scales_per_octave(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    for scales in (1, 2, 3, 4):
        if scales != options.scales_per_octave:
            reason = "a cell has one anchor for each scale and aspect ratio, and left out it is 2"
            yield OptionChange({"scales_per_octave": scales}, reason)


def _levels(options: SsdAnchorsOptions) -> Iterator[OptionChange]:
    for lowest, highest in LEVELS:
        if (lowest, highest) != (options.min_level, options.max_level):
            strides = tuple(2**level for level in range(lowest, highest + 1))
            values = {"min_level": lowest, "max_level": highest, "strides": strides}
            yield OptionChange(values, "one grid a level, level l with stride 2**l")


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_text(entry) for entry in value) + "]"
    return str(value).lower() if isinstance(value, bool) else f"{value:g}"
