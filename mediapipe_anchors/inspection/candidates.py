"""Anchor options that give a detector's rows, the likeliest first."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.inspection.layouts import Layout, layout_of_options
from mediapipe_anchors.inspection.report import Candidate
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.presets.efficientdet import efficientdet_anchors
from mediapipe_anchors.usual_options import ASPECT_RATIOS

MOST = 3  # generated ones that are worth a look; presets come besides
_MOST_LAYERS = 64
_MOST_REPEATED = 4  # layers of one stride, one after the other; published models have up to 3
_MORE_ASPECT_RATIOS = (4.0, 0.25, 5.0, 0.2, 6.0, 0.1667)  # after those of published models
BLAZE_SCALES, SSD_SCALES = (0.1484375, 0.75), (0.2, 0.95)

# (aspect ratios, whether one more is interpolated) of published models, by anchors a cell a layer.
_PUBLISHED_CELLS = {
    1: (ASPECT_RATIOS[0], False),
    2: (ASPECT_RATIOS[0], True),
    3: (ASPECT_RATIOS[1], False),
    4: (ASPECT_RATIOS[1], True),
    5: (ASPECT_RATIOS[2], False),
    6: (ASPECT_RATIOS[2], True),
}
# (number of aspect ratios, scales an octave), by anchors a cell; those of published models first.
_MULTISCALE_CELLS = {9: (3, 3), 6: (3, 2), 3: (3, 1), 1: (1, 1), 2: (1, 2)}

Size = tuple[int, int]


@dataclasses.dataclass(frozen=True)
class FoundLayout:
    """What the walk found: the feature maps in the order of their rows.

    Attributes:
        input_size: (width, height) in pixels.
        layout: ((columns, rows), anchors a cell) of each map.
        strides: of each map, None where no whole number gives the grid.
    """

    input_size: Size
    layout: Layout
    strides: tuple[int | None, ...]


def candidates_by_layout(found: FoundLayout, presets: Sequence[Preset]) -> tuple[Candidate, ...]:
    """Options whose feature maps and anchors a cell are those found, in this order.

    Args:
        found: the maps, each in MediaPipe's order.
        presets: published detectors, those that look most like the model first.
    """
    generated = [
        *_of_efficientdet(found),
        *itertools.islice(_fitting(found, _multiscale(found, published=True)), 1),
        *_fitting(found, _standard(found)),
        *_fitting(found, _multiscale(found, published=False)),
    ]
    published = list(_of_presets(found, presets))
    generated = distinct([*published, *generated])[len(published) :]
    generated.sort(key=lambda each: -_rank(each))
    likely = [each for each in generated if _rank(each) > 0]
    if not likely and not published:
        likely = generated
    return (*published, *likely[:MOST])


def _rank(candidate: Candidate) -> float:
    """Published kinds of layout first; 0 or less for what nobody would build.

    That is a list of shapes of a length that no published model has, or the same layer again and
    again.
    """
    options = candidate.options
    if options.fixed_anchors is not None:
        return 4
    if options.multiscale_anchor_generation:
        levels = options.max_level - options.min_level + 1
        return 3 if options.scales_per_octave > 1 and levels >= 3 else 0.5
    strides = list(options.strides)
    a_layer = len(options.aspect_ratios) + (options.interpolated_scale_aspect_ratio > 0)
    repeated = max(strides.count(stride) for stride in strides)
    if a_layer not in _PUBLISHED_CELLS or repeated > _MOST_REPEATED:
        return -repeated
    is_mobilenet = options.reduce_boxes_in_lowest_layer and repeated == 1 and a_layer == 6
    return 2 + is_mobilenet - options.reduce_boxes_in_lowest_layer / 4 - len(strides) / 100


def _of_presets(found: FoundLayout, presets: Sequence[Preset]) -> Iterator[Candidate]:
    """Presets of other input sizes count too, where their maps are the model's."""
    seen: list[SsdAnchorsOptions] = []
    for row in presets:
        if row.anchors is None or row.anchors in seen:
            continue
        if (row.input.width, row.input.height) != found.input_size:
            continue
        if layout_of_options(row.anchors) == found.layout:
            seen.append(row.anchors)
            reason = "the same input size, feature maps and anchors a cell"
            yield Candidate(row.anchors, reason, row.name)


def _fitting(
    found: FoundLayout, proposed: Iterator[tuple[SsdAnchorsOptions, str]]
) -> Iterator[Candidate]:
    """Of proposed options those that MediaPipe lays as found."""
    for options, reason in proposed:
        try:
            options.validate()
        except OptionsError:
            continue
        if layout_of_options(options) == found.layout:
            yield Candidate(options, reason)


def distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates less those whose options an earlier one has."""
    kept: list[Candidate] = []
    for each in candidates:
        if all(each.options != other.options for other in kept):
            kept.append(each)
    return kept


def _of_efficientdet(found: FoundLayout) -> Iterator[Candidate]:
    """EfficientDet's levels 3 to 7, whose anchors only a list can say."""
    width, height = found.input_size
    if width != height or width > 4096 or len(found.layout) != 5:
        return
    wanted = tuple(((-(-width // 2**level),) * 2, 9) for level in range(3, 8))
    if found.layout == wanted:
        reason = (
            "levels 3 to 7 with 9 anchors a cell are those of EfficientDet, which MediaPipe takes "
            "as fixed_anchors: its generator lists scales and aspect ratios in another order"
        )
        yield Candidate(SsdAnchorsOptions(fixed_anchors=efficientdet_anchors(width)), reason)


def _standard(found: FoundLayout) -> Iterator[tuple[SsdAnchorsOptions, str]]:
    """Layers of one list of shapes: several layers of one stride make a cell with more anchors."""
    counts = [count for _, count in found.layout]
    whole = math.gcd(*counts)
    for a_layer in sorted(_divisors(whole), key=lambda n: (n not in _PUBLISHED_CELLS, -n)):
        yield from _layers(found, [count // a_layer for count in counts], a_layer, False)
    rest = math.gcd(*counts[1:])
    for a_layer in _divisors(rest) if len(counts) > 1 else []:
        if a_layer >= 3 and counts[0] >= 3 and (counts[0] - 3) % a_layer == 0:
            layers = [1 + (counts[0] - 3) // a_layer, *(n // a_layer for n in counts[1:])]
            yield from _layers(found, layers, a_layer, True)


def _layers(
    found: FoundLayout, layers: Sequence[int], a_layer: int, reduce: bool
) -> Iterator[tuple[SsdAnchorsOptions, str]]:
    if sum(layers) > _MOST_LAYERS or a_layer > 2 * _MOST_LAYERS:
        return
    strides, is_grid_stated = _distinct_strides(found)
    grids = [grid for grid, _ in found.layout]
    aspects, interpolated = _cell(a_layer)
    is_blaze = aspects == ASPECT_RATIOS[0]
    low, high = BLAZE_SCALES if is_blaze else SSD_SCALES
    options = SsdAnchorsOptions(
        input_size_width=found.input_size[0],
        input_size_height=found.input_size[1],
        num_layers=sum(layers),
        strides=_repeated(strides, layers),
        feature_map_width=_repeated([w for w, _ in grids], layers) if is_grid_stated else (),
        feature_map_height=_repeated([h for _, h in grids], layers) if is_grid_stated else (),
        min_scale=low,
        max_scale=high,
        aspect_ratios=aspects,
        interpolated_scale_aspect_ratio=1.0 if interpolated else 0.0,
        fixed_anchor_size=is_blaze,
        reduce_boxes_in_lowest_layer=reduce,
    )
    yield options, _standard_reason(layers, aspects, interpolated, reduce, is_grid_stated)


def _standard_reason(
    layers: Sequence[int],
    aspects: Sequence[float],
    interpolated: bool,
    reduce: bool,
    is_grid_stated: bool,
) -> str:
    shapes = f"{len(aspects)} aspect ratio{'s' * (len(aspects) > 1)}"
    shapes += " and the interpolated one" if interpolated else ""
    text = f"{shapes} for each of {sum(layers)} layer{'s' * (sum(layers) > 1)}"
    if max(layers) > 1:
        text += f" ({', '.join(map(str, layers))} on the feature maps)"
    if reduce:
        text += ", three shapes in the lowest (reduce_boxes_in_lowest_layer)"
    if is_grid_stated:
        text += "; the grids are stated since no whole strides give them"
    return text


def _cell(a_layer: int) -> tuple[tuple[float, ...], bool]:
    """(aspect ratios, whether one is interpolated) for so many anchors a cell a layer."""
    if a_layer in _PUBLISHED_CELLS:
        return _PUBLISHED_CELLS[a_layer]
    ratios = (*ASPECT_RATIOS[2], *_MORE_ASPECT_RATIOS)
    return tuple(ratios[number % len(ratios)] for number in range(a_layer - 1)), True


def _distinct_strides(found: FoundLayout) -> tuple[list[int], bool]:
    """Strides of which no neighbours are equal, and whether the grids must be stated beside them.

    Layers of equal strides beside each other would share a feature map.
    """
    strides: list[int] = []
    is_stated = None in found.strides
    for (grid, _), known in zip(found.layout, found.strides, strict=True):
        stride = known
        if stride is None:
            stride = max(1, round(max(s / g for s, g in zip(found.input_size, grid, strict=True))))
        if strides and stride == strides[-1]:
            stride, is_stated = stride + 1, True
        strides.append(stride)
    return strides, is_stated


def _repeated(values: Sequence[int], times: Sequence[int]) -> list[int]:
    return [value for value, count in zip(values, times, strict=True) for _ in range(count)]


def _divisors(number: int) -> list[int]:
    return [n for n in range(1, min(number, 2 * _MOST_LAYERS) + 1) if number % n == 0]


def _multiscale(found: FoundLayout, published: bool) -> Iterator[tuple[SsdAnchorsOptions, str]]:
    """A feature pyramid: stride 2**l on level l, as many anchors a cell on each."""
    counts = {count for _, count in found.layout}
    levels = [stride.bit_length() - 1 if stride else -1 for stride in found.strides]
    if len(counts) != 1 or None in found.strides:
        return
    if levels != list(range(levels[0], levels[0] + len(levels))) or levels[-1] > 30:
        return
    strides = [2**level for level in levels]
    count = counts.pop()
    is_published = count in _MULTISCALE_CELLS and len(levels) >= 3
    if is_published != published:
        return
    ratios, scales = _MULTISCALE_CELLS.get(count, (count, 1))
    aspects = (*ASPECT_RATIOS[2], *_MORE_ASPECT_RATIOS)[:ratios]
    if len(aspects) < ratios:
        return
    options = SsdAnchorsOptions(
        input_size_width=found.input_size[0],
        input_size_height=found.input_size[1],
        multiscale_anchor_generation=True,
        min_level=levels[0],
        max_level=levels[-1],
        strides=strides,
        aspect_ratios=aspects,
        scales_per_octave=scales,
    )
    reason = (
        f"a feature pyramid of levels {levels[0]} to {levels[-1]}: {ratios} aspect "
        f"ratio{'s' * (ratios > 1)} x {scales} scale{'s' * (scales > 1)} an octave"
    )
    yield options, reason
