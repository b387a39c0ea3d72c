"""Traps of `NonMaxSuppressionCalculator`."""

from __future__ import annotations

from typing import Any

import numpy as np

from differential.traps.trap import ABORT, ERROR, OK, UNDEFINED, Trap
from mediapipe_anchors import (
    Detections,
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OverlapType,
    TensorError,
    non_max_suppression,
)

WEIGHTED = {"algorithm": NmsAlgorithm.WEIGHTED}
IOU = {"overlap_type": OverlapType.INTERSECTION_OVER_UNION}
MODIFIED = {"overlap_type": OverlapType.MODIFIED_JACCARD}


def detections(*rows: tuple[float, ...]) -> Detections:
    """Rows of xmin, ymin, width, height, score and, if not 0, class."""
    table = np.array([(*row, 0.0)[:6] for row in rows], np.float32).reshape(-1, 6)
    return Detections(table[:, :4], table[:, 4], table[:, 5].astype(np.int32))


def trap(name: str, ends: str, found: Detections, options: dict[str, Any], **more: Any) -> Trap:
    loaded = NonMaxSuppressionOptions(**options)
    return Trap(
        f"nms: {name}",
        ("stock_non_max_suppression", (found, loaded)),
        ends,
        lambda: non_max_suppression(found, loaded),
        **more,
    )


# Two boxes of side 0.2, the second 0.1 further right and down: IoU 1/7, over the hull 1/9.
DIAGONAL = detections((0, 0, 0.2, 0.2, 0.9), (0.1, 0.1, 0.2, 0.2, 0.8))
APART = detections((0, 0, 0.1, 0.1, 0.9), (0.5, 0.5, 0.1, 0.1, 0.8), (0.8, 0.8, 0.1, 0.1, 0.7))
# A small box inside a big one that is worse.
NESTED = detections((0.4, 0.4, 0.1, 0.1, 0.9), (0, 0, 1, 1, 0.8))
FLAT_TOP = detections((0, 0, 0, 0.2, 0.9), (0.5, 0.5, 0.1, 0.1, 0.8), (0.7, 0.7, 0.1, 0.1, 0.7))
TWO_CLASSES = Detections(
    [[0, 0, 0.2, 0.2]],
    [0.9],
    [3],
    class_counts=[2],
    all_scores=[[0.4, 0.9]],
    all_class_ids=[[1, 3]],
)
NO_CLASS = Detections(
    [[0, 0, 0.2, 0.2]], [0], [0], class_counts=[0], all_scores=[[0.4]], all_class_ids=[[1]]
)
SAME_SCORE = detections(*((0.05 * i, 0, 0.01, 0.01, 0.5, i) for i in range(20)))

_REFUSED = [
    trap("num_detection_streams is 0", ERROR, APART, {"num_detection_streams": 0},
         text="was not expected", field="num_detection_streams"),
    trap("max_num_detections is 0", ABORT, APART, {"max_num_detections": 0}, text="Check failed",
         field="max_num_detections"),
    trap("overlap_type UNSPECIFIED, once two boxes meet", ABORT, DIAGONAL, {"overlap_type": 0},
         text="Unrecognized overlap type", field="overlap_type"),
    trap("a NaN score: no order", UNDEFINED,
         detections(*((0.1 * i, 0, 0.05, 0.05, np.nan if i % 3 else 0.5) for i in range(40))), {},
         refusal=TensorError, field="scores"),
]  # fmt: skip

_EQUAL = [
    trap("JACCARD, the default, is over the enclosing rectangle: 1/9", OK, DIAGONAL,
         {"min_suppression_threshold": 0.12}, shows=lambda kept: len(kept) == 2),
    trap("INTERSECTION_OVER_UNION of the same boxes: 1/7", OK, DIAGONAL,
         {"min_suppression_threshold": 0.12, **IOU}, shows=lambda kept: len(kept) == 1),
    trap("MODIFIED_JACCARD is over the candidate's area in DEFAULT", OK, NESTED,
         {"min_suppression_threshold": 0.5, **MODIFIED}, shows=lambda kept: len(kept) == 2),
    trap("MODIFIED_JACCARD is over the top's area in WEIGHTED", OK, NESTED,
         {"min_suppression_threshold": 0.5, **MODIFIED, **WEIGHTED},
         shows=lambda kept: len(kept) == 1),
    trap("the threshold is strict: equal similarity stays", OK,
         detections((0, 0, 0.5, 1, 0.9), (0, 0, 1, 1, 0.8)),
         {"min_suppression_threshold": 0.5, **IOU}, shows=lambda kept: len(kept) == 2),
    trap("a negative threshold suppresses boxes that never meet", OK, APART,
         {"min_suppression_threshold": -0.5}, shows=lambda kept: len(kept) == 1),
    trap("a NaN threshold suppresses nothing", OK, DIAGONAL,
         {"min_suppression_threshold": np.nan}, shows=lambda kept: len(kept) == 2),
    trap("WEIGHTED at the default threshold of 1 gives one detection", OK, APART, WEIGHTED,
         shows=lambda kept: len(kept) == 1),
    trap("WEIGHTED loses all behind a top without area", OK, FLAT_TOP,
         {"min_suppression_threshold": 0.3, **WEIGHTED}, shows=lambda kept: len(kept) == 1),
    trap("DEFAULT does not", OK, FLAT_TOP, {"min_suppression_threshold": 0.3},
         shows=lambda kept: len(kept) == 3),
    trap("WEIGHTED ignores max_num_detections", OK, APART,
         {"min_suppression_threshold": 0.3, "max_num_detections": 1, **WEIGHTED},
         shows=lambda kept: len(kept) == 3),
    trap("WEIGHTED with multiclass_nms does not", OK, APART,
         {"min_suppression_threshold": 0.3, "max_num_detections": 1, "multiclass_nms": True,
          **WEIGHTED}, shows=lambda kept: len(kept) == 1),
    trap("WEIGHTED blends across classes", OK,
         detections((0, 0, 0.2, 0.2, 0.9, 1), (0, 0, 0.3, 0.3, 0.8, 2)),
         {"min_suppression_threshold": 0.1, **WEIGHTED},
         shows=lambda kept: len(kept) == 1 and 0.2 < kept.boxes[0, 2] < 0.3),
    trap("WEIGHTED with scores that sum to 0 makes NaN", OK,
         detections((0, 0, 0.2, 0.2, 0.5), (0, 0, 0.2, 0.2, -0.5)),
         {"min_suppression_threshold": 0.1, **WEIGHTED},
         shows=lambda kept: np.isnan(kept.boxes).any()),
    trap("WEIGHTED with negative scores leaves the hull of the boxes", OK,
         detections((0, 0, 0.2, 0.2, 0.5), (0.1, 0, 0.2, 0.2, -0.2)),
         {"min_suppression_threshold": 0.1, **WEIGHTED}, shows=lambda kept: kept.boxes[0, 0] < 0),
    trap("min_score_threshold of 0 or below is none", OK,
         detections((0, 0, 0.1, 0.1, 0.5), (0.5, 0, 0.1, 0.1, -0.9)), {"min_score_threshold": 0.0},
         shows=lambda kept: len(kept) == 2),
    trap("max_num_detections below 0 is no limit", OK, APART, {"max_num_detections": -9},
         shows=lambda kept: len(kept) == 3),
    trap("no detections: no packet", OK, Detections.empty(), {}),
    trap("all detections too low: an empty packet", OK, APART, {"min_score_threshold": 1.5},
         shows=lambda kept: len(kept) == 0),
    trap("a detection without a class is dropped", OK, NO_CLASS, {},
         shows=lambda kept: len(kept) == 0),
    trap("only the best class of a detection stays", OK, TWO_CLASSES, {},
         shows=lambda kept: kept.class_ids.tolist() == [3]),
    trap("multiclass_nms repeats a detection of two classes, both times with the best", OK,
         TWO_CLASSES, {"multiclass_nms": True},
         shows=lambda kept: kept.class_ids.tolist() == [3, 3]),
    trap("above 16 detections equal scores change places", OK, SAME_SCORE, {},
         shows=lambda kept: kept.class_ids.tolist() != list(range(20))),
    trap("multiclass_nms orders equal scores of several classes at random", OK, SAME_SCORE,
         {"multiclass_nms": True}, shows=lambda kept: len(kept) == 20, ordered=False),
    trap("a box of negative size meets nothing", OK,
         detections((0.2, 0.2, -0.1, 0.2, 0.9), (0, 0, 1, 1, 0.8)),
         {"min_suppression_threshold": 0.0, **IOU}, shows=lambda kept: len(kept) == 2),
    trap("a box with a NaN corner meets everything", OK,
         detections((np.nan, 0, 0.1, 0.1, 0.9), (0.5, 0, 0.1, 0.1, 0.8)),
         {"min_suppression_threshold": -0.5}, shows=lambda kept: len(kept) == 1),
]  # fmt: skip

NMS_TRAPS = _REFUSED + _EQUAL
