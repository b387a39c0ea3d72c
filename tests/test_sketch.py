"""`ShapeSketch`: exact for few shapes, the same however boxes are split, and close for many."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import AnchorFitter, ShapeSketch, best_anchor
from mediapipe_anchors.fit import sketch as sketch_module
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.population import Population

Floats = npt.NDArray[np.float64]
LIMIT = 2**30  # of the total weight


def state(sketch: ShapeSketch) -> tuple[Any, ...]:
    """All that a sketch holds, bit for bit."""
    hidden = {
        name: None if value is None else np.asarray(value).tobytes()
        for name, value in sorted(vars(sketch).items())
    }
    return sketch.is_exact, sketch.wh.tobytes(), sketch.weights.tobytes(), hidden


def random_boxes(count: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).uniform(0.01, 1, (count, 2))


# --- Exact ---


@given(st.lists(st.tuples(*[st.sampled_from([1e-9, 0.25, 0.5, 1e9])] * 2, st.integers(0, 5))))
def test_few_shapes_are_kept_with_their_weights(rows: list[tuple[float, float, int]]) -> None:
    expected: dict[tuple[float, float], int] = {}
    for w, h, weight in rows:
        expected[w, h] = expected.get((w, h), 0) + weight
    table = np.array(rows, float).reshape(-1, 3)
    sketch = ShapeSketch().add(table[:, :2], table[:, 2])
    kept = dict(zip(map(tuple, sketch.wh.tolist()), sketch.weights.tolist(), strict=True))
    assert kept == {shape: weight for shape, weight in expected.items() if weight}
    assert sketch.is_exact
    assert sketch.num_boxes == len(rows)
    assert sketch.wh.shape == (len(kept), 2)


def test_exact_up_to_65536_distinct_shapes() -> None:
    boxes = random_boxes(65_537)
    sketch = ShapeSketch().add(np.repeat(boxes[:65_536], 2, axis=0))
    assert sketch.is_exact
    order = np.lexsort((boxes[:65_536, 1], boxes[:65_536, 0]))
    np.testing.assert_array_equal(sketch.wh, boxes[:65_536][order])
    np.testing.assert_array_equal(sketch.weights, 2)
    sketch.add(boxes[65_536:], [0])
    assert sketch.is_exact, "a box of no weight is no shape"
    sketch.add(boxes[65_536:])
    assert not sketch.is_exact
    assert sketch.weights.sum() == 2 * 65_536 + 1
    assert len(sketch.wh) == len(sketch.weights) <= 65_536


def test_weights_are_rounded_to_1024ths() -> None:
    sketch = ShapeSketch().add([[1, 1], [2, 2], [3, 3]], [0.3, 1 / 2048, 1e-30])
    np.testing.assert_array_equal(sketch.weights, [307 / 1024])
    assert sketch.num_boxes == 3


def test_an_empty_sketch() -> None:
    sketch = ShapeSketch().add(np.zeros((0, 2))).merge(ShapeSketch())
    assert sketch.wh.shape == (0, 2)
    assert sketch.weights.shape == (0,)
    assert sketch.num_boxes == 0


# --- However boxes are split ---


@st.composite
def splits(draw: st.DrawFn) -> tuple[Floats, Floats, list[int], int]:
    """Boxes, weights, where they are cut, and a limit of exactness that may lie below them."""
    count = draw(st.integers(0, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    boxes = 10 ** rng.uniform(*draw(st.sampled_from([(-9, 9), (0, 0.05)])), (count, 2))
    if count and draw(st.booleans()):
        boxes = boxes[rng.integers(count, size=count)]
    weights = rng.choice([0, 0.0003, 1, 2, 0.7, 1e5], count)
    cuts = sorted(draw(st.lists(st.integers(0, count), max_size=6)))
    return boxes, weights, cuts, draw(st.sampled_from([1, 10, 30, 65_536]))


@given(splits(), st.randoms(use_true_random=False))
def test_any_order_any_split_and_any_tree_of_merges(split: Any, random: Any) -> None:
    boxes, weights, cuts, exact = split
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sketch_module, "EXACT", exact)
        whole = ShapeSketch().add(boxes, weights)
        order = np.array(random.sample(range(len(boxes)), len(boxes)), int)
        parts = [ShapeSketch().add(boxes[rows], weights[rows]) for rows in np.split(order, cuts)]
        grown = ShapeSketch()
        for rows in np.split(order, cuts):
            grown.add(boxes[rows], weights[rows])
        while len(parts) > 1:
            first = parts.pop(random.randrange(len(parts)))
            second = parts.pop(random.randrange(len(parts)))
            before = state(second)
            parts.append(first.merge(second))
            assert state(second) == before
        assert state(parts[0]) == state(whole) == state(grown)
        assert whole.is_exact == (len(np.unique(boxes[weights >= 1 / 1024], axis=0)) <= exact)


def test_split_and_merged_at_full_size() -> None:
    """200,000 distinct shapes, some parts exact and some not."""
    boxes = random_boxes(200_000)
    whole = ShapeSketch().add(boxes)
    shuffled = np.random.default_rng(1).permutation(boxes)
    sizes = [1, 7, 1000, 60_000, 131_000]
    parts = [ShapeSketch().add(part) for part in np.split(shuffled, np.cumsum(sizes))]
    assert {part.is_exact for part in parts} == {True, False}
    forwards = ShapeSketch()
    for part in parts:
        forwards.merge(part)
    backwards = ShapeSketch()
    for part in reversed(parts):
        backwards.merge(part)
    assert state(forwards) == state(backwards) == state(whole)


def test_a_sketch_merged_with_itself_is_all_boxes_twice() -> None:
    for count in (100, 70_000):
        boxes = random_boxes(count)
        once = ShapeSketch().add(boxes)
        twice = once.merge(once)
        assert state(twice) == state(ShapeSketch().add(boxes).add(boxes))


@pytest.mark.parametrize("count", [0, 100, 70_000])
def test_pickled(count: int) -> None:
    sketch = ShapeSketch().add(random_boxes(count))
    copy = pickle.loads(pickle.dumps(sketch))
    assert state(copy) == state(sketch)
    more = random_boxes(50, seed=1)
    assert state(copy.add(more)) == state(sketch.add(more))


def test_what_it_gives_out_is_no_part_of_it() -> None:
    sketch = ShapeSketch().add(random_boxes(10))
    before = state(sketch)
    sketch.wh[:] = 7
    sketch.weights[:] = 7
    assert state(sketch) == before


# --- Limits ---


@pytest.mark.parametrize("exact", [65_536, 1])
def test_the_most_weight_and_one_unit_more(exact: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sketch_module, "EXACT", exact)
    boxes = np.array([[0.1, 0.2], [0.3, 0.4], [1e-9, 1e9]])
    sketch = ShapeSketch().add(boxes, [LIMIT - 2, 1, 1])
    np.testing.assert_allclose(sketch.wh, boxes[np.argsort(boxes[:, 0])], rtol=1e-5)
    assert sketch.weights.sum() == LIMIT
    before = state(sketch)
    with pytest.raises(TensorError, match=r"weights: got .*, expected at most 2\*\*30 in all"):
        sketch.add([[0.5, 0.5]], [1 / 1024])
    with pytest.raises(TensorError, match=r"weights: got .*, expected at most 2\*\*30 in all"):
        sketch.merge(ShapeSketch().add(boxes))
    with pytest.raises(TensorError, match=r"weights: got .*, expected at most 2\*\*30 in all"):
        sketch.merge(sketch)
    assert state(sketch) == before, "a refused addition changes nothing"


@pytest.mark.parametrize("weights", [[1e300, 1e300], [LIMIT, 1], [1e19, 0], [LIMIT, LIMIT]])
def test_weights_beyond_whole_numbers(weights: list[float]) -> None:
    with pytest.raises(TensorError, match="at most"):
        ShapeSketch().add([[1, 1], [2, 2]], weights)


@pytest.mark.parametrize("weights", [[1, -1], [np.nan, 1], [np.inf, 1], [1], [[1, 1]], ["a", "b"]])
def test_weights_that_are_none(weights: Any) -> None:
    with pytest.raises(TensorError, match="weights: got"):
        ShapeSketch().add([[1, 1], [2, 2]], weights)


@pytest.mark.parametrize(
    "boxes", [[[1, 0]], [[1, -1]], [[1, 2e9]], [[1e-10, 1]], [[np.nan, 1]], [[1, 2, 3]], [1, 2]]
)
def test_boxes_that_are_none(boxes: Any) -> None:
    sketch = ShapeSketch()
    with pytest.raises(TensorError, match="wh"):
        sketch.add(boxes)
    assert sketch.num_boxes == 0


# --- Close ---


@pytest.mark.parametrize("name", ["voc2007_trainval.csv.gz", "coco_val2017.csv.gz", "bccd.csv"])
def test_the_error_on_real_boxes_is_below_5e_4(shared_data: Path, name: str) -> None:
    """Real boxes scattered by up to 4 %, so that none is there twice: 200,000 distinct shapes."""
    rng = np.random.default_rng(0)
    real = read_boxes(shared_data / name).wh()
    boxes = real[rng.integers(len(real), size=200_000)] * rng.uniform(0.96, 1.04, (200_000, 2))
    sketch = ShapeSketch().add(boxes)
    assert not sketch.is_exact
    assert len(sketch.wh) < 120_000
    for k in (1, 3, 9, 30, 100):
        chosen = AnchorFitter(k).fit(real).anchors_
        for anchors in (chosen, boxes[rng.permutation(len(boxes))[:k]]):
            on_boxes = best_anchor(boxes, anchors)[1].mean()
            on_sketch = np.average(best_anchor(sketch.wh, anchors)[1], weights=sketch.weights)
            assert abs(on_sketch - on_boxes) < 5e-4, k


# --- As the X of a fitter ---


def test_fitted_as_the_boxes_are() -> None:
    for boxes in (np.round(random_boxes(500), 2), random_boxes(70_000)):
        for objective in ("mean_iou", "recall"):
            of_boxes = AnchorFitter(3, objective=objective).fit(boxes)
            of_sketch = AnchorFitter(3, objective=objective).fit(ShapeSketch().add(boxes))
            np.testing.assert_array_equal(of_sketch.anchors_, of_boxes.anchors_)
            assert of_sketch.n_features_in_ == 2


@pytest.mark.parametrize(
    ("parameters", "arguments", "message"),
    [
        ({"n_anchors": "auto"}, {}, "n_anchors: got 'auto', expected nothing of the kind beside"),
        (
            {"class_weight": "balanced"},
            {"y": [1]},
            "class_weight: got 'balanced', expected nothing",
        ),
        ({}, {"sample_weight": [1]}, r"sample_weight: got \[1\], expected nothing of the kind"),
        ({"n_anchors": 2}, {}, "at most 1, the number of distinct .*more boxes than n_samples = 3"),
    ],
)
def test_a_sketch_beside_what_it_has_nothing_for(
    parameters: Any, arguments: Any, message: str
) -> None:
    sketch = ShapeSketch().add([[0.1, 0.2]] * 3)
    with pytest.raises(MediaPipeAnchorsError, match=message):
        AnchorFitter(**parameters).fit(sketch, **arguments)
    with pytest.raises(TensorError, match="X: got 'an empty ShapeSketch', expected boxes"):
        AnchorFitter(1).fit(ShapeSketch())


def test_recall_by_a_sketch_counts_a_part_of_a_cell() -> None:
    """Anchors fitted to recall put as many boxes as they can just inside the threshold."""
    boxes = np.random.default_rng(0).lognormal(-2, 0.7, (400_000, 2))
    sketch = ShapeSketch().add(boxes)
    population = Population.of_sketch(sketch)
    assert population.blur == 1 / 128
    by_cells = Objective(recall=1.0, iou_threshold=0.5).blurred(population.blur)
    for k in (1, 3, 9):
        anchors = AnchorFitter(k, objective="recall").fit(sketch).anchors_
        reached = best_anchor(sketch.wh, anchors)[1]
        by_sketch = np.average(by_cells.of_iou(reached), weights=sketch.weights)
        assert abs(by_sketch - (best_anchor(boxes, anchors)[1] >= 0.5).mean()) < 5e-4
    assert Population.of_sketch(ShapeSketch().add(boxes[:9])).blur == 0
