"""Widths and heights of the boxes, the anchors over them, and the outline of what they reach."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from mediapipe_anchors.report.density import Density
from mediapipe_anchors.report.svg import (
    Axis,
    circle,
    join,
    line,
    number,
    picture,
    polyline,
    rect,
    tag,
    text,
    title,
)

SIDE, LEFT, TOP, BOTTOM, RIGHT = 560, 48, 12, 46, 12
LEVELS = 9  # of the density
NUMBERED = 18  # more anchors than that are dots without numbers
COCO_SIDES = (32, 96)


@dataclasses.dataclass(frozen=True)
class Marker:
    """An anchor in the picture: its number, sides in pixels, colour 0..5, and a line on it."""

    number: int
    w: float
    h: float
    colour: int
    words: str


def draw_shapes(density: Density, markers: Sequence[Marker], reached: float) -> Markup:
    """The picture; `reached` is the IoU by shape whose outline is drawn."""
    x = Axis(density.low, density.high, LEFT, SIDE - RIGHT, is_log=True)
    y = Axis(density.low, density.high, SIDE - BOTTOM, TOP, is_log=True)
    return picture(
        SIDE,
        SIDE,
        "Widths and heights of the boxes, with the anchors over them",
        rect(LEFT, TOP, SIDE - RIGHT - LEFT, SIDE - BOTTOM - TOP, "plot"),
        _grid(x, y),
        _cells(density, x, y),
        _areas(x, y),
        _reach(markers, x, y, reached),
        join(_marker(each, x, y, len(markers)) for each in markers),
    )


def _grid(x: Axis, y: Axis) -> Markup:
    parts = []
    for value in x.ticks():
        parts.append(line(x(value), TOP, x(value), SIDE - BOTTOM, "grid"))
        parts.append(line(LEFT, y(value), SIDE - RIGHT, y(value), "grid"))
        parts.append(text(x(value), SIDE - BOTTOM + 18, f"{value:g}", "tick"))
        parts.append(text(LEFT - 7, y(value) + 4, f"{value:g}", "tick", "end"))
    middle = (SIDE - BOTTOM + TOP) / 2
    parts.append(text((SIDE - RIGHT + LEFT) / 2, SIDE - 7, "width in pixels of the input", "axis"))
    turned = f"rotate(-90 13 {number(middle)})"
    words = "height in pixels of the input"
    label = tag(
        "text", words, x=13, y=middle, class_="axis", text_anchor="middle", transform=turned
    )
    return join([*parts, label])


def _cells(density: Density, x: Axis, y: Axis) -> Markup:
    """One path a level, so that the picture stays small."""
    counts = density.counts
    most = counts.max()
    levels = np.ceil(LEVELS * np.sqrt(counts / most)).astype(int)
    width, height = (x.stop - x.start) / len(counts), (y.start - y.stop) / len(counts)
    parts = []
    for level in range(1, LEVELS + 1):
        runs = []
        for row, column, length in _runs(levels == level):
            left, top = x.start + column * width, y.start - (row + 1) * height
            size = f"h{number(length * width)}v{number(height)}h{number(-length * width)}z"
            runs.append(f"M{number(left)} {number(top)}{size}")
        if runs:
            least, last = (((level - 1) / LEVELS) ** 2 * most, (level / LEVELS) ** 2 * most)
            words = title(f"{max(1, math.ceil(least)):,} to {max(1, round(last)):,} boxes a cell")
            parts.append(tag("path", words, d="".join(runs), class_=f"density d{level}"))
    return join(parts)


def _runs(flags: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> list[tuple[int, int, int]]:
    """Row, first column and length of each run of neighbours in a row."""
    runs = []
    for row in np.flatnonzero(flags.any(axis=1)):
        change = np.flatnonzero(np.diff(np.concatenate([[0], flags[row].astype(int), [0]])))
        pairs = zip(change[::2].tolist(), change[1::2].tolist(), strict=True)
        runs += [(int(row), first, stop - first) for first, stop in pairs]
    return runs


def _areas(x: Axis, y: Axis) -> Markup:
    """Where objects of COCO's small, medium and large meet."""
    parts = []
    for side in COCO_SIDES:
        if not x.low * 1.3 < side < x.high / 1.3:
            continue
        reach = min(x.high / side, side / x.low)
        ends = (side / reach, side * reach)
        parts.append(line(x(ends[0]), y(ends[1]), x(ends[1]), y(ends[0]), "area"))
        at_x, at_y = x(ends[1]), y(ends[0])
        on_right = ends[1] > x.high * 0.999
        where = (at_x - 6, at_y - 8) if on_right else (at_x - 10, at_y - 6)
        parts.append(text(*where, f"area {side}²", "tick", "end"))
    return join(parts)


def _reach(markers: Sequence[Marker], x: Axis, y: Axis, reached: float) -> Markup:
    """The outline of all boxes that have that IoU with one of the anchors, by shape.

    In logarithms every anchor reaches the same figure, so it is written once.
    """
    unit = (x.stop - x.start) / math.log(x.high / x.low)
    figure = polyline([(u * unit, -v * unit) for u, v in _outline(reached)]) + "z"
    places = [(number(x(each.w)), number(y(each.h))) for each in markers]
    uses = join(tag("use", href="#reach", x=left, y=top) for left, top in places)
    frame = {"x": LEFT, "y": TOP, "width": x.stop - x.start, "height": y.start - y.stop}
    return join(
        [
            tag(
                "defs",
                tag("path", d=figure, id="reach"),
                tag("clipPath", tag("rect", **frame), id="frame"),
                tag(
                    "mask",
                    tag("rect", fill="#fff", **frame),
                    tag("g", uses, fill="#000"),
                    id="beyond",
                    maskUnits="userSpaceOnUse",
                    **frame,
                ),
            ),
            tag("g", uses, class_="reach", clip_path="url(#frame)"),
            tag("g", uses, class_="outline", mask="url(#beyond)"),
        ]
    )


def _outline(reached: float) -> list[tuple[float, float]]:
    """Where the shape IoU with an anchor is `reached`: log of the ratios of width and of height."""
    far = -math.log(reached)
    steps = [far * step / 8 for step in range(9)]
    taller = [(math.log(reached / (1 + reached - reached * math.exp(v))), v) for v in steps]
    wider = [(v, u) for u, v in reversed(taller)]
    return taller + wider  # the other two sides are straight


def _marker(marker: Marker, x: Axis, y: Axis, count: int) -> Markup:
    at = x(marker.w), y(marker.h)
    words = title(marker.words)
    if count > NUMBERED:
        return tag("g", words, circle(*at, 5, "anchor"), class_=f"c{marker.colour}")
    label = text(at[0], at[1] + 4, str(marker.number), "number")
    return tag("g", words, circle(*at, 10, "anchor"), label, class_=f"c{marker.colour}")
