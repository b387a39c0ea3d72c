"""The parts of the page: words, pictures, and the density behind one of them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from mediapipe_anchors.fit import shape_iou
from mediapipe_anchors.fit.coverage import measure_coverage
from mediapipe_anchors.report import words
from mediapipe_anchors.report.charts import draw_to_scale
from mediapipe_anchors.report.charts.shapes import _outline, _runs
from mediapipe_anchors.report.density import measure_density
from mediapipe_anchors.report.svg import Axis, nice_step, number, tag, text

# --- Words ---


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.0, "0%"),
        (1.0, "100%"),
        (0.99999, "99.9%"),
        (0.00001, "0.01%"),
        (0.0051, "0.51%"),
        (0.0999, "10.0%"),
        (0.7379, "73.8%"),
    ],
)
def test_percent(share: float, said: str) -> None:
    assert words.percent(share) == said


def test_counts_strides_and_cells() -> None:
    assert [words.count(n, "box", "boxes") for n in (0, 1, 2000)] == [
        "0 boxes",
        "1 box",
        "2,000 boxes",
    ]
    assert words.strides((8, 16, 32)) == "8, 16, 32"
    assert words.strides((8, 16, 32, 64)) == "8 to 64"
    assert words.strides((8, 16, 16, 64)) == "8, 16, 16, 64"
    assert words.cells((6, 6)) == "6 each"
    assert words.cells((3, 6, 6)) == "3, then 6 each"
    assert words.cells((3, 4, 6)) == "3, 4, 6"
    assert words.cells((3,)) == "3"
    assert words.sentence("keep: 5 % +- 1 %") == "Keep: 5% ± 1%."


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        (1000, "1 anchor shape reaches every object, or nearly so"),
        (960, "1 anchor shape reaches nearly all objects"),
        (900, "1 anchor shape reaches most objects"),
        (700, "1 anchor shape leaves many objects out of reach"),
        (699, "1 anchor shape leaves far too many objects out of reach"),
    ],
)
def test_the_headline_follows_the_recall(reached: int, said: str) -> None:
    wh = np.full((1000, 2), 0.01)
    wh[:reached] = 0.3
    coverage = measure_coverage(wh, [[0.3, 0.3]], input_size=(100, 100))
    assert words.headline(coverage) == said
    two = measure_coverage(wh, [[0.3, 0.3], [9, 9]], input_size=(100, 100))
    verbs = {"1 anchor shape": "2 anchor shapes", "reaches": "reach", "leaves": "leave"}
    for one, several in verbs.items():
        said = said.replace(one, several)
    assert words.headline(two) == said
    assert f"{words.percent(reached / 1000)} of 1,000 objects" in words.summary(coverage)


def test_findings_name_the_size_and_the_class_that_are_missed() -> None:
    wh = np.full((1000, 2), 0.3)
    wh[:10], wh[10:40] = 0.05, 0.09  # 5 pixels, 9 pixels
    coverage = measure_coverage(
        wh,
        [[0.3, 0.3]],
        input_size=(100, 100),
        image_ids=np.arange(1000) // 10,
        image_names=list(map(str, range(100))),
        class_ids=(np.arange(1000) < 60).astype(int),
        labels=["common", "rare"],
    )
    assert words.findings(coverage) == [
        "Of the 40 objects out of reach, 100% are smaller than 12 × 12 pixels of the model input.",
        "The class missed most is “rare”: 33.3% of its 60 objects are reached.",
        "4 images of 100 hold objects out of reach; in 4 of them no object is reached.",
    ]


def test_nothing_missed_is_nothing_to_say() -> None:
    coverage = measure_coverage([[0.3, 0.3]], [[0.3, 0.3]], input_size=(100, 100))
    assert words.findings(coverage) == []


# --- SVG ---


def test_everything_put_into_an_element_is_escaped() -> None:
    found = tag("text", "<b>", Markup("<i></i>"), class_='"><b>', stroke_width=1.25, x=None)
    assert found == ('<text class="&#34;&gt;&lt;b&gt;" stroke-width="1.2">&lt;b&gt;<i></i></text>')
    assert text(1, 2.0, "a") == '<text x="1" y="2" text-anchor="middle">a</text>'


@pytest.mark.parametrize(
    ("value", "written"), [(1.0, "1"), (1.25, "1.2"), (-0.04, "0"), (100.0, "100"), ("a", "a")]
)
def test_numbers_are_short(value: object, written: object) -> None:
    assert number(value) == written


@given(st.floats(0.1, 1000), st.floats(1.5, 1e5), st.booleans())
def test_ticks_lie_on_the_axis(low: float, factor: float, is_log: bool) -> None:
    axis = Axis(low, low * factor, 10, 110, is_log)
    assert axis(low) == pytest.approx(10)
    assert axis(low * factor) == pytest.approx(110)
    for tick in axis.ticks():
        assert 9.9 <= axis(tick) <= 110.1
    assert len(axis.ticks()) <= 16
    assert is_log or len(axis.ticks()) >= 2


@given(st.floats(1e-6, 1e6))
def test_a_nice_step_is_at_most_twice_and_a_half_too_long(least: float) -> None:
    assert least * 0.999 <= nice_step(least) <= least * 2.51


def test_an_anchor_to_scale() -> None:
    assert 'width="42" height="22"' in draw_to_scale(20, 10, 2.0, 3)
    assert 'width="4" height="4"' in draw_to_scale(0.1, 0.1, 2.0, 3)


@given(st.floats(0.05, 0.95))
def test_the_outline_is_where_the_iou_is_reached(reached: float) -> None:
    points = np.exp(_outline(reached))
    iou = shape_iou(points, [[1.0, 1.0]])[:, 0]
    np.testing.assert_allclose(iou, reached, rtol=1e-9)
    # The two ends of a straight side, and the middle of it.
    logs = np.log(points)
    for first, second in ((logs[8], logs[9]), (logs[-1], logs[0])):
        middle = np.exp((first + second) / 2)[None]
        np.testing.assert_allclose(shape_iou(middle, [[1.0, 1.0]]), reached, rtol=1e-9)


# --- Density ---


@given(st.integers(0, 2**32 - 1), st.integers(1, 3000))
def test_the_density_counts_every_box(seed: int, count: int) -> None:
    random = np.random.RandomState(seed)
    pixels = np.exp(random.normal(3, 1, (count, 2)))
    weights = random.randint(1, 5, count).astype(float)
    anchors = np.array([[1.0, 500.0]])
    found = measure_density(pixels, anchors, (1, 1), weights)
    assert found.counts.sum() + found.outside == weights.sum()
    assert found.outside <= max(1, 0.01 * weights.sum()) * 5
    assert found.low < 1
    assert found.high > 500


def test_the_density_is_by_height_then_width() -> None:
    pixels = np.tile([[10.0, 100.0]], (1000, 1))
    found = measure_density(
        pixels / [20, 50], np.array([[0.5, 2.0], [0.25, 0.1], [10, 4]]), (20, 50)
    )
    row, column = np.argwhere(found.counts)[0]
    edges = np.geomspace(found.low, found.high, len(found.counts) + 1)
    assert edges[row] <= 100 <= edges[row + 1]
    assert edges[column] <= 10 <= edges[column + 1]


@given(st.integers(0, 2**32 - 1))
def test_runs_cover_what_is_set_and_no_more(seed: int) -> None:
    flags = np.random.RandomState(seed).uniform(size=(9, 11)) < 0.5
    painted = np.zeros(flags.shape, int)
    for row, column, length in _runs(flags):
        painted[row, column : column + length] += 1
    np.testing.assert_array_equal(painted, flags)
