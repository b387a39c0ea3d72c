"""The anchors drawn to scale: side by side, and in the model input on the cells of their map."""

from __future__ import annotations

import math

from markupsafe import Markup

from mediapipe_anchors.report.svg import join, number, polyline, rect, tag

MAX_LINES = 60  # more cells a side than that are drawn as one tint


def draw_to_scale(w: float, h: float, scale: float, colour: int) -> Markup:
    """One anchor of w x h pixels of the input, `scale` pixels of the page each."""
    width, height = max(2.0, w * scale), max(2.0, h * scale)
    shape = rect(1, 1, width, height, "shape")
    size = {"width": math.ceil(width + 2), "height": math.ceil(height + 2)}
    return tag("svg", shape, class_=f"c{colour}", aria_hidden="true", **size)


def draw_map(
    input_size: tuple[int, int],
    cells: tuple[int, int],
    shapes: list[tuple[float, float]],
    colour: int,
    side: float,
) -> Markup:
    """The model input with the cells of a feature map, and its shapes on the cell in the middle.

    Args:
        input_size: (width, height) in pixels.
        cells: columns and rows.
        shapes: (w, h) as fractions of the input.
        colour: 0 to 5.
        side: of the picture's longer side, in pixels of the page.
    """
    scale = side / max(input_size)
    width, height = input_size[0] * scale, input_size[1] * scale
    columns, rows = cells
    x, y = (columns // 2 + 0.5) / columns * width, (rows // 2 + 0.5) / rows * height
    boxes = [
        rect(x - w * width / 2, y - h * height / 2, w * width, h * height, "shape")
        for w, h in sorted(shapes, key=lambda shape: -shape[0] * shape[1])
    ]
    across = (columns // 2 * width / columns, rows // 2 * height / rows)
    cell = rect(*across, width / columns, height / rows, "cell")
    frame = rect(0, 0, width, height, "input")
    box = f"-1 -1 {number(width + 2)} {number(height + 2)}"
    inside = [frame, _lines(columns, rows, width, height), cell, join(boxes)]
    size = {"width": math.ceil(width + 2), "height": math.ceil(height + 2)}
    return tag("svg", *inside, viewBox=box, class_=f"map c{colour}", aria_hidden="true", **size)


def _lines(columns: int, rows: int, width: float, height: float) -> Markup:
    if max(columns, rows) > MAX_LINES:
        return rect(0, 0, width, height, "dense")
    upright = [width * column / columns for column in range(1, columns)]
    level = [height * row / rows for row in range(1, rows)]
    d = "".join(polyline([(x, 0.0), (x, height)]) for x in upright)
    d += "".join(polyline([(0.0, y), (width, y)]) for y in level)
    return tag("path", d=d, class_="cells") if d else Markup("")
