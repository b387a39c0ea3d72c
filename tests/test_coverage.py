"""measure_coverage: against definitions written out, box by box."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors import (
    SsdAnchorsOptions,
    TensorError,
    arrays,
    generate_anchors,
    read_boxes,
)
from mediapipe_anchors.fit import summarize
from mediapipe_anchors.fit.coverage import Coverage, measure_coverage
from mediapipe_anchors.fit.coverage_groups import find_stride
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.report.density import measure_density

SIZE = (320, 160)
LAYOUT = GridLayout(SIZE, (32, 16), (1, 2))
CLASSES = np.array([-1, 0, 1, 1] * 100)  # of the 400 boxes
SHAPES = np.array([[0.05, 0.1], [0.1, 0.3], [0.5, 0.5]])


def random_boxes(count: int, seed: int = 0) -> np.ndarray:
    random = np.random.RandomState(seed)
    sides = np.exp(random.uniform(-4, -0.1, (count, 2)))
    return np.hstack([random.uniform(0.05, 0.95, (count, 2)), sides])


def brute_iou(boxes: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    """[N, A], from corners."""
    low = np.maximum(
        (boxes[:, :2] - boxes[:, 2:] / 2)[:, None], (anchors[:, :2] - anchors[:, 2:] / 2)[None]
    )
    high = np.minimum(
        (boxes[:, :2] + boxes[:, 2:] / 2)[:, None], (anchors[:, :2] + anchors[:, 2:] / 2)[None]
    )
    shared = np.clip(high - low, 0, None).prod(axis=2)
    areas = boxes[:, 2:].prod(axis=1)[:, None] + anchors[:, 2:].prod(axis=1)[None]
    return shared / (areas - shared)


def assert_alike(left: Any, right: Any) -> None:
    """Equal, but for the rounding of sums."""
    if isinstance(left, dict):
        assert left.keys() == right.keys()
        for key in left:
            assert_alike(left[key], right[key])
    elif isinstance(left, (tuple, list)):
        for pair in zip(left, right, strict=True):
            assert_alike(*pair)
    else:
        assert left == (pytest.approx(right) if isinstance(right, float) else right)


@pytest.fixture(scope="module")
def boxes() -> np.ndarray:
    return random_boxes(400)


@pytest.fixture(scope="module")
def coverage(boxes: np.ndarray) -> Coverage:
    return covered(boxes)


def covered(boxes: np.ndarray) -> Coverage:
    return measure_coverage(
        boxes,
        LAYOUT.place(SHAPES),
        input_size=SIZE,
        image_ids=np.arange(400) % 50,
        class_ids=CLASSES,
        image_names=[f"image {number}" for number in range(50)],
        labels=["cat", "dog"],
    )


@pytest.fixture(scope="module")
def placed_iou(boxes: np.ndarray) -> np.ndarray:
    return brute_iou(boxes, LAYOUT.place(SHAPES).astype(float)).max(axis=1)


def test_by_hand() -> None:
    found = measure_coverage(
        [[0.5, 0.5], [0.5, 0.25], [0.125, 0.125]], [[0.5, 0.5]], input_size=(256, 256)
    )
    assert found.placed is None
    assert found.best is found.shape
    assert found.boxes == 3
    assert found.shape.mean_best_iou == pytest.approx((1 + 0.5 + 1 / 16) / 3)
    assert found.shape.recall == pytest.approx(2 / 3)
    assert found.shape.histogram == tuple(1.0 if bin_ in (1, 10, 19) else 0.0 for bin_ in range(20))
    recalls = dict(zip(found.shape.thresholds, found.shape.recalls, strict=True))
    assert (recalls[0.05], recalls[0.1], recalls[0.5]) == pytest.approx((1, 2 / 3, 2 / 3))
    assert (recalls[0.55], recalls[0.95]) == pytest.approx((1 / 3, 1 / 3))
    assert [(group.name, group.score.boxes) for group in found.by_size] == [
        ("medium", 2),  # 32 x 32 and 128 x 64
        ("large", 1),
    ]
    assert found.by_class == ()
    assert found.by_map == ()
    assert found.unreached.boxes == 1
    assert found.unreached.images is None


def test_placed_and_by_shape(boxes: np.ndarray, coverage: Coverage, placed_iou: np.ndarray) -> None:
    assert coverage.placed is coverage.best
    assert coverage.placed is not None
    assert coverage.placed.mean_best_iou == pytest.approx(placed_iou.mean(), abs=1e-12)
    assert coverage.placed.recall == (placed_iou >= 0.5).mean()
    assert coverage.placed.histogram == tuple(np.histogram(placed_iou, np.arange(21) / 20)[0])
    for threshold, recall in zip(coverage.placed.thresholds, coverage.placed.recalls, strict=True):
        assert recall == pytest.approx((placed_iou >= threshold).mean(), abs=1e-12)
    at_origin = np.hstack([np.zeros((400, 2)), boxes[:, 2:]])
    anchors = np.hstack([np.zeros((3, 2)), SHAPES.astype(np.float32)])
    by_shape = brute_iou(at_origin, anchors).max(axis=1)
    assert coverage.shape.mean_best_iou == pytest.approx(by_shape.mean(), abs=1e-12)
    assert coverage.shape.recall == (by_shape >= 0.5).mean()


def test_sizes_share_out_all_boxes(
    boxes: np.ndarray, coverage: Coverage, placed_iou: np.ndarray
) -> None:
    side = np.sqrt((boxes[:, 2:] * SIZE).prod(axis=1))
    for groups in (coverage.by_size, coverage.by_side):
        assert sum(group.score.boxes for group in groups) == 400
        for group in groups:
            inside = (side >= group.low) & (side < (group.high or np.inf))
            assert group.score.boxes == inside.sum()
            assert group.score.mean_best_iou == pytest.approx(placed_iou[inside].mean())
            assert group.score.recall == pytest.approx((placed_iou[inside] >= 0.5).mean())
    assert [group.name for group in coverage.by_size] == ["small", "medium", "large"]


def test_sides_on_the_limit_count_upwards() -> None:
    wh = np.array([[32, 32], [31.9, 32], [96, 96], [95.9, 96], [64, 16]]) / 256
    found = measure_coverage(wh, [[0.1, 0.1]], input_size=(256, 256))
    assert {group.name: group.score.boxes for group in found.by_size} == {
        "small": 1,
        "medium": 3,
        "large": 1,
    }


def test_classes_the_most_frequent_first(coverage: Coverage, placed_iou: np.ndarray) -> None:
    assert [(group.name, group.score.boxes) for group in coverage.by_class] == [
        ("dog", 200),
        ("cat", 100),
    ]
    for number, group in zip((1, 0), coverage.by_class, strict=True):
        assert group.score.mean_best_iou == pytest.approx(placed_iou[number == CLASSES].mean())


def test_feature_maps_and_shapes(boxes: np.ndarray, coverage: Coverage) -> None:
    anchors = LAYOUT.place(SHAPES)
    best = brute_iou(boxes, anchors.astype(float)).argmax(axis=1)
    assert [(each.columns, each.rows, each.stride) for each in coverage.by_map] == [
        (10, 5, 32),
        (20, 10, 16),
    ]
    assert [each.anchors for each in coverage.by_map] == [50, 400]
    assert [each.score.boxes if each.score else 0 for each in coverage.by_map] == [
        (best < 50).sum(),
        (best >= 50).sum(),
    ]
    shapes = [(each.w, each.h, each.map) for each in coverage.anchor_shapes]
    expected = [(0.5, 0.5, 0), (0.05, 0.1, 1), (0.1, 0.3, 1)]
    np.testing.assert_allclose(shapes, expected, rtol=1e-6)
    counts = [each.score.boxes if each.score else 0 for each in coverage.anchor_shapes]
    shape_of = np.where(best < 50, 0, 1 + (best - 50) % 2)
    assert counts == np.bincount(shape_of, minlength=3).tolist()


def test_images_with_the_most_unreached_objects_first(
    boxes: np.ndarray, coverage: Coverage, placed_iou: np.ndarray
) -> None:
    missed, found = placed_iou < 0.5, coverage.unreached
    images = np.arange(400) % 50
    assert found.boxes == missed.sum()
    assert found.of_images == 50
    assert found.images == len(set(images[missed]))
    assert found.images_in_all == 50 - len(set(images[~missed]))
    assert [each.unreached for each in found.worst] == sorted(
        (each.unreached for each in found.worst), reverse=True
    )
    assert sum(each.unreached for each in found.worst) == missed.sum()
    first = found.worst[0]
    rows = np.flatnonzero(images == int(first.name.removeprefix("image ")))
    assert (first.boxes, first.unreached) == (8, missed[rows].sum())
    worst = rows[placed_iou[rows].argmin()]
    assert first.worst_iou == pytest.approx(placed_iou[worst])
    assert first.worst_px == pytest.approx(tuple(boxes[worst, 2:] * SIZE))
    assert first.worst_label == [None, "cat", "dog", "dog"][worst % 4]


def test_boxes_are_measured_alike_in_small_parts(
    boxes: np.ndarray, coverage: Coverage, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = summarize(boxes[:, 2:], SHAPES, SIZE)
    density = measure_density(boxes[:, 2:], SHAPES, SIZE)
    monkeypatch.setattr(arrays, "CHUNK", 37)
    parts = covered(boxes)
    assert_alike(parts.to_dict(), coverage.to_dict())
    assert_alike(summarize(boxes[:, 2:], SHAPES, SIZE).to_dict(), summary.to_dict())
    np.testing.assert_array_equal(
        measure_density(boxes[:, 2:], SHAPES, SIZE).counts, density.counts
    )


def test_a_weight_is_as_many_boxes(boxes: np.ndarray) -> None:
    weights = np.arange(1, 401) % 4 + 1
    anchors = LAYOUT.place(SHAPES)
    weighted = measure_coverage(boxes, anchors, input_size=SIZE, weights=weights.astype(float))
    repeated = measure_coverage(np.repeat(boxes, weights, axis=0), anchors, input_size=SIZE)
    assert_alike(weighted.to_dict(), repeated.to_dict())


def test_shapes_of_placed_anchors_serve_boxes_without_places(boxes: np.ndarray) -> None:
    found = measure_coverage(boxes[:, 2:], LAYOUT.place(SHAPES), input_size=SIZE)
    assert found.placed is None
    assert [each.map for each in found.anchor_shapes] == [0, 1, 1]
    assert sum(each.score.boxes for each in found.by_map if each.score) == 400
    assert all(group.score.shape_recall is None for group in found.by_size)


def test_anchors_on_no_grid_have_no_maps(boxes: np.ndarray) -> None:
    anchors = random_boxes(200, seed=1)
    found = measure_coverage(boxes, anchors, input_size=SIZE)
    assert found.by_map == ()
    assert found.placed is not None
    assert found.placed.mean_best_iou == pytest.approx(brute_iou(boxes, anchors).max(axis=1).mean())
    best = brute_iou(boxes, anchors).argmax(axis=1)
    counts = {(each.w, each.h): each.score.boxes for each in found.anchor_shapes if each.score}
    chosen, expected = np.unique(anchors[best, 2:], axis=0, return_counts=True)
    assert counts == dict(zip(map(tuple, chosen.tolist()), expected.tolist(), strict=True))
    areas = [each.w * each.h for each in found.anchor_shapes]
    assert areas == sorted(areas)


@given(
    st.tuples(st.integers(1, 700), st.integers(1, 700)),
    st.integers(1, 600),
)
def test_the_stride_gives_the_cells(size: tuple[int, int], stride: int) -> None:
    cells = (-(-size[0] // stride), -(-size[1] // stride))
    found = find_stride(cells, size)
    assert found == int(found)
    assert (-(-size[0] // int(found)), -(-size[1] // int(found))) == cells
    if stride & (stride - 1) == 0:
        assert int(found) & (int(found) - 1) == 0


def test_cells_that_no_stride_gives() -> None:
    assert find_stride((10, 3), (320, 160)) == pytest.approx(160 / 3)


def test_the_published_options_on_voc(shared_data: Path) -> None:
    """The figures that the issue on anchor fitting gives for them."""
    options = SsdAnchorsOptions(
        input_size_width=300,
        input_size_height=300,
        min_scale=0.2,
        max_scale=0.95,
        num_layers=6,
        strides=[16, 32, 64, 128, 256, 512],
        aspect_ratios=[1.0, 2.0, 0.5, 3.0, 0.3333],
        reduce_boxes_in_lowest_layer=True,
    )
    boxes = read_boxes(shared_data / "voc2007_trainval.csv.gz").on_input((300, 300))
    found = measure_coverage(boxes.xywh, generate_anchors(options), input_size=(300, 300))
    assert found.placed is not None
    assert round(found.shape.recall, 3) == 0.803
    assert (round(found.placed.mean_best_iou, 3), round(found.placed.recall, 3)) == (0.591, 0.748)
    assert [each.stride for each in found.by_map] == [16, 32, 64, 128, 256, 512]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"boxes": np.zeros((0, 2))}, "boxes: got 'shape \\(0, 2\\)'"),
        ({"boxes": np.ones((3, 3))}, "boxes: got 'shape \\(3, 3\\)'"),
        ({"boxes": [[0.1, 0.0]]}, "boxes\\[0\\]: got"),
        ({"boxes": [[np.nan, 0.1, 0.1, 0.1]]}, "boxes\\[0\\]: got"),
        ({"anchors": np.zeros((0, 4))}, "anchors: got 'shape \\(0, 4\\)'"),
        ({"weights": [0.0]}, "weights: got"),
        ({"image_ids": [0.5]}, "image_ids: got 'float64 of shape"),
        ({"image_ids": [1], "image_names": ["a"]}, "image_ids: got 1, expected less than the 1"),
        ({"class_ids": [0, 0]}, "class_ids: got 'int64 of shape \\(2,\\)'"),
    ],
)
def test_what_cannot_be_measured_is_refused(change: dict[str, Any], message: str) -> None:
    given_: dict[str, Any] = {"boxes": [[0.1, 0.1]], "anchors": [[0.1, 0.1]], "input_size": SIZE}
    given_ |= change
    with pytest.raises(TensorError, match=message):
        measure_coverage(given_.pop("boxes"), given_.pop("anchors"), **given_)
