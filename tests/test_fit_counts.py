"""`choose_n_anchors`, its folds and rules, and `AnchorFitter(n_anchors="auto")`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.model_selection import GroupKFold
from sklearn.utils import check_random_state

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import MediaPipeAnchorsError, TensorError
from mediapipe_anchors.fit import AnchorFitter, best_anchor, choose_n_anchors
from mediapipe_anchors.fit.count_rules import by_gain, by_target
from mediapipe_anchors.fit.counts import QUICK
from mediapipe_anchors.fit.folds import deal_folds, group_numbers, split_folds
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.shape_fit import distinct_shapes, fit_shapes

Floats = npt.NDArray[np.float64]
SHAPES = np.array([[0.1, 0.2], [0.4, 0.1], [0.5, 0.6]])


def clustered(count: int = 300, seed: int = 0) -> Floats:
    """Boxes scattered by a tenth around three shapes."""
    rng = np.random.default_rng(seed)
    return SHAPES[rng.integers(3, size=count)] * rng.uniform(0.9, 1.1, size=(count, 2))


# --- Folds ---


@given(st.lists(st.integers(0, 8), min_size=2, max_size=60), st.integers(2, 7))
def test_folds_keep_groups_together_and_hold_each_box_out_once(
    groups: list[int], folds: int
) -> None:
    names = np.array([f"{group}.jpg" for group in groups])
    numbers = group_numbers(names, len(names))
    if len(set(groups)) < 2:
        with pytest.raises(MediaPipeAnchorsError, match="groups: got '1 group of"):
            split_folds(numbers, len(names), folds, 0)
        return
    parts = split_folds(numbers, len(names), folds, 0)
    assert len(parts) == min(folds, len(set(groups)))
    for training, held_out in parts:
        assert not set(names[training]) & set(names[held_out])
        np.testing.assert_array_equal(np.sort([*training, *held_out]), np.arange(len(names)))
    np.testing.assert_array_equal(
        np.sort(np.concatenate([held_out for _, held_out in parts])), np.arange(len(names))
    )


def test_without_groups_boxes_are_dealt_at_random_but_the_same_for_a_seed() -> None:
    first, again, other = (split_folds(None, 100, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first[0][1], again[0][1])
    assert not np.array_equal(first[0][1], other[0][1])
    assert not np.array_equal(first[0][1], np.arange(20))


@pytest.mark.parametrize("folds", [1, 0, 2.0, True, "5"])
def test_folds_are_an_integer_of_two_or_more(folds: Any) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=r"folds: got .*, expected an integer of 2"):
        split_folds(None, 10, folds, 0)


# --- The curve ---


def test_scores_are_those_of_images_that_the_fit_has_not_seen() -> None:
    boxes = [[0.1, 0.1]] * 3 + [[0.4, 0.4]] * 5
    curve = choose_n_anchors(boxes, [0] * 3 + [1] * 5, iou_threshold=0.06)
    np.testing.assert_array_equal(curve.n_anchors, [1])  # a fold has one shape to fit to
    np.testing.assert_allclose(curve.scores, [[1 / 16, 1 / 16]])
    np.testing.assert_array_equal(curve.recalls, [[1, 1]])
    seen = choose_n_anchors(boxes, [0, 1, 2, 0, 1, 2, 0, 1], folds=3)
    np.testing.assert_allclose(seen.scores[1], 1)


def test_scores_by_hand() -> None:
    """Training boxes are all alike, so the anchor is known."""
    boxes = np.array([[0.2, 0.4]] * 4 + [[0.4, 0.4], [0.2, 0.1]])
    groups, weights = [0, 0, 0, 0, 1, 1], [1, 1, 1, 1, 3, 1]
    curve = choose_n_anchors(
        boxes, groups, objective={"mean_iou": 1, "ratio": 1}, sample_weight=weights, max_anchors=1
    )
    assert curve.scores[0].min() == pytest.approx(0.5 * 0.75 + 0.25 * 0.25)
    fold = int(curve.scores[0].argmin())
    assert curve.recalls[0, fold] == pytest.approx(0.75)
    # Side ratios: 0.2 / 0.4 of the one, and 0.1 / 0.4 of the other, which is not above 1/4.
    assert curve.values[0, fold] == pytest.approx((curve.scores[0, fold] + 0.75 * 0.5) / 2)


def test_mean_and_spread() -> None:
    curve = choose_n_anchors(clustered(), np.arange(300) % 20, max_anchors=3)
    assert curve.scores.shape == curve.recalls.shape == (3, 5)
    np.testing.assert_array_equal(curve.values, curve.scores)
    for k in range(3):
        mean = sum(curve.scores[k]) / 5
        assert curve.mean[k] == pytest.approx(mean)
        variance = sum((score - mean) ** 2 for score in curve.scores[k]) / 4
        assert curve.spread[k] == pytest.approx(variance**0.5)


def test_neither_order_nor_names_nor_boxes_of_no_weight_matter() -> None:
    boxes, groups = np.round(clustered(), 2), np.random.default_rng(1).integers(12, size=300)
    weights = np.random.default_rng(2).integers(3, size=300)
    order = np.random.default_rng(0).permutation(300)
    names = np.array([f"{group:02}.jpg" for group in groups])
    kept = weights > 0
    for images in (groups, None):
        curve = choose_n_anchors(boxes, images, sample_weight=weights, max_anchors=3)
        shuffled = choose_n_anchors(
            boxes[order],
            None if images is None else names[order],
            sample_weight=weights[order],
            max_anchors=3,
        )
        np.testing.assert_array_equal(curve.scores, shuffled.scores)
        counted = choose_n_anchors(
            boxes[kept],
            None if images is None else groups[kept],
            sample_weight=weights[kept],
            max_anchors=3,
        )
        np.testing.assert_array_equal(curve.scores, counted.scores)


def test_fewer_images_than_folds() -> None:
    curve = choose_n_anchors(clustered(), np.arange(300) % 3, max_anchors=2)
    assert curve.scores.shape == (2, 3)
    assert "over 3 folds" in curve.rule


def test_one_image_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(MediaPipeAnchorsError, match=r"groups: got '1 group of 300 boxes'") as error:
        choose_n_anchors(clustered(), np.zeros(300))
    assert "images or more" in str(error.value)
    assert "groups=None, which holds out boxes one by one" in str(error.value)
    with pytest.raises(MediaPipeAnchorsError, match="pass more boxes"):
        choose_n_anchors([[0.1, 0.2]], None)


def test_folds_whose_weights_vanish_beside_others_are_refused() -> None:
    weights = np.where(np.arange(300) % 3, 1e-30, 1.0)
    with pytest.raises(TensorError, match=r"sample_weight: got .*, expected in each fold a weight"):
        choose_n_anchors(clustered(), np.arange(300) % 3, sample_weight=weights)


def test_groups_are_numbered_in_the_order_of_their_names() -> None:
    numbers = np.tile([7, 3, 3, 9, 7, 0, 12], 2)  # fewer numbers than rows, and gaps
    names = [f"{each:02}" for each in numbers]
    for groups in (numbers, numbers.astype(np.uint8), numbers - 5, numbers * 99, names):
        np.testing.assert_array_equal(group_numbers(groups, 14), [2, 1, 1, 3, 2, 0, 4] * 2)


@pytest.mark.parametrize("seed", range(20))
def test_groups_are_dealt_as_by_scikit_learn(seed: int) -> None:
    rng = np.random.default_rng(seed)
    names = rng.integers(rng.integers(8, 400), size=rng.integers(20, 3000))
    groups, folds = group_numbers(names, len(names)), int(rng.integers(2, 7))
    theirs = [len(held_out) for _, held_out in GroupKFold(folds).split(names, groups=groups)]
    ours = [len(held_out) for _, held_out in split_folds(groups, len(names), folds, 0)]
    assert ours == theirs  # which of equal groups goes first differs from version to version


@pytest.mark.parametrize("scale", [1.0, 2.0**-600, 2.0**40])
def test_equal_boxes_count_as_one_of_their_weight(scale: float) -> None:
    rng = np.random.default_rng(3)
    boxes, images = rng.lognormal(-2, 0.7, (90, 2)), np.sort(rng.integers(0, 12, 90))
    times = rng.integers(1, 9, 90)
    weighted = choose_n_anchors(boxes, images, sample_weight=times * scale, max_anchors=4)
    repeated = choose_n_anchors(
        np.repeat(boxes, times, axis=0), np.repeat(images, times), max_anchors=4
    )
    np.testing.assert_allclose(weighted.scores, repeated.scores, rtol=0, atol=1e-9)
    assert weighted.chosen == repeated.chosen


@pytest.mark.parametrize("groups", [np.arange(200_000) // 5, None])
def test_the_curve_of_more_shapes_than_are_kept(groups: Any) -> None:
    """Held-out figures of sketches are those of the boxes, nearly."""
    boxes = np.random.default_rng(0).lognormal(-2, 0.7, (200_000, 2))
    curve = choose_n_anchors(boxes, groups, max_anchors=3, folds=2)
    order = np.arange(200_000)[::-1]
    again = choose_n_anchors(
        boxes[order], None if groups is None else groups[order], max_anchors=3, folds=2
    )
    np.testing.assert_array_equal(curve.scores, again.scores)
    assert abs(AnchorFitter(3).fit(boxes).score(boxes) - curve.mean[2]) < 0.002
    if groups is None:
        return
    fold_of = deal_folds(groups, 200_000, 2, 0)
    shapes = distinct_shapes(boxes[fold_of == 1], None)
    anchors = fit_shapes(
        shapes, 3, Objective.of("mean_iou", 0.5, 4.0), "search", check_random_state(0), QUICK
    )
    best = best_anchor(boxes[fold_of == 0], anchors)[1]
    assert curve.scores[2, 0] == pytest.approx(best.mean(), abs=1e-4)
    assert curve.recalls[2, 0] == pytest.approx((best >= 0.5).mean(), abs=2e-3)


def test_cost() -> None:
    def curve(cost: Any) -> Any:
        return choose_n_anchors(
            clustered(30), None, max_anchors=3, anchors_per_shape=cost
        ).anchors_per_frame

    assert curve(None) is None
    np.testing.assert_array_equal(curve(361), [361, 722, 1083])
    np.testing.assert_array_equal(curve(lambda k: 100 + k), [101, 102, 103])
    with pytest.raises(MediaPipeAnchorsError, match=r"anchors_per_shape: got 1.5, expected an int"):
        curve(1.5)


def test_progress_and_json() -> None:
    calls: list[tuple[int, int]] = []
    curve = choose_n_anchors(
        clustered(40), None, max_anchors=2, progress=lambda *each: calls.append(each)
    )
    assert calls == [(done, 10) for done in range(1, 11)]
    figures = json.loads(json.dumps(curve.to_dict()))
    assert figures["n_anchors"] == [1, 2]
    assert figures["scores"] == curve.scores.tolist()
    assert figures["spread"] == curve.spread.tolist()
    assert figures["chosen"] == curve.chosen
    assert figures["anchors_per_frame"] is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_anchors": 0}, "max_anchors: got 0, expected an integer of 1 or more"),
        ({"max_anchors": 2.0}, "max_anchors: got 2.0, expected an integer of 1 or more"),
        ({"min_gain": -0.1}, "min_gain: got -0.1, expected a number from 0 to 1"),
        ({"min_gain": np.nan}, "min_gain: got nan"),
        ({"target_recall": 1.5}, "target_recall: got 1.5, expected a number from 0 to 1"),
        ({"objective": "recal"}, "objective: got 'recal'"),
        ({"algorithm": "genetic"}, "algorithm: got 'genetic'"),
        ({"groups": [1, 2]}, r"groups: got 'shape \(2,\)', expected shape \(300,\)"),
        ({"wh": np.zeros((0, 2))}, r"wh: got 'shape \(0, 2\)', expected boxes"),
        ({"wh": [[0.1, 0.0]]}, r"wh\[0\]: got \[0.1, 0.0\], expected a width and height"),
    ],
)
def test_arguments_out_of_range(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=message):
        choose_n_anchors(**{"wh": clustered(), "groups": None, **arguments})


# --- The rules ---


def folds_of(*means: float, wobble: float = 0.0) -> Floats:
    """Two folds that lie `wobble` above and below each mean, in turn."""
    signs = np.array([[1, -1] if k % 2 else [-1, 1] for k in range(len(means))])
    return np.array(means)[:, None] + wobble * signs


@pytest.mark.parametrize(
    ("values", "chosen"),
    [
        (folds_of(0.3, 0.5, 0.6, 0.605, 0.609), 3),
        (folds_of(0.3, 0.5, 0.6, 0.612, 0.613), 4),
        (folds_of(0.5, 0.505, 0.7, 0.701), 3),  # the third cluster shows with the third anchor
        (folds_of(0.5, 0.5, 0.515), 1),  # 0.015 is less than two times 0.01
        (folds_of(0.5, 0.4), 1),
        (folds_of(0.5, 0.6), 2),
        (folds_of(0.5), 1),
        # Gains of one more wobble by 0.04 * sqrt(2) from fold to fold: not sure.
        (folds_of(0.5, 0.55, wobble=0.02), 1),
        (folds_of(0.5, 0.58, wobble=0.02), 2),
    ],
)
def test_the_rule_of_gain(values: Floats, chosen: int) -> None:
    number, rule = by_gain(values, 0.01, "mean best IoU")
    assert number == chosen
    assert rule.startswith("1 anchor: " if chosen == 1 else f"{chosen} anchors: ")


def test_the_rule_of_gain_in_words() -> None:
    assert by_gain(folds_of(0.3, 0.5, 0.506), 0.01, "mean best IoU") == (
        2,
        "2 anchors: more, up to 3, add less than 0.01 each to the mean best IoU, beyond the "
        "spread over 2 folds; one more adds 0.0060 +- 0.0000",
    )
    assert by_gain(folds_of(0.3, 0.5), 0.01, "mean best IoU") == (
        2,
        "2 anchors: the largest number tried; each still adds 0.01 or more to the mean best IoU, "
        "beyond the spread over 2 folds; the last adds 0.2000 +- 0.0000",
    )
    assert by_gain(folds_of(0.3), 0.01, "mean best IoU") == (
        1,
        "1 anchor: the largest number tried",
    )


def test_no_gain_asked_for_takes_what_helps_at_all() -> None:
    assert by_gain(folds_of(0.3, 0.4, 0.4001, 0.4), 0.0, "mean best IoU")[0] == 3


def test_the_rule_of_the_target() -> None:
    recalls = folds_of(0.5, 0.75, 0.7, 0.9, wobble=0.01)
    assert by_target(recalls, 0.75, 0.5) == (
        2,
        "2 anchors: the smallest number whose held-out recall at IoU 0.5 reaches 0.75 "
        "(0.7500 +- 0.0141 over 2 folds); with 1 it is 0.5000",
    )
    assert by_target(recalls, 0.1, 0.5)[0] == 1
    assert by_target(recalls, 0.76, 0.5)[0] == 4
    with pytest.raises(
        MediaPipeAnchorsError,
        match=r"target_recall: got 0.95, expected at most 0.9, the held-out recall at IoU 0.5 that "
        r"4 anchors of 1 to 4 reach; raise max_anchors",
    ):
        by_target(recalls, 0.95, 0.5)


# --- In the estimator ---


def test_auto_finds_the_clusters() -> None:
    boxes, groups = clustered(), np.arange(300) % 30
    fitter = AnchorFitter("auto").fit(boxes, groups=groups)
    assert fitter.n_anchors_ == 3
    np.testing.assert_array_equal(fitter.anchors_, AnchorFitter(3).fit(boxes).anchors_)
    assert fitter.curve_ is not None
    assert fitter.curve_.chosen == 3
    alone = choose_n_anchors(boxes, groups)
    np.testing.assert_array_equal(fitter.curve_.scores, alone.scores)
    assert fitter.curve_.rule == alone.rule


def test_auto_passes_its_parameters_on() -> None:
    boxes, groups = clustered(), np.arange(300) % 30
    classes = boxes[:, 0] > 0.3
    fitter = AnchorFitter(
        "auto",
        objective={"recall": 1, "ratio": 2},
        iou_threshold=0.7,
        ratio_limit=2.0,
        algorithm="kmeans",
        class_weight="balanced",
        max_anchors=5,
        target_recall=0.6,
        min_gain=0.5,
        random_state=4,
    ).fit(boxes, classes, groups=groups)
    weights = np.where(classes, 1 / classes.mean(), 1 / (1 - classes.mean())) / 2
    curve = choose_n_anchors(
        boxes,
        groups,
        objective={"recall": 1, "ratio": 2},
        iou_threshold=0.7,
        ratio_limit=2.0,
        algorithm="kmeans",
        sample_weight=weights,
        max_anchors=5,
        target_recall=0.6,
        random_state=4,
    )
    assert fitter.curve_ is not None
    for name in ("scores", "recalls", "values"):
        np.testing.assert_allclose(getattr(fitter.curve_, name), getattr(curve, name))
    assert fitter.curve_.rule == curve.rule
    assert AnchorFitter("auto", min_gain=0.5).fit(boxes, groups=groups).n_anchors_ == 1


def test_auto_holds_out_by_image() -> None:
    """The shapes of one image tell nothing of another's: more anchors do not help."""
    rng = np.random.default_rng(0)
    own = rng.uniform(0.01, 1, (6, 2))
    boxes = np.repeat(own, 50, axis=0) * rng.uniform(0.99, 1.01, (300, 2))
    images = np.repeat(np.arange(6), 50)
    by_image = AnchorFitter("auto").fit(boxes, groups=images)
    by_box = AnchorFitter("auto").fit(boxes)
    assert by_box.n_anchors_ == 6 > by_image.n_anchors_
    assert by_image.curve_ is not None
    assert by_box.curve_ is not None
    assert by_box.curve_.mean[5] > by_image.curve_.mean[5] + 0.3


def test_a_number_needs_no_curve_and_no_groups() -> None:
    fitter = AnchorFitter("auto").fit(clustered(), groups=np.arange(300))
    fitter.set_params(n_anchors=2).fit(clustered(), groups="nothing to look at")
    assert fitter.curve_ is None
    assert fitter.n_anchors_ == 2


def test_auto_in_clone() -> None:
    fitter = AnchorFitter("auto", max_anchors=4, target_recall=0.9, min_gain=0.02)
    assert clone(fitter).get_params() == fitter.get_params()
    parameters = clone(fitter).get_params()
    assert [parameters[name] for name in ("max_anchors", "target_recall", "min_gain")] == [
        4,
        0.9,
        0.02,
    ]


def test_words_other_than_auto() -> None:
    with pytest.raises(
        MediaPipeAnchorsError, match=r"n_anchors: got 'best', expected .* or 'auto'"
    ):
        AnchorFitter("best").fit(clustered())  # type: ignore[arg-type]


def test_groups_of_another_length() -> None:
    with pytest.raises(TensorError, match="groups"):
        AnchorFitter("auto").fit(clustered(), groups=[1, 2, 3])


# --- On real boxes ---


@pytest.mark.parametrize("name", ["voc2007_trainval.csv.gz", "coco_val2017.csv.gz", "bccd.csv"])
def test_the_curve_is_as_a_full_search_would_draw_it(shared_data: Path, name: str) -> None:
    boxes = read_boxes(shared_data / name)
    wh = boxes.wh()
    groups = group_numbers(boxes.image_ids, len(wh))
    training, held_out = split_folds(groups, len(wh), 5, 0)[0]
    shapes = distinct_shapes(wh[training], None)
    for k in (3, 9, 12):
        reached = []
        objective = Objective.of("mean_iou", 0.5, 4.0)
        for effort in ({"effort": QUICK}, {}):
            random = check_random_state(0)
            anchors = fit_shapes(shapes, k, objective, "search", random, **effort)
            reached.append(best_anchor(wh[held_out], anchors)[1].mean())
        assert reached[0] == pytest.approx(reached[1], abs=0.003)


def test_real_boxes_want_the_number_that_their_curve_shows(shared_data: Path) -> None:
    boxes = read_boxes(shared_data / "bccd.csv")
    curve = choose_n_anchors(boxes.wh(), boxes.image_ids)
    assert curve.scores.shape == (12, 5)
    gains = np.diff(curve.mean)
    assert curve.chosen in (5, 6)  # red and white cells and platelets, whole and cut at the edge
    assert (gains[:4] > 0.012).all()
    assert (gains[6:] < 0.008).all()
    assert (gains > 0).all()
