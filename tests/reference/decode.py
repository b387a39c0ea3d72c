"""Reference of `decode`: `TensorsToDetectionsCalculator` with two or three tensors."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.options import BoxFormat, TensorsToDetectionsOptions
from reference.decode_postprocessed import ClassFilter, emit
from reference.float32 import FLT_MAX, F, expf

Floats = npt.NDArray[np.float32]


def decode(
    raw_boxes: Floats, raw_scores: Floats, anchors: Floats, options: TensorsToDetectionsOptions
) -> Detections:
    """Raw boxes [N, num_coords], scores [N, num_classes], anchors [N, 4] as x, y, w, h."""
    with np.errstate(all="ignore"):
        boxes = np.stack(
            [
                _decode_box(raw, anchor, options)
                for raw, anchor in zip(raw_boxes, anchors, strict=True)
            ]
        )
        best = [_best_class(scores, options) for scores in raw_scores]
        return emit(
            boxes,
            np.array([score for score, _ in best], np.float32)[:, np.newaxis],
            np.array([class_id for _, class_id in best], np.int32)[:, np.newaxis],
            options,
        )


def _box_format(options: TensorsToDetectionsOptions) -> BoxFormat:
    if options.box_format is None:
        return BoxFormat.XYWH if options.reverse_output_order else BoxFormat.YXHW
    if options.box_format == BoxFormat.UNSPECIFIED:
        return BoxFormat.YXHW
    return options.box_format


def _decode_box(raw: Floats, anchor: Floats, options: TensorsToDetectionsOptions) -> Floats:
    """One row: ymin, xmin, ymax, xmax in columns 0 to 3, then the keypoints at their own offset."""
    box_format = _box_format(options)
    anchor_x, anchor_y, anchor_w, anchor_h = anchor
    a, b, c, d = raw[options.box_coord_offset : options.box_coord_offset + 4]
    if box_format == BoxFormat.YXHW:
        y, x, h, w = a, b, c, d
    elif box_format == BoxFormat.XYWH:
        x, y, w, h = a, b, c, d
    else:  # distances from the anchor's centre to left, top, right, bottom
        x, y, w, h = (-a + c) / F(2), (-b + d) / F(2), c + a, d + b
    x = x / F(options.x_scale) * anchor_w + anchor_x
    y = y / F(options.y_scale) * anchor_h + anchor_y
    h, w = h / F(options.h_scale), w / F(options.w_scale)
    if options.apply_exponential_on_box_size:
        h, w = expf(h), expf(w)
    h, w = h * anchor_h, w * anchor_w

    row = np.zeros(len(raw), np.float32)
    row[:4] = y - h / F(2), x - w / F(2), y + h / F(2), x + w / F(2)
    for k in range(options.num_keypoints):
        # Below column 4 this overwrites the box, as in MediaPipe.
        at = options.keypoint_coord_offset + 2 * k
        first, second = raw[at : at + 2]
        x, y = (second, first) if box_format == BoxFormat.YXHW else (first, second)
        row[at] = x / F(options.x_scale) * anchor_w + anchor_x
        row[at + 1] = y / F(options.y_scale) * anchor_h + anchor_y
    return row


def _best_class(scores: Floats, options: TensorsToDetectionsOptions) -> tuple[np.float32, int]:
    """The first highest score among the allowed classes; -FLT_MAX and class -1 where none wins."""
    allowed = ClassFilter(options)
    best_score, best_class = -FLT_MAX, -1
    for class_id, score in enumerate(scores):
        if not allowed(class_id):
            continue
        if options.sigmoid_score:
            score = F(1) / (F(1) + expf(-_clip(score, options.score_clipping_thresh)))
        if best_score < score:
            best_score, best_class = score, class_id
    return best_score, best_class


def _clip(score: np.float32, threshold: float | None) -> np.float32:
    if threshold is None:
        return score
    limit = F(threshold)
    score = -limit if score < -limit else score
    return limit if score > limit else score
