"""Layouts compared: what each reaches, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from mediapipe_anchors.fit.layouts import LayoutScore
from mediapipe_anchors.report.svg import (
    Axis,
    circle,
    line,
    picture,
    polyline,
    tag,
    text,
    title,
)

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 330, 52, 18, 14, 52


def draw_layouts(layouts: Sequence[LayoutScore], used: LayoutScore | None) -> Markup:
    """A dot a layout, a line through those that no cheaper one betters.

    Args:
        layouts: in any order.
        used: the one of them that was fitted, if any, which gets a ring.
    """
    costs = [each.anchors_per_frame for each in layouts]
    scores = [each.score for each in layouts]
    low, high = max(0.0, min(scores) - 0.02), min(1.0, max(scores) + 0.02)
    x = Axis(min(costs) / 1.3, max(costs) * 1.3, LEFT, WIDTH - RIGHT, is_log=True)
    y = Axis(low, high, HEIGHT - BOTTOM, TOP)
    parts = []
    for value in y.ticks():
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid"))
        parts.append(text(LEFT - 7, y(value) + 4, f"{value:g}", "tick", "end"))
    for value in x.ticks():
        parts.append(line(x(value), TOP, x(value), HEIGHT - BOTTOM, "grid"))
        parts.append(text(x(value), HEIGHT - BOTTOM + 17, f"{value:,.0f}", "tick"))
    front = sorted((each for each in layouts if each.on_front), key=lambda e: e.anchors_per_frame)
    rest = [each for each in layouts if not each.on_front]
    parts += [_dot(each, x, y, "point second") for each in rest]
    points = [(x(each.anchors_per_frame), y(each.score)) for each in front]
    parts.append(tag("path", d=polyline(points), class_="line"))
    parts += [_dot(each, x, y, "point") for each in front]
    if used is not None:
        at = x(used.anchors_per_frame), y(used.score)
        parts.append(circle(*at, 7, "pick", title(f"used here: {_words(used)}")))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "anchors per frame", "axis"))
    return picture(WIDTH, HEIGHT, "Mean best IoU of layouts by their number of anchors", *parts)


def _dot(each: LayoutScore, x: Axis, y: Axis, kind: str) -> Markup:
    at = x(each.anchors_per_frame), y(each.score)
    return circle(*at, 3.5, kind, title(_words(each)))


def _words(each: LayoutScore) -> str:
    strides = ", ".join(map(str, each.layout.strides))
    cells = ", ".join(map(str, each.layout.anchors_per_cell))
    return (
        f"strides {strides}, shapes a cell {cells}: {each.anchors_per_frame:,} anchors, "
        f"mean best IoU {each.score:.3f}, recall {each.recall:.3f}"
    )
