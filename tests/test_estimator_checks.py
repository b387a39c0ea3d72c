"""`AnchorFitter` keeps the rules of scikit-learn's estimators."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator

from mediapipe_anchors import AnchorFitter

# scikit-learn lets these checks make an X of another width, or with zeros. Each is repeated below.
NOT_TWO_COLUMNS = "X has not 2 columns"
ZEROS = "X has sides of 0"
EXPECTED_FAILED_CHECKS = {
    "check_all_zero_sample_weights_error": NOT_TWO_COLUMNS,
    "check_dict_unchanged": NOT_TWO_COLUMNS,
    "check_dont_overwrite_parameters": NOT_TWO_COLUMNS,
    "check_dtype_object": NOT_TWO_COLUMNS,
    "check_estimators_dtypes": NOT_TWO_COLUMNS,
    "check_estimators_fit_returns_self": ZEROS,
    "check_estimators_nan_inf": NOT_TWO_COLUMNS,
    "check_estimators_overwrite_params": ZEROS,
    "check_estimators_pickle": NOT_TWO_COLUMNS,
    "check_f_contiguous_array_estimator": NOT_TWO_COLUMNS,
    "check_fit2d_1feature": NOT_TWO_COLUMNS,
    "check_fit2d_1sample": NOT_TWO_COLUMNS,
    "check_fit2d_predict1d": NOT_TWO_COLUMNS,
    "check_fit_check_is_fitted": ZEROS,
    "check_fit_idempotent": ZEROS,
    "check_fit_score_takes_y": NOT_TWO_COLUMNS,
    "check_methods_sample_order_invariance": NOT_TWO_COLUMNS,
    "check_methods_subset_invariance": NOT_TWO_COLUMNS,
    "check_n_features_in": ZEROS,
    "check_n_features_in_after_fitting": NOT_TWO_COLUMNS,
    "check_pipeline_consistency": NOT_TWO_COLUMNS,
    "check_positive_only_tag_during_fit": NOT_TWO_COLUMNS,
    "check_readonly_memmap_input": ZEROS,
    "check_sample_weight_equivalence_on_dense_data": NOT_TWO_COLUMNS,
    "check_sample_weights_list": NOT_TWO_COLUMNS,
    "check_sample_weights_not_an_array": ZEROS,
    "check_sample_weights_pandas_series": ZEROS,
}
# Does not ask scikit-learn's `_enforce_estimator_tags_X` for its X; repeated by hand.
BY_HAND = "check_sample_weight_equivalence_on_dense_data"


def results(estimator: AnchorFitter) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return check_estimator(
            estimator, expected_failed_checks=EXPECTED_FAILED_CHECKS, on_skip=None, on_fail=None
        )


@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
def test_check_estimator(algorithm: Any) -> None:
    ran = results(AnchorFitter(n_anchors=3, algorithm=algorithm))
    failed = {each["check_name"]: each["exception"] for each in ran if each["status"] == "failed"}
    assert not failed
    assert sum(each["status"] == "passed" for each in ran) >= 20


def test_only_checks_whose_boxes_are_none_may_fail() -> None:
    ran = results(AnchorFitter(n_anchors=3))
    expected = [each for each in ran if each["check_name"] in EXPECTED_FAILED_CHECKS]
    assert len(expected) >= 20
    for each in expected:
        name, status, why = each["check_name"], each["status"], _causes(each["exception"])
        if status == "skipped":  # pandas is not there
            continue
        assert status == "xfail", f"{name} needs not stand among those that may fail"
        reason = EXPECTED_FAILED_CHECKS[name]
        says = r"X: got 'shape" if reason == NOT_TWO_COLUMNS else "expected a width and height"
        assert says in why, f"{name}: {why}"


def _causes(error: BaseException | None) -> str:
    """What it says, and what the errors behind it say."""
    texts = []
    while error is not None:
        texts.append(str(error))
        error = error.__cause__ or error.__context__
    return "\n".join(texts)


def positive_two_columns(X: Any) -> Any:
    """The first and last column, all at least 1, of the same kind of number."""
    X = np.asarray(X)[:, [0, -1]]
    return X - X.min() + X.dtype.type(1)


@pytest.mark.parametrize("name", sorted(set(EXPECTED_FAILED_CHECKS) - {BY_HAND}))
@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
def test_repeated_on_boxes(name: str, algorithm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's own check, on its own X made two positive columns."""
    check = getattr(estimator_checks, name, None)
    if check is None:
        pytest.skip(f"this scikit-learn has no {name}")
    if "pandas" in name:
        pytest.importorskip("pandas")
    made = []

    def boxes_of(estimator: Any, X: Any, X_test: Any = None, kernel: Any = None) -> Any:
        made.append(X)
        assert X_test is None
        return positive_two_columns(X)

    monkeypatch.setattr(estimator_checks, "_enforce_estimator_tags_X", boxes_of)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for keywords in _variants(name):
            check("AnchorFitter", AnchorFitter(n_anchors=3, algorithm=algorithm), **keywords)
    assert made, "the check did not take its boxes from here"


def _variants(name: str) -> list[dict[str, Any]]:
    """The keywords that scikit-learn runs a check with."""
    if name == "check_estimators_pickle":
        return [{"readonly_memmap": False}, {"readonly_memmap": True}]
    return [{}]


@pytest.mark.parametrize("algorithm", ["search", "kmeans"])
@pytest.mark.parametrize("seed", range(5))
def test_weights_are_repetitions_of_boxes(algorithm: Any, seed: int) -> None:
    """`check_sample_weight_equivalence_on_dense_data`, on boxes; bit for bit."""
    rng = np.random.RandomState(42 + seed)
    boxes, weights = rng.rand(15, 2) + 0.01, rng.randint(0, 5, size=15)
    order = rng.permutation(15)
    repeated = AnchorFitter(3, algorithm=algorithm).fit(boxes.repeat(weights, axis=0))
    weighted = AnchorFitter(3, algorithm=algorithm).fit(boxes[order], sample_weight=weights[order])
    np.testing.assert_array_equal(weighted.anchors_, repeated.anchors_)
    np.testing.assert_array_equal(weighted.predict(boxes), repeated.predict(boxes))
