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


def draw_layouts(layouts: Sequence[LayoutScore], own: tuple[int, float] | None) -> Markup:
    """A dot a layout, a line through those that no cheaper one betters.

    Args:
        layouts: in any order.
        own: anchors per frame and mean best IoU of the anchors that were fitted.
    """
    costs = [each.anchors_per_frame for each in layouts] + ([own[0]] if own else [])
    scores = [each.score for each in layouts] + ([own[1]] if own else [])
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
    if own is not None:
        words = title(f"fitted: {own[0]:,} anchors, mean best IoU {own[1]:.3f}")
        parts.append(circle(x(own[0]), y(own[1]), 7, "pick", words))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "anchors per frame", "axis"))
    return picture(WIDTH, HEIGHT, "Mean best IoU of layouts by their number of anchors", *parts)


def _dot(each: LayoutScore, x: Axis, y: Axis, kind: str) -> Markup:
    strides = ", ".join(map(str, each.layout.strides))
    cells = ", ".join(map(str, each.layout.anchors_per_cell))
    words = (
        f"strides {strides}, shapes a cell {cells}: {each.anchors_per_frame:,} anchors, "
        f"mean best IoU {each.score:.3f}, recall {each.recall:.3f}"
    )
    return circle(x(each.anchors_per_frame), y(each.score), 3.5, kind, title(words))
