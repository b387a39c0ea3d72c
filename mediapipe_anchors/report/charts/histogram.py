"""How well the boxes are matched: the histogram of their best IoU."""

from __future__ import annotations

from markupsafe import Markup

from mediapipe_anchors.fit.coverage import REACHED, Coverage, Matching
from mediapipe_anchors.report.svg import Axis, line, picture, polyline, rect, tag, text, title
from mediapipe_anchors.report.words import percent

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 310, 52, 12, 30, 56


def draw_histogram(coverage: Coverage) -> Markup:
    """Bars for the IoU where the anchors stand, an outline for that by shape."""
    bins = len(coverage.best.histogram)
    kinds = [coverage.best, coverage.shape]
    most = max(max(each.histogram) for each in kinds) / coverage.boxes
    x, y = Axis(0, 1, LEFT, WIDTH - RIGHT), Axis(0, most * 1.08, HEIGHT - BOTTOM, TOP)
    parts = [*_rows(y), *_bars(coverage.best, coverage.boxes, x, y, bins)]
    if coverage.placed is not None:
        parts.append(_outline(coverage.shape, coverage.boxes, x, y, bins))
    for tenth in range(0, 11, 2):
        parts.append(text(x(tenth / 10), HEIGHT - BOTTOM + 17, f"{tenth / 10:g}", "tick"))
    parts.append(line(x(REACHED), TOP - 22, x(REACHED), HEIGHT - BOTTOM, "area"))
    missed = f"out of reach {percent(1 - coverage.best.recall)}"
    parts.append(text(x(REACHED / 2), TOP - 14, missed, "label"))
    words = f"reached {percent(coverage.best.recall)}"
    parts.append(text(x((1 + REACHED) / 2), TOP - 14, words, "label"))
    parts.append(text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, "IoU with the best anchor", "axis"))
    return picture(WIDTH, HEIGHT, "Histogram of the best IoU of the boxes", *parts)


def _rows(y: Axis) -> list[Markup]:
    parts = []
    for share in y.ticks():
        parts.append(line(LEFT, y(share), WIDTH - RIGHT, y(share), "grid"))
        parts.append(text(LEFT - 7, y(share) + 4, f"{share * 100:g}%", "tick", "end"))
    return parts


def _bars(matching: Matching, boxes: int, x: Axis, y: Axis, bins: int) -> list[Markup]:
    parts = []
    for index, count in enumerate(matching.histogram):
        left, right, top = x(index / bins), x((index + 1) / bins), y(count / boxes)
        words = f"IoU {index / bins:g} to {(index + 1) / bins:g}: {count:,.0f} boxes"
        kind = "reached" if index / bins >= REACHED else "missed"
        parts.append(rect(left + 1, top, right - left - 2, y.start - top, kind, title(words)))
    return parts


def _outline(matching: Matching, boxes: int, x: Axis, y: Axis, bins: int) -> Markup:
    points = [(x(0), y.start)]
    for index, count in enumerate(matching.histogram):
        top = y(count / boxes)
        points += [(x(index / bins), top), (x((index + 1) / bins), top)]
    return tag("path", d=polyline([*points, (x(1), y.start)]), class_="line second")
