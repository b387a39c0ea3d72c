"""The page of a fit: self-contained, true to the figures, safe from what files call things."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
from html_page import Page

from mediapipe_anchors.boxes import ReadReport
from mediapipe_anchors.fit import (
    AnchorFitter,
    choose_n_anchors,
    compare_anchors,
    compare_layouts,
    describe_reach,
)
from mediapipe_anchors.fit.coverage import Matching, measure_coverage
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.report import FitReport, Rival, Settings, render_page
from mediapipe_anchors.report.density import measure_density
from mediapipe_anchors.report.layout_words import LayoutChoice

SIZE = (320, 240)
HOSTILE = "<script>alert('1')</script>\"&"


def make_report(
    count: int = 300,
    n_anchors: int = 5,
    *,
    placed: bool = True,
    images: int = 40,
    labels: tuple[str, ...] = ("cat", "dog"),
    names: str = "image {}.jpg",
    path: str = "/data/boxes.csv.gz",
    **more: Any,
) -> FitReport:
    random = np.random.RandomState(0)
    wh = np.exp(random.uniform(-4, -0.5, (count, 2)))
    xywh = np.hstack([random.uniform(0.1, 0.9, (count, 2)), wh])
    layout = GridLayout.even(SIZE, (8, 16, 32)[:n_anchors], n_anchors)
    shapes = AnchorFitter(n_anchors, algorithm="kmeans").fit(wh[:2000]).anchors_
    coverage = measure_coverage(
        xywh if placed else wh,
        layout.place(shapes),
        input_size=SIZE,
        image_ids=random.randint(images, size=count),
        class_ids=random.randint(len(labels), size=count) if labels else None,
        image_names=[names.format(number) for number in range(images)],
        labels=labels,
    )
    read = ReadReport(path, "csv", True, count + 7, count, images, {"no area": 7}, {HOSTILE: 3})
    on_grid, command = more.pop("on_grid", False), f"fit {path}"
    settings = Settings(SIZE, "letterbox", None, 0.0, "mean_iou", "by search", on_grid, command)
    density = measure_density(wh, shapes, SIZE)
    return FitReport(settings, read, coverage, layout, density, **more)


def make_rival(name: str, score: float = 0.5) -> Rival:
    """Other anchors, worse where they stand than by shape."""
    by_shape = Matching(score, 0.4, (), (), ())
    return Rival(name, 100, by_shape, Matching(score / 2, 0.3, (), (), ()))


@pytest.fixture(scope="module")
def full() -> FitReport:
    """A report with everything in it, by the functions that the command calls."""
    random = np.random.RandomState(0)
    wh = np.exp(random.uniform(-4, -0.5, (300, 2)))
    xywh = np.hstack([random.uniform(0.1, 0.9, (300, 2)), wh])
    groups = np.arange(300) % 40
    layouts = [GridLayout.even(SIZE, strides, 4) for strides in ((8, 16), (16, 32), (32,))]
    return make_report(
        rival=make_rival("k-means"),
        curve=choose_n_anchors(wh, groups, max_anchors=3, anchors_per_shape=100),
        comparison=("mine", compare_anchors(wh, groups, wh[:4], AnchorFitter(4))),
        layouts=LayoutChoice(
            tuple(compare_layouts(xywh, SIZE, groups=groups, candidates=layouts)),
            layouts[1],
            0.5,
            max_anchors=900,
        ),
        reach=tuple(describe_reach(wh, layouts[1])),
        output="anchors.pbtxt",
    )


@pytest.fixture(scope="module")
def page(full: FitReport) -> Page:
    return Page(render_page(full))


def test_nothing_is_asked_for_from_outside(page: Page) -> None:
    assert page.outside == []
    assert page.tags["svg"] > 8


def test_the_reader_of_pages_sees_what_is_outside() -> None:
    for html in (
        "<script>1</script>",
        '<a href="http://a.b">x</a>',
        '<p onclick="x()">x</p>',
        '<p style="background: url(x.png)">x</p>',
        "<style>@import 'x.css';</style>",
    ):
        assert Page(html).outside, html
    with pytest.raises(AssertionError, match="never closed"):
        Page("<p>")


def test_the_page_says_the_figures(full: FitReport, page: Page) -> None:
    coverage = full.coverage
    assert coverage.placed is not None
    for text in (
        "Anchors for boxes ",
        f"{coverage.placed.recall * 100:.1f}%",
        f"{coverage.placed.mean_best_iou:.4f}",
        f"{coverage.shape.mean_best_iou:.4f}",
        f"{full.layout.num_anchors:,}",
        "model input 320 × 240 (letterbox)",
        "307 boxes from boxes.csv.gz as csv (detected); 300 kept",
        "7 no area",
        "fit /data/boxes.csv.gz",
        "anchors.pbtxt",
        f"{coverage.shape.mean_best_iou - 0.5:+.4f} mean best IoU by shape over k-means "
        "(0.5000; recall 40.0%)",
        "--grid free fits them where they stand",
        "Against mine",
        "How many anchors?",
        "Which layout?",
        "the layout used here",
        "Recall by class",
        "Images with objects that no anchor reaches",
    ):
        assert text in page.words
    for shape in coverage.anchor_shapes:
        assert f"{shape.w * 320:.1f} × {shape.h * 240:.1f}" in page.words
        assert f"[{shape.w:.6f}, {shape.h:.6f}]," in page.words
    assert full.layouts is not None
    for line in full.layouts.sentences:
        assert line in page.words
    for group in coverage.by_class:
        assert f"{group.name} {group.score.recall * 100:.1f}%" in page.words
    for image in coverage.unreached.worst:
        assert f"{image.name} {image.unreached} {image.boxes} {image.worst_iou:.3f}" in page.words
    assert full.curve.rule.replace(" +- ", " ± ") in page.words
    missing = next(line for line in full.reach or () if "is missing" in line)
    assert page.words.count(missing.replace(" %", "%")) == 2  # at the top, and by the maps
    assert full.comparison is not None
    assert full.comparison[1].reason.partition(": ")[2][1:].replace(" +- ", " ± ") in page.words


def test_options_are_not_cut_by_line_breaks(full: FitReport) -> None:
    assert full.layouts is not None
    html = render_page(full)
    assert "To fit it:" in full.layouts.sentences[-1]
    for option in ("--strides", "--anchors-per-cell", "--grid"):
        assert f'<span class="option">{option}</span> ' in html


def test_one_layout_is_said_and_not_drawn(full: FitReport) -> None:
    assert full.layouts is not None
    one = LayoutChoice(full.layouts.scores[:1], full.layouts.used, 0.5)
    page = Page(render_page(dataclasses.replace(full, layouts=one)))
    assert "Which layout? The only layout has strid" in page.words
    assert "reach on held-out objects where they stand" not in page.words
    assert page.tags["svg"] == Page(render_page(full)).tags["svg"] - 1


def test_few_boxes_tell_little_of_layouts(full: FitReport) -> None:
    assert full.layouts is not None
    assert all(score.held_out > 100 for score in full.layouts.scores)
    assert "chance" not in " ".join(full.layouts.sentences)
    few = tuple(dataclasses.replace(score, held_out=1) for score in full.layouts.scores)
    choice = LayoutChoice(few, full.layouts.used, 0.5)
    assert "held out. That is of 1 box: it may well be chance." in choice.sentences[0]


def test_what_was_not_asked_for_is_not_on_the_page() -> None:
    words = Page(render_page(make_report())).words
    for text in ("How many anchors?", "Against", "Which layout?", "over k-means", "None"):
        assert text not in words


def test_names_from_files_are_text_and_nothing_else() -> None:
    report = make_report(
        labels=(HOSTILE, "dog"),
        names=HOSTILE + "{}",
        path=f"/data/{HOSTILE.replace('/', '')}.csv",
        rival=make_rival(HOSTILE),
        output=HOSTILE,
        reach=(f"{HOSTILE} is missing",),
    )
    html = render_page(report)
    page = Page(html)
    assert page.outside == []
    assert "<script" not in html
    assert page.words.count(HOSTILE) > 10


def test_names_are_text_in_pictures_too() -> None:
    wh = np.exp(np.random.RandomState(0).uniform(-4, -0.5, (60, 2)))
    comparison = compare_anchors(wh, None, wh[:4], AnchorFitter(4))
    page = Page(render_page(make_report(comparison=(HOSTILE, comparison))))
    assert page.outside == []
    assert f"{HOSTILE}, fold 1" in page.words


def test_a_fit_on_a_grid_is_judged_where_it_stands() -> None:
    report = make_report(on_grid=True, rival=make_rival("mine"))
    words = Page(render_page(report)).words
    assert report.coverage.placed is not None
    gain = report.coverage.placed.mean_best_iou - 0.25
    assert f"{gain:+.4f} mean best IoU over mine (0.2500; recall 30.0%)" in words
    assert "--grid free" not in words


def test_by_shape_alone() -> None:
    words = Page(render_page(make_report(placed=False))).words
    assert "as if each object stood in the middle of a cell" in words
    assert "where the anchors stand" not in words


@pytest.mark.parametrize(("boxes", "anchors"), [(1, 1), (30, 2), (300, 40)])
def test_few_boxes_and_many_anchors(boxes: int, anchors: int) -> None:
    page = Page(render_page(make_report(boxes, anchors, labels=())))
    assert "nan" not in page.words
    assert "Recall by class" not in page.words


def test_a_million_boxes_make_a_page_below_500_kb() -> None:
    labels = tuple(f"a class with a long name {number}" for number in range(1203))
    report = make_report(
        1_000_000, 30, images=100_000, labels=labels, names="a/long/path/of/images/{:012}.jpg"
    )
    html = render_page(report)
    page = Page(html)
    assert page.outside == []
    assert "803 rare ones are left out" in page.words
    assert len(html.encode()) < 500_000


def test_the_figures_are_ready_for_json(full: FitReport) -> None:
    figures = json.loads(json.dumps(full.to_dict(), allow_nan=False))
    assert figures["coverage"]["placed"]["recall"] == full.coverage.best.recall
    assert figures["curve"]["chosen"] == full.curve.chosen
    assert figures["comparison"]["with"] == "mine"
    assert len(figures["layouts"]) == 3
    assert figures["layout_choice"]["max_anchors"] == 900
    assert len(figures["layout_choice"]["sentences"]) == 3
    assert figures["rival"]["name"] == "k-means"
    assert figures["layout"]["num_anchors"] == full.layout.num_anchors
    assert make_report().to_dict()["comparison"] is None


def test_a_comparison_without_figures() -> None:
    """Anchors that are only centres cannot be compared; the page says why."""
    wh = np.exp(np.random.RandomState(0).uniform(-4, -0.5, (60, 2)))
    comparison = compare_anchors(wh, None, [[1.0, 1.0]], AnchorFitter(4))
    words = Page(render_page(make_report(comparison=("mine", comparison)))).words
    assert "Keep the anchors of mine:" in words
    assert "Against mine" not in words


def test_the_same_report_makes_the_same_page(full: FitReport) -> None:
    assert render_page(full) == render_page(dataclasses.replace(full))
