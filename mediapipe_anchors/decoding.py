"""Model output to detections, as MediaPipe's `TensorsToDetectionsCalculator` does on the CPU."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors import _core
from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.errors import TensorError, check_kind
from mediapipe_anchors.options import TensorMapping, TensorsToDetectionsOptions


def decode(
    raw_boxes: npt.ArrayLike,
    raw_scores: npt.ArrayLike,
    anchors: npt.ArrayLike,
    options: TensorsToDetectionsOptions,
) -> Detections:
    """Decode the raw output of a detector, bit for bit as MediaPipe.

    Args:
        raw_boxes: float32 [N, C], [1, N, C] or [1, 1, N, C]; N = `num_boxes`, C = `num_coords`.
        raw_scores: float32 [N, K], likewise; K = `num_classes`.
        anchors: float32 [A, 4], columns x_center, y_center, w, h, A >= N. Anchors beyond N are not
            looked at, as in MediaPipe. For an anchor tensor of a model (columns y, x, h, w) use
            `anchors_from_tensor`.
        options: how to read them.

    Returns:
        The detections in the order of the boxes. `max_results` takes the first that pass the
        filters, not the best. A box that no class wins (all scores NaN or -inf) has class -1 and
        score -3.4e38; it is kept unless `min_score_thresh` or `allow_classes` drops it.

    Raises:
        OptionsError: options that MediaPipe rejects, aborts on, or reads out of bounds with.
        TensorError: arrays that do not fit the options.
    """
    check_kind("options", options, TensorsToDetectionsOptions)
    return Detections.from_arrays(*_core.decode(raw_boxes, raw_scores, anchors, options))


def decode_postprocessed(
    boxes: npt.ArrayLike,
    classes: npt.ArrayLike,
    scores: npt.ArrayLike,
    num: npt.ArrayLike,
    options: TensorsToDetectionsOptions,
) -> Detections:
    """Read the output of a model that ends in `TFLite_Detection_PostProcess`, as MediaPipe does.

    Args:
        boxes: float32 [1, M, C] or [M, C], C = `num_coords`; `box_boundaries_indices` names the
            columns (default ymin, xmin, ymax, xmax, as fractions of the image).
        classes: float32 [1, M] or [M], whole numbers.
        scores: float32 [1, M] or [M].
        num: one number, truncated; num * `max_classes_per_detection` rows are read.
        options: `num_classes` must be set though it is not used, as in MediaPipe.

    Returns:
        The detections in the order of the boxes; with `max_classes_per_detection` above 1 they
        carry `class_counts`, `all_scores` and `all_class_ids`. A NaN score passes
        `min_score_thresh`.

    Raises:
        OptionsError: options that MediaPipe rejects or aborts on.
        TensorError: arrays that do not fit each other or the options; `num` negative, NaN or more
            than the tensors hold (MediaPipe aborts or reads past their end).
    """
    check_kind("options", options, TensorsToDetectionsOptions)
    return Detections.from_arrays(*_core.decode_postprocessed(boxes, classes, scores, num, options))


def decode_tensors(
    tensors: Sequence[npt.ArrayLike],
    options: TensorsToDetectionsOptions,
    anchors: npt.ArrayLike | None = None,
) -> Detections:
    """Decode a model's output tensors in the order in which the model gives them.

    Two tensors (boxes, scores) need `anchors`; of three the third holds the anchors (y, x, h, w)
    and wins over `anchors`, as in MediaPipe; four are post-processed. `tensor_mapping` changes the
    order.

    Args:
        tensors: 2, 3 or 4 arrays; see `decode` and `decode_postprocessed`.
        options: how to read them.
        anchors: float32 [A, 4], columns x_center, y_center, w, h; for two tensors.

    Raises:
        OptionsError, TensorError: as `decode` and `decode_postprocessed`.
    """
    check_kind("options", options, TensorsToDetectionsOptions)
    count = len(tensors) if isinstance(tensors, (Sequence, np.ndarray)) else 0
    if count not in (2, 3, 4):
        raise TensorError(field="tensors", value=tensors, expected="a list of 2, 3 or 4 tensors")
    mapping = options.tensor_mapping or _default_mapping(count)
    _check_mapping(options, mapping, count)

    def pick(index: int | None) -> Any:
        return tensors[index or 0]

    boxes, scores = pick(mapping.detections_tensor_index), pick(mapping.scores_tensor_index)
    if count == 4:
        classes, num = (
            pick(mapping.classes_tensor_index),
            pick(mapping.num_detections_tensor_index),
        )
        return decode_postprocessed(boxes, classes, scores, num, options)
    if count == 3:
        tensor = as_float32("anchors", pick(mapping.anchors_tensor_index), (options.num_boxes, 4))
        anchors = _core.anchors_from_tensor(tensor)
    if anchors is None:
        raise TensorError(
            field="anchors",
            value=None,
            expected="anchors, since the model has two output tensors",
            fix="pass anchors=generate_anchors(...)",
        )
    return decode(boxes, scores, anchors, options)


def _default_mapping(count: int) -> TensorMapping:
    return TensorMapping(
        detections_tensor_index=0,
        classes_tensor_index=1,
        scores_tensor_index=2 if count == 4 else 1,
        num_detections_tensor_index=3,
        anchors_tensor_index=2,
    )


def _check_mapping(options: TensorsToDetectionsOptions, mapping: TensorMapping, count: int) -> None:
    """Refuse a mapping that does not name the tensors there are: MediaPipe would read elsewhere."""
    used = {"detections": mapping.detections_tensor_index, "scores": mapping.scores_tensor_index}
    if count == 3:
        used["anchors"] = mapping.anchors_tensor_index or 0  # what MediaPipe takes where unset
    if count == 4:
        used["classes"] = mapping.classes_tensor_index
        used["num_detections"] = mapping.num_detections_tensor_index
    for part, index in used.items():
        if index is None or not 0 <= index < count:
            options.validate()  # the mapping may be wrong for any number of tensors
            raise TensorError(
                field=part,
                value=f"{part}_tensor_index = {index}",
                expected=f"the index of one of the {count} tensors",
                fix="change tensor_mapping",
            )
