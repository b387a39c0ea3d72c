"""How many objects there are of each size, and how many of them an anchor reaches."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from mediapipe_anchors.fit.coverage_groups import COCO_SIDES, Group
from mediapipe_anchors.report.svg import Axis, circle, join, line, picture, rect, tag, text, title
from mediapipe_anchors.report.svg import polyline as path_of
from mediapipe_anchors.report.words import percent

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 310, 52, 12, 30, 56
BARS = 0.55  # of the height, at most, for the bars of counts


def draw_sizes(by_side: Sequence[Group], by_size: Sequence[Group]) -> Markup:
    """Bars for how many objects, points for the recall; sizes from left to right."""
    slots = Axis(0, len(by_side), LEFT, WIDTH - RIGHT)
    y = Axis(0, 1, HEIGHT - BOTTOM, TOP)
    return picture(
        WIDTH,
        HEIGHT,
        "Recall by object size",
        *_frame(y),
        *_bars(by_side, slots),
        *_names(by_side, by_size, slots),
        *_recalls(by_side, slots, y),
    )


def _frame(y: Axis) -> list[Markup]:
    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(line(LEFT, y(share), WIDTH - RIGHT, y(share), "grid"))
        parts.append(text(LEFT - 7, y(share) + 4, f"{share:.0%}", "tick", "end"))
    return parts


def _bars(by_side: Sequence[Group], slots: Axis) -> list[Markup]:
    most = max(group.score.boxes for group in by_side)
    width, parts = slots(1) - slots(0), []
    for index, group in enumerate(by_side):
        tall = group.score.boxes / most * (HEIGHT - BOTTOM - TOP) * BARS
        words = title(f"{group.name} px: {group.score.boxes:,} objects")
        at = slots(index) + width * 0.1, HEIGHT - BOTTOM - tall
        parts.append(rect(*at, width * 0.8, tall, "count", words))
    return parts


def _names(by_side: Sequence[Group], by_size: Sequence[Group], slots: Axis) -> list[Markup]:
    base, parts = HEIGHT - BOTTOM, []
    for index, group in enumerate(by_side):
        parts.append(text(slots(index), base + 17, f"{group.low:g}", "tick"))
    if by_side[-1].high is not None:
        parts.append(text(slots(len(by_side)), base + 17, f"{by_side[-1].high:g}", "tick"))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(text(middle, HEIGHT - 8, "square root of the area, pixels of the input", "axis"))
    for size in by_size:
        inside = [
            index
            for index, group in enumerate(by_side)
            if group.low is not None
            and (size.low or 0) <= group.low
            and (size.high is None or group.low < size.high)
        ]
        if not inside:
            continue
        first, stop = slots(inside[0]), slots(inside[-1] + 1)
        if inside[0] and by_side[inside[0]].low in COCO_SIDES:
            parts.append(line(first, TOP - 22, first, base, "area"))
        words = f"{size.name} {percent(size.score.recall)}"
        parts.append(text((first + stop) / 2, TOP - 14, words, "label"))
    return parts


def _recalls(by_side: Sequence[Group], slots: Axis, y: Axis) -> list[Markup]:
    parts = []
    by_shape = [group.score.shape_recall for group in by_side]
    if None not in by_shape:
        points = [(slots(i + 0.5), y(share or 0)) for i, share in enumerate(by_shape)]
        parts.append(tag("path", d=path_of(points), class_="line second"))
    points = [(slots(i + 0.5), y(group.score.recall)) for i, group in enumerate(by_side)]
    parts.append(tag("path", d=path_of(points), class_="line"))
    for (x, at), group in zip(points, by_side, strict=True):
        words = f"{group.name} px: {percent(group.score.recall)} of {group.score.boxes:,} reached"
        if group.score.shape_recall is not None:
            words += f"; by shape alone {percent(group.score.shape_recall)}"
        parts.append(circle(x, at, 4.5, "point", title(words)))
    return [join(parts)]
