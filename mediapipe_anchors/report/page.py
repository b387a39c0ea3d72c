"""`render_page`: the figures of a fit as one HTML file that needs nothing else."""

from __future__ import annotations

import functools
from typing import Any

import jinja2

import mediapipe_anchors
from mediapipe_anchors.fit.coverage import REACHED
from mediapipe_anchors.fit.folds import spread
from mediapipe_anchors.report import charts, words
from mediapipe_anchors.report.charts.shapes import Marker
from mediapipe_anchors.report.figures import FitReport
from mediapipe_anchors.report.layout_words import missing_stride

COLOURS = 6
LONGEST = 120  # pixels of the page for the longest side of an anchor drawn to scale
CROWD = 12  # from so many anchors on they are drawn smaller
MAP_SIDE = 152  # pixels of the page for the picture of a feature map
SHOWN_LAYOUTS = 10
FEWEST_LAYOUTS = 2  # that make a picture
SHOWN_CLASSES = 12
SHOWN_IMAGES = 12
MAX_CLASSES = 400  # a page with all 1,203 classes of LVIS serves nobody


def render_page(report: FitReport) -> str:
    """The page, in full.

    Names of files, classes and images are escaped; the page holds no script and asks for no other
    file.
    """
    shapes = _shapes(report)
    return _template().render(
        report=report,
        coverage=report.coverage,
        settings=report.settings,
        version=mediapipe_anchors.__version__,
        shapes=shapes,
        many_shapes=len(shapes) > CROWD,
        headline=words.headline(report.coverage),
        summary=words.summary(report.coverage),
        findings=words.findings(report.coverage) + words.advice(report),
        gain=_gain(report),
        picture=charts.draw_shapes(report.density, _markers(shapes), REACHED),
        sizes=charts.draw_sizes(report.coverage.by_side, report.coverage.by_size),
        histogram=charts.draw_histogram(report.coverage),
        scaled=_to_scale(shapes),
        maps=_maps(report),
        strides=_strides(report),
        curve=_curve(report),
        counts=_counts(report),
        layouts=_layouts(report),
        missing=missing_stride(report),
        comparison=_comparison(report),
        classes=_classes(report),
        images=report.coverage.unreached.worst,
        shown_layouts=SHOWN_LAYOUTS,
        shown_classes=SHOWN_CLASSES,
        shown_images=SHOWN_IMAGES,
        fractions=_fractions(shapes),
    )


@functools.cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mediapipe_anchors.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = words.percent
    environment.filters["after"] = lambda text, mark: text.partition(mark)[2] or text
    environment.filters["sentence"] = words.sentence
    environment.filters["strides"] = words.strides
    environment.filters["options"] = words.options
    environment.filters["cells"] = words.cells
    environment.globals["count"] = words.count
    return environment.get_template("page.html")


def _shapes(report: FitReport) -> list[dict[str, Any]]:
    """A dict a shape: its number, sides, colour, feature map and score."""
    width, height = report.settings.input_size
    colour_of = _colours(report)
    maps = report.coverage.by_map
    return [
        {
            "number": number,
            "w": shape.w,
            "h": shape.h,
            "w_px": shape.w * width,
            "h_px": shape.h * height,
            "colour": 0 if shape.map is None else colour_of[shape.map],
            "stride": None if shape.map is None else maps[shape.map].stride,
            "score": shape.score,
        }
        for number, shape in enumerate(report.coverage.anchor_shapes, start=1)
    ]


def _colours(report: FitReport) -> list[int]:
    """Of each feature map, by its stride: the finest has the first colour."""
    strides = [each.stride for each in report.coverage.by_map]
    order = sorted(set(strides))
    return [order.index(stride) % COLOURS for stride in strides]


def _strides(report: FitReport) -> list[dict[str, Any]]:
    """What the colours stand for."""
    colour_of = dict(
        zip((each.stride for each in report.coverage.by_map), _colours(report), strict=True)
    )
    return [{"stride": stride, "colour": colour_of[stride]} for stride in sorted(colour_of)]


def _markers(shapes: list[dict[str, Any]]) -> list[Marker]:
    markers = []
    for shape in shapes:
        text = f"anchor {shape['number']}: {shape['w_px']:.1f} x {shape['h_px']:.1f} px"
        if shape["stride"] is not None:
            text += f", stride {shape['stride']:g}"
        if shape["score"] is not None:
            text += f"; the best anchor of {words.count(shape['score'].boxes, 'object')}"
        markers.append(Marker(shape["number"], shape["w_px"], shape["h_px"], shape["colour"], text))
    return markers


def _to_scale(shapes: list[dict[str, Any]]) -> list[tuple[dict[str, Any], Any]]:
    longest = max(max(shape["w_px"], shape["h_px"]) for shape in shapes)
    scale = min(3.0, (LONGEST if len(shapes) <= CROWD else LONGEST / 1.7) / longest)
    drawn = []
    for shape in sorted(shapes, key=lambda shape: shape["w_px"] * shape["h_px"]):
        figure = charts.draw_to_scale(shape["w_px"], shape["h_px"], scale, shape["colour"])
        drawn.append((shape, figure))
    return drawn


def _maps(report: FitReport) -> list[dict[str, Any]]:
    colours = _colours(report)
    rows = []
    for each, colour in zip(report.coverage.by_map, colours, strict=True):
        cells = (each.columns, each.rows)
        size = report.settings.input_size
        rows.append(
            {
                "map": each,
                "colour": colour,
                "share": 0 if each.score is None else each.score.boxes / report.coverage.boxes,
                "figure": charts.draw_map(size, cells, list(each.shapes), colour, MAP_SIDE),
            }
        )
    return rows


def _curve(report: FitReport) -> Any:
    curve = report.curve
    if curve is None:
        return None
    cost = None if curve.anchors_per_frame is None else list(map(int, curve.anchors_per_frame))
    numbers = list(map(int, curve.n_anchors))
    return charts.draw_curve(numbers, curve.scores, curve.recalls, curve.chosen, cost)


def _counts(report: FitReport) -> list[dict[str, Any]]:
    """What each number of anchors reaches on held-out boxes, and what it costs."""
    curve = report.curve
    if curve is None:
        return []
    costs = curve.anchors_per_frame
    return [
        {
            "number": int(number),
            "anchors": None if costs is None else int(costs[index]),
            "score": curve.scores[index].mean(),
            "spread": spread(curve.scores[index]),
            "recall": curve.recalls[index].mean(),
        }
        for index, number in enumerate(curve.n_anchors)
    ]


def _comparison(report: FitReport) -> list[Any]:
    """A picture for the mean best IoU, and one for the recall."""
    if report.comparison is None or report.comparison[1].current is None:
        return []
    name, found = report.comparison
    recall = f"recall at {found.iou_threshold:g}"
    return [
        charts.draw_comparison([(name, current, False), ("fitted", fitted, True)], words)
        for current, fitted, words in (
            (found.current, found.fitted, "mean best IoU"),
            (found.current_recalls, found.fitted_recalls, recall),
        )
    ]


def _gain(report: FitReport) -> dict[str, Any] | None:
    """What the fit has gained over its rival, by the IoU that it was fitted to."""
    rival, coverage = report.rival, report.coverage
    if rival is None:
        return None
    ours, theirs = coverage.shape, rival.shape
    if report.settings.on_grid and coverage.placed is not None and rival.placed is not None:
        ours, theirs = coverage.placed, rival.placed
    return {"by": ours.mean_best_iou - theirs.mean_best_iou, "theirs": theirs}


def _layouts(report: FitReport) -> Any:
    if report.layouts is None or len(report.layouts.scores) < FEWEST_LAYOUTS:
        return None  # what there is to say of them is said in words
    return charts.draw_layouts(report.layouts.scores, report.layouts.used_score)


def _classes(report: FitReport) -> list[Any]:
    """The most frequent classes, those with the lowest recall first."""
    frequent = report.coverage.by_class[:MAX_CLASSES]
    return sorted(frequent, key=lambda group: (group.score.recall, -group.score.boxes))


def _fractions(shapes: list[dict[str, Any]]) -> str:
    """The shapes as lines that a Python list, or a spreadsheet, takes."""
    return "\n".join(f"[{shape['w']:.6f}, {shape['h']:.6f}]," for shape in shapes)
