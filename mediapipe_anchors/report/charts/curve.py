"""What each number of anchors reaches on held-out boxes; and two sets of anchors side by side."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from mediapipe_anchors.report.svg import (
    Axis,
    circle,
    line,
    number,
    picture,
    polyline,
    tag,
    text,
    title,
)

Floats = npt.NDArray[np.float64]

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 520, 344, 46, 64, 14, 90
ROW = 46  # of the comparison


def draw_curve(
    n_anchors: Sequence[int],
    scores: Floats,
    recalls: Floats,
    chosen: int,
    anchors_per_frame: Sequence[int] | None,
) -> Markup:
    """The mean over the folds as a line and their spread as a band; float64 [m, folds] each."""
    low = max(0.0, np.floor((min(scores.min(), recalls.min()) - 0.02) * 10) / 10)
    last = max(n_anchors[-1], n_anchors[0] + 1)
    x, y = Axis(n_anchors[0], last, LEFT, WIDTH - RIGHT), Axis(low, 1, HEIGHT - BOTTOM, TOP)
    parts = []
    for value in y.ticks():
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "grid"))
        parts.append(text(LEFT - 7, y(value) + 4, f"{value:g}", "tick", "end"))
    parts.append(line(x(chosen), TOP, x(chosen), HEIGHT - BOTTOM, "area"))
    parts += _line(n_anchors, recalls, x, y, "held-out recall at 0.5", "second", "recall")
    parts += _line(n_anchors, scores, x, y, "held-out mean best IoU", "", "IoU")
    mean = scores.mean(axis=1)
    at = list(n_anchors).index(chosen)
    parts.append(circle(x(chosen), y(mean[at]), 7, "pick", title(f"chosen: {chosen}")))
    parts += _numbers(n_anchors, chosen, anchors_per_frame, x)
    return picture(WIDTH, HEIGHT, "Held-out score by number of anchors", *parts)


def _line(
    n_anchors: Sequence[int], values: Floats, x: Axis, y: Axis, words: str, kind: str, name: str
) -> list[Markup]:
    mean = values.mean(axis=1)
    spread = values.std(axis=1, ddof=1) if values.shape[1] > 1 else np.zeros(len(values))
    top = [(x(k), y(min(1.0, at))) for k, at in zip(n_anchors, mean + spread, strict=True)]
    bottom = [(x(k), y(max(y.low, at))) for k, at in zip(n_anchors, mean - spread, strict=True)]
    points = [(x(k), y(at)) for k, at in zip(n_anchors, mean, strict=True)]
    parts = [
        tag("path", d=polyline([*top, *reversed(bottom)]) + "z", class_=f"band {kind}".strip()),
        tag("path", d=polyline(points), class_=f"line {kind}".strip()),
        text(points[-1][0] + 9, points[-1][1] + 4, name, f"label {kind}".strip(), "start"),
    ]
    for k, at, deviation, point in zip(n_anchors, mean, spread, points, strict=True):
        said = f"{k} anchors: {words} {at:.4f}, spread over folds {deviation:.4f}"
        parts.append(circle(*point, 3.5, f"point {kind}".strip(), title(said)))
    return parts


def _numbers(
    n_anchors: Sequence[int], chosen: int, cost: Sequence[int] | None, x: Axis
) -> list[Markup]:
    base, parts = HEIGHT - BOTTOM, []
    step = -(-len(n_anchors) // 13)
    for index, k in enumerate(n_anchors):
        if index % step and k != chosen:
            continue
        parts.append(text(x(k), base + 18, str(k), "tick chosen" if k == chosen else "tick"))
        if cost is not None:
            turned = f"rotate(-35 {number(x(k) + 4)} {base + 34})"
            parts.append(text(x(k) + 4, base + 34, f"{cost[index]:,}", "tick", "end", turned))
    words = "number of shapes" if cost is None else "number of shapes, and anchors per frame"
    return [*parts, text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, words, "axis")]


def draw_comparison(rows: Sequence[tuple[str, Floats, bool]], words: str) -> Markup:
    """One line a set of anchors: a dot a fold, a stroke at their mean.

    Args:
        rows: name, held-out figures float64 [folds], and whether it is the one that was fitted.
        words: what the figures are.
    """
    every = np.concatenate([figures for _, figures, _ in rows])
    room = max(0.004, (every.max() - every.min()) * 0.12)
    x = Axis(every.min() - room, every.max() + room, 16, WIDTH - 16)
    bottom = ROW * len(rows) + 4
    parts = []
    for value in x.ticks():
        parts.append(line(x(value), 4, x(value), bottom, "grid"))
        parts.append(text(x(value), bottom + 17, f"{value:g}", "tick"))
    for index, (name, figures, is_fitted) in enumerate(rows):
        y, kind = ROW * index + 34, "" if is_fitted else "second"
        mean = figures.mean()
        parts.append(text(16, y - 15, f"{name}: {mean:.4f}", f"label {kind}".strip(), "start"))
        parts.append(line(x(figures.min()), y, x(figures.max()), y, f"line {kind}".strip()))
        for fold, figure in enumerate(figures):
            said = title(f"{name}, fold {fold + 1}: {figure:.4f}")
            parts.append(circle(x(figure), y, 5, f"point {kind}".strip(), said))
        parts.append(line(x(mean), y - 10, x(mean), y + 10, f"line {kind}".strip()))
    parts.append(text(WIDTH / 2, bottom + 36, f"held-out {words}, a dot a fold", "axis"))
    return picture(WIDTH, bottom + 44, f"Held-out {words} of the anchors compared", *parts)
