"""`mediapipe-anchors fit`: the number of anchors, grids, comparisons, several files, the page."""

from __future__ import annotations

import importlib.util
import io
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from html_page import Page
from rich.console import Console
from sklearn.utils.class_weight import compute_sample_weight

from mediapipe_anchors import AnchorFitter, SsdAnchorsOptions, generate_anchors, read_boxes
from mediapipe_anchors.cli import main
from mediapipe_anchors.cli.progress import Progress
from mediapipe_anchors.fit import (
    GridAnchorFitter,
    compare_anchors,
    compare_layouts,
    describe_reach,
    match_anchors,
)
from mediapipe_anchors.layout import GridLayout

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"
SIZE = (160, 160)
STOCK = SsdAnchorsOptions(
    input_size_width=160,
    input_size_height=160,
    min_scale=0.2,
    max_scale=0.9,
    num_layers=2,
    strides=[16, 32],
    aspect_ratios=[1.0, 2.0],
)


def write_boxes(path: Path, images: int = 30, seed: int = 0, header: bool = True) -> Path:
    """Small wide boxes of one class, large tall ones of another."""
    random, rows = np.random.RandomState(seed), []
    for image in range(images):
        for kind, (w, h) in (("car", (30, 15)), ("car", (33, 16)), ("tree", (40, 90))):
            w, h = np.rint([w, h] * random.uniform(0.9, 1.1, 2)).astype(int)
            x, y = random.randint(0, 200 - w), random.randint(0, 200 - h)
            rows.append(f"{path.stem}_{image}.jpg,200,200,{x},{y},{x + w},{y + h},{kind}")
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    return write_boxes(tmp_path / "boxes.csv")


@pytest.fixture
def stock(tmp_path: Path) -> Path:
    path = tmp_path / "stock.pbtxt"
    path.write_text(STOCK.to_pbtxt(), encoding="utf-8")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["fit", *map(str, arguments)])
        captured = capsys.readouterr()
        assert stopped.value.code == code, captured.err
        return captured.out, captured.err

    return call


@pytest.fixture
def figures(run: Any) -> Any:
    return lambda *arguments: json.loads(run(*arguments, "--json")[0])


def placed_score(path: Path, anchors: np.ndarray) -> float:
    seen = read_boxes(path).on_input(SIZE, clip=False)
    return float(match_anchors(seen.xywh, anchors)[1].mean())


# --- How many ---


def test_as_many_anchors_as_pay(boxes: Path, run: Any, figures: Any) -> None:
    options = ("--input-size", "160x160", "-k", "auto", "--max-anchors", 4, "--min-gain", 0.02)
    found = figures(boxes, *options)
    assert found["curve"]["chosen"] == 2
    assert found["curve"]["n_anchors"] == [1, 2, 3, 4]
    assert found["curve"]["anchors_per_frame"] == [
        GridLayout.even(SIZE, (8, 16, 32)[:k], k).num_anchors for k in (1, 2, 3, 4)
    ]
    assert len(found["fit"]["anchors"]) == 2
    assert found["layout"]["strides"] == [8, 16]
    out, _ = run(boxes, *options)
    assert "Count   2 anchors: more, up to 4, add less than 0.02 each" in out
    assert max(map(len, out.splitlines())) <= 80


def test_the_rule_can_be_overridden(boxes: Path, figures: Any) -> None:
    auto = (boxes, "--input-size", "160x160", "-k", "auto", "--max-anchors", 3)
    assert figures(*auto, "--target-recall", 0.3)["curve"]["chosen"] == 1
    assert figures(*auto, "--min-gain", 0.001)["curve"]["chosen"] == 3


# --- What is maximised ---


def test_objectives(boxes: Path, figures: Any) -> None:
    at = (boxes, "--input-size", "160x160", "-k", 1)
    by_iou = figures(*at)["fit"]
    blend = figures(*at, "--objective", "mean_iou=0.9,recall=0.1")
    assert blend["settings"]["objective"] == "0.9 mean_iou + 0.1 recall"
    recall = figures(*at, "--objective", "recall", "--iou-threshold", 0.5)["fit"]
    ratio = figures(*at, "--objective", "ratio")["fit"]
    assert recall["recall_at_0.5"] >= max(by_iou["recall_at_0.5"], ratio["recall_at_0.5"])
    assert by_iou["mean_best_iou"] > ratio["mean_best_iou"]
    strict = figures(*at, "--objective", "recall", "--iou-threshold", 0.9)["fit"]["anchors"]
    fitter = AnchorFitter(1, objective="recall", iou_threshold=0.9).fit(read_boxes(boxes).wh(SIZE))
    np.testing.assert_array_equal(strict, fitter.anchors_)
    means = figures(*at, "--algorithm", "kmeans")["fit"]["anchors_px"]
    expected = read_boxes(boxes).wh(SIZE).mean(axis=0) * SIZE
    np.testing.assert_allclose(means, [expected], rtol=1e-3)


def test_each_class_counts_the_same(boxes: Path, figures: Any) -> None:
    at = (boxes, "--input-size", "160x160", "-k", 1, "--algorithm", "kmeans")
    mean = figures(*at, "--class-balanced")["fit"]["anchors_px"][0]
    read = read_boxes(boxes)
    wh, ids = read.wh(SIZE) * SIZE, read.class_ids
    np.testing.assert_allclose(
        mean, (wh[ids == 0].mean(axis=0) + wh[ids == 1].mean(axis=0)) / 2, rtol=1e-3
    )


# --- Where the anchors stand ---


def test_free_shapes_on_a_grid(boxes: Path, figures: Any, tmp_path: Path) -> None:
    graph = tmp_path / "anchors.pbtxt"
    options = ("--strides", "32,16", "--anchors-per-cell", "1,2", "-o", graph)
    found = figures(boxes, "--input-size", "160x160", *options)
    assert found["layout"]["anchors_per_cell"] == [1, 2]
    anchors = generate_anchors(SsdAnchorsOptions.from_pbtxt(graph))
    score = placed_score(boxes, anchors)
    assert found["coverage"]["placed"]["mean_best_iou"] == pytest.approx(score, abs=1e-12)
    layout = GridLayout(SIZE, (32, 16), (1, 2))
    seen = read_boxes(boxes).on_input(SIZE, clip=False)
    np.testing.assert_array_equal(anchors, GridAnchorFitter(layout).fit(seen.xywh).anchors_)
    by_shape = figures(boxes, "--input-size", "160x160", "--strides", "32,16", "-k", 3)
    assert score > by_shape["coverage"]["placed"]["mean_best_iou"]


def test_stock_options(boxes: Path, stock: Path, run: Any, figures: Any, tmp_path: Path) -> None:
    graph = tmp_path / "anchors.pbtxt"
    options = ("--layout", stock, "--grid", "stock", "-o", graph)
    found = figures(boxes, *options)
    written = SsdAnchorsOptions.from_pbtxt(graph)
    assert written == SsdAnchorsOptions.from_pbtxt(found["options"])
    assert written.fixed_anchors is None
    assert written.strides == STOCK.strides
    assert found["coverage"]["placed"]["mean_best_iou"] == pytest.approx(
        placed_score(boxes, generate_anchors(written)), abs=1e-12
    )
    assert found["rival"]["name"] == "stock.pbtxt"
    assert found["rival"]["placed"]["mean_best_iou"] == pytest.approx(
        placed_score(boxes, generate_anchors(STOCK)), abs=1e-12
    )
    assert found["coverage"]["placed"]["mean_best_iou"] > found["rival"]["placed"]["mean_best_iou"]
    out, _ = run(boxes, *options)
    rows = [line.split() for line in out.splitlines() if line.strip()[:1].isdigit()]
    assert [row[6] for row in rows] == ["16"] * 3 + ["32"] * 3
    shapes = sorted({tuple(row) for row in generate_anchors(written)[:, 2:].tolist()})
    printed = sorted((float(row[1]), float(row[2])) for row in rows)
    np.testing.assert_allclose(printed, shapes, atol=6e-5)


def test_a_layout_that_is_not_told_how_means_free_shapes(
    boxes: Path, stock: Path, figures: Any
) -> None:
    found = figures(boxes, "--layout", stock)
    assert found["options"] is None
    assert found["settings"]["input_size"] == [160, 160]
    assert found["layout"]["anchors_per_cell"] == [3, 3]


# --- Whether it is worth it ---


def test_comparison_with_options(boxes: Path, stock: Path, run: Any, figures: Any) -> None:
    options = (boxes, "--layout", stock, "--compare", stock)
    found = figures(*options)
    seen = read_boxes(boxes)
    expected = compare_anchors(
        seen.on_input(SIZE, clip=False).xywh, seen.image_ids, STOCK, GridAnchorFitter(STOCK)
    )
    assert found["comparison"] == {"with": "stock.pbtxt", **expected.to_dict()}
    assert found["comparison"]["verdict"] == "replace"
    assert "Compare with stock.pbtxt: replace:" in run(*options)[0]
    assert figures(*options, "--min-gain", 0.9)["comparison"]["verdict"] == "keep"


def test_comparison_by_shape_with_a_preset(boxes: Path, figures: Any) -> None:
    found = figures(
        boxes, "--input-size", "160x160", "-k", 2, "--compare", "face_detection_short_range"
    )
    assert found["comparison"]["with"] == "face_detection_short_range"
    assert found["comparison"]["verdict"] == "keep"  # its anchors are only centres


def test_k_means_is_the_rival_of_shapes(boxes: Path, figures: Any) -> None:
    options = (boxes, "--input-size", "160x160", "-k", 1, "--class-balanced")
    rival, kmeans = figures(*options)["rival"], figures(*options, "--algorithm", "kmeans")
    assert kmeans["rival"] is None
    assert rival["name"] == "k-means"
    assert rival["placed"] == kmeans["coverage"]["placed"]
    assert rival["shape"] == kmeans["coverage"]["shape"]


def test_layouts(boxes: Path, run: Any, figures: Any) -> None:
    options = (boxes, "--input-size", "64x64", "-k", 2, "--layouts")
    found = figures(*options)
    read = read_boxes(boxes)
    seen = read.on_input((64, 64), clip=False)
    used = GridLayout((64, 64), (8, 16), (1, 1))
    expected = compare_layouts(seen.xywh, (64, 64), groups=read.image_ids)
    assert used in [each.layout for each in expected]
    assert found["layouts"] == json.loads(json.dumps([each.to_dict() for each in expected]))
    choice = found["layout_choice"]
    assert (choice["max_anchors"], choice["smallest_px"]) == (None, None)
    assert choice["used"]["layout"]["anchors_per_cell"] == [1, 1]
    best = expected[0]
    assert choice["sentences"][0] == (
        f"Of {len(expected)} layouts, where twice the anchors must add 0.03 of mean best IoU, the "
        f"best has strides 4 to 64 with 2 shapes a cell: {best.anchors_per_frame} anchors, mean "
        f"best IoU {best.score:.3f}, recall at 0.5 {best.recall:.3f}, held out. "
        "That is of 45 boxes: it may well be chance."
    )
    assert "place " in choice["sentences"][1]
    out, _ = run(*options)
    assert max(map(len, out.splitlines())) <= 80
    flat = " ".join(out.split())
    for line in (*choice["sentences"], *found["reach"]):
        assert line in flat
    assert "Layout  Of " in out
    assert "Reach   Stride 8 is the finest." in out


def test_one_layout_within_a_budget(boxes: Path, figures: Any) -> None:
    at = (boxes, "--input-size", "64x64", "--layouts", "--smallest-object", 12)
    found = figures(*at, "--iou-threshold", 0.4, "--max-anchors-per-frame", 300)
    assert found["layout_choice"]["sentences"][0].startswith(
        "The only layout of at most 300 anchors that matches a square of 12 pixels wherever it "
        "lies has stride 4 with 1 shape a cell: 256 anchors, mean"
    )


def test_layouts_within_a_budget(boxes: Path, figures: Any, run: Any) -> None:
    at = (boxes, "--input-size", "64x64", "--strides", "16,32", "--anchors-per-cell", "2,1")
    options = ("--layouts", "--max-anchors-per-frame", 600, "--smallest-object", 12)
    found = figures(*at, *options, "--iou-threshold", 0.4, "--seed", 3)
    read = read_boxes(boxes)
    seen = read.on_input((64, 64), clip=False)
    expected = compare_layouts(
        seen.xywh,
        (64, 64),
        groups=read.image_ids,
        max_anchors=600,
        smallest_px=12,
        iou_threshold=0.4,
        random_state=3,
    )
    assert found["layouts"] == json.loads(json.dumps([each.to_dict() for each in expected]))
    choice = found["layout_choice"]
    assert (choice["max_anchors"], choice["smallest_px"], choice["used"]) == (600, 12, None)
    assert choice["sentences"][0].startswith(
        f"Of {len(expected)} layouts of at most 600 anchors that match a square of 12 pixels "
        "wherever it lies, the best has strid"
    )
    assert choice["sentences"][1] == (
        "The one used here has strides 16, 32 with 2, 1 shapes a cell and is none of these: it "
        "matches squares from 27.5 pixels up alone."
    )
    best = found["layouts"][0]["layout"]
    strides, cells = (",".join(map(str, best[name])) for name in ("strides", "anchors_per_cell"))
    given = ("--strides", strides, "--anchors-per-cell", cells)
    assert choice["sentences"][2] == f"To fit it: {' '.join(given)}"
    assert "not the smallest that matters, of 12 pixels" in found["reach"][0]
    assert found["reach"][3].startswith("Stride 8 is missing")
    again = figures(*at[:3], *given, *options, "--iou-threshold", 0.4, "--seed", 3)
    assert len(again["layout_choice"]["sentences"]) == 1
    assert "the one used here is the best: strid" in again["layout_choice"]["sentences"][0]
    assert again["layout_choice"]["used"] == again["layouts"][0] == found["layouts"][0]


def test_a_layout_beyond_the_budget_is_said_to_be(boxes: Path, figures: Any) -> None:
    at = (boxes, "--input-size", "64x64", "--strides", "16,8", "--anchors-per-cell", "2,7")
    found = figures(*at, "--layouts", "--max-anchors-per-frame", 200)
    assert found["layout_choice"]["sentences"][1].endswith("of these: it has 480 anchors.")
    inside = figures(*at, "--layouts")  # no layout compared of its own accord has 7 shapes a cell
    assert inside["layout_choice"]["used"]["layout"]["anchors_per_cell"] == [2, 7]


def test_layouts_count_each_class_the_same(boxes: Path, run: Any, figures: Any) -> None:
    options = (boxes, "--input-size", "64x64", "-k", 2, "--class-balanced")
    found = figures(*options, "--layouts")
    read = read_boxes(boxes)
    seen = read.on_input((64, 64), clip=False)
    weights = compute_sample_weight("balanced", read.class_ids)
    expected = compare_layouts(seen.xywh, (64, 64), groups=read.image_ids, sample_weight=weights)
    assert found["layouts"] == json.loads(json.dumps([each.to_dict() for each in expected]))
    layout = GridLayout((64, 64), (8, 16), (1, 1))
    lines = describe_reach(seen.xywh, layout, sample_weight=weights)
    assert lines != describe_reach(seen.xywh, layout)
    said = "Each class counts the same in these shares."
    assert found["reach"] == [*lines, said]
    assert said in " ".join(run(*options, "--strides", "32,64")[0].split())


# --- Which boxes ---


def test_several_files_are_one_data_set(boxes: Path, figures: Any) -> None:
    other = write_boxes(boxes.with_name("other.csv"), images=10, seed=1)
    lines = other.read_text().splitlines()[1:]
    both = boxes.with_name("both.csv")
    both.write_text(boxes.read_text() + "\n".join(lines) + "\n")
    at = ("--input-size", "160x160", "-k", 2)
    one, two = figures(both, *at), figures(boxes, other, *at)
    assert two["read"]["images"] == 40
    assert two["read"]["path"] == f"{boxes} and 1 more"
    assert one["coverage"] == two["coverage"]
    for engine in ["local"] + ["dask"] * bool(importlib.util.find_spec("distributed")):
        sketch = figures(boxes, other, *at, "--engine", engine)
        assert sketch["fit"].pop("mean_best_iou") == pytest.approx(one["fit"]["mean_best_iou"])
        assert sketch["fit"].items() <= one["fit"].items()
        assert sketch["coverage"]["placed"] is None
        assert sketch["coverage"]["shape"]["recall"] == one["coverage"]["shape"]["recall"]
        assert sketch["read"]["kept"] == 120


def test_what_the_input_does_not_show_is_counted(boxes: Path, run: Any, figures: Any) -> None:
    options = (boxes, "--input-size", "160x160", "-k", 1)
    found = figures(*options, "--min-size", 20)
    assert found["read"]["dropped"] == {"smaller than 20 pixels of the input": 60}
    assert (found["read"]["kept"], found["coverage"]["boxes"]) == (30, 30)
    assert [group["name"] for group in found["coverage"]["by_class"]] == ["tree"]
    seen = read_boxes(boxes).on_input(SIZE, roi=(0, 0, 0.5, 1), clip=False)
    half = figures(*options, "--roi", "0,0,0.5,1")
    assert half["read"]["dropped"] == seen.dropped
    assert half["settings"]["roi"] == [0, 0, 0.5, 1]
    assert "cut at the crop" in run(*options, "--resize", "center_crop", "--roi", "0,0,0.5,1")[0]
    _, err = run(*options, "--min-size", 200, code=2)
    assert "no box left of 90 on the model input" in err


# --- The page ---


def test_the_page_has_the_figures_and_the_command(boxes: Path, run: Any, figures: Any) -> None:
    hostile = boxes.with_name("a <b>&'.csv")
    boxes.rename(hostile)
    page = boxes.with_name("out.html")
    options = (hostile, "--input-size", "160x160", "-k", 2)
    out, err = run(*options, "--report", page)
    assert f"Wrote {page}" in err
    assert "Boxes   90" in out
    shown = Page(page.read_text(encoding="utf-8"))
    assert shown.outside == []
    coverage = figures(*options)["coverage"]
    assert f"{coverage['placed']['mean_best_iou']:.4f}" in shown.words
    assert "mediapipe-anchors fit '" in shown.words
    assert "--input-size 160x160 -k 2 --report" in shown.words
    assert "a <b>&" in shown.words


def test_the_page_of_shards_is_by_shape(boxes: Path, run: Any) -> None:
    page = boxes.with_name("out.html")
    run(boxes, "--input-size", "160x160", "-k", 2, "--engine", "local", "--report", page)
    assert "By shape alone" not in (words := Page(page.read_text()).words)
    assert "as if each object stood in the middle of a cell" in words


# --- Bad use ---


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-k none", "'none': expected a number of 1 or more, or auto"),
        ("-k 2 --max-anchors 3", "--max-anchors: only with -k auto"),
        ("-k 2 --target-recall 0.5", "--target-recall: only with -k auto"),
        ("-k 2 --min-gain 0.5", "--min-gain: only with -k auto or --compare"),
        (
            "-k auto --target-recall 1 --iou-threshold 0.99",
            "target_recall: got 1.0, expected at most",
        ),
        ("--objective recal", "objective: got 'recal', expected one of mean_iou, recall, ratio"),
        ("--objective recall=x", "'recall=x': expected name=weight with commas"),
        (
            "--objective mean_iou=-1",
            "objective: got {'mean_iou': -1.0}, expected finite weights of 0",
        ),
        ("--algorithm kmeans --objective recall", "not with --objective; it has its own"),
        ("--algorithm kmeans --grid free", "not with --grid; it does not know where"),
        ("--iou-threshold 1", "1.0 is not in the range 0<x<1"),
        ("--grid stock", "--grid stock: needs --layout"),
        ("--layout STOCK -k 3", "-k: not beside --layout, which says how many"),
        ("--layout STOCK --strides 8", "--strides: not beside --layout, which has its own"),
        ("--layout STOCK --anchors-per-cell 8", "--anchors-per-cell: not beside --layout"),
        ("--layout STOCK --input-size 64x64", "got 64x64, expected 160x160, as stock.pbtxt has it"),
        ("--layout nothing", "no such file, and not a preset: got 'nothing'"),
        ("--layout object_detector", "fixed_anchors: got"),
        ("--anchors-per-cell 1,2 -k 3", "-k: not beside --anchors-per-cell"),
        ("--anchors-per-cell 1,2", "anchors_per_cell: got (1, 2), expected 3 numbers"),
        ("--grid free --objective ratio", "the ratio does not know where anchors stand"),
        ("--engine local -k auto", "-k auto: not with --engine, which reads shapes alone"),
        ("--engine local --grid free", "--grid: not with --engine"),
        ("--engine local --class-balanced", "--class-balanced: not with --engine"),
        ("--engine local --compare STOCK", "--compare: not with --engine"),
        ("--engine local --layouts", "--layouts: not with --engine"),
        ("--max-anchors-per-frame 99", "--max-anchors-per-frame: only with --layouts"),
        ("--smallest-object 9", "--smallest-object: only with --layouts"),
        ("--layouts --max-anchors-per-frame 0", "0 is not in the range x>=1"),
        ("--layouts --smallest-object 0", "0.0 is not in the range x>0"),
        (
            "--layouts --max-anchors-per-frame 2",
            "--max-anchors-per-frame: got 2, expected at least 9, of the smallest layout",
        ),
        (
            "--layouts --smallest-object 3",
            "--smallest-object: got 3.0, expected at least 9.7, which the finest layout compared "
            "matches with IoU 0.5 wherever it lies; make the model input larger, or ask for",
        ),
        ("--layouts --smallest-object 150", "expected a box or more of 150 pixels, the smallest"),
        ("--roi 0,0,1", "'0,0,1': expected left,top,right,bottom as fractions"),
        ("--roi 0,0,2,1", "roi: got"),
        ("--min-size -1", "-1.0 is not in the range x>=0"),
        ("--report page.txt", "expected a name that ends in .html"),
        ("--report missing/page.html", "there is no folder 'missing'"),
    ],
)
def test_bad_use_says_what_to_do_and_ends_with_2(
    boxes: Path, stock: Path, run: Any, options: str, message: str
) -> None:
    words = options.replace("STOCK", str(stock)).split()
    size = () if "--input-size" in words else ("--input-size", "160x160")
    out, err = run(boxes, *size, *words, code=2)
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_boxes_without_classes_cannot_be_balanced(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,1,1,64,240,1,-1,-1,-1\n", encoding="utf-8")
    options = ("--input-size", "160x160", "-k", 1, "--image-size", "640x480", "--class-balanced")
    _, err = run(path, *options, code=2)
    assert "--class-balanced: got" in err


# --- Progress ---


def progress_on_terminal(delay: float, seconds: float) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=80, color_system=None)
    with Progress(console, delay) as progress:
        update = progress.step("Trying [b]anchors[/b]")
        update(3, 10)
        time.sleep(seconds)
    return file.getvalue()


def test_progress_shows_after_a_while_alone() -> None:
    assert "Trying [b]anchors[/b]" in (shown := progress_on_terminal(0.0, 0.3))
    assert "3/10" in shown
    assert progress_on_terminal(60.0, 0.0).strip() == ""


def test_progress_is_for_terminals() -> None:
    file = io.StringIO()
    with Progress(Console(file=file, force_terminal=False), 0.0) as progress:
        progress.step("Reading")
        time.sleep(0.1)
    assert file.getvalue() == ""
