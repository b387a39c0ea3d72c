"""The options of MediaPipe's three detection calculators, as keyword dataclasses.

Field names and defaults are those of the MediaPipe protos. A field whose proto declares no default
is `None` until set, because MediaPipe asks whether it is present; `None` for any other field means
its default. Instances are frozen: change one with `dataclasses.replace`. Values are checked for
type and range here; what they mean together is checked by the kernels (see `validate`).
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.option_checks import (
    check_anchors,
    check_bool,
    check_enum,
    check_float32,
    check_int32,
    check_message,
    check_sequence,
    option,
)


class BoxFormat(enum.IntEnum):
    """Order of a raw box (and of its keypoints) in the model's output.

    YXHW: y_center, x_center, height, width; keypoints y, x. XYWH: x first in all. XYXY: distances
    left, top, right, bottom from the centre of the anchor; keypoints x, y.
    """

    UNSPECIFIED = 0  # read as YXHW
    YXHW = 1
    XYWH = 2
    XYXY = 3


class OverlapType(enum.IntEnum):
    """What `min_suppression_threshold` is compared with.

    JACCARD: intersection over the smallest rectangle around both, which is not the IoU.
    MODIFIED_JACCARD: intersection over the area of the candidate; in WEIGHTED, of the best.
    INTERSECTION_OVER_UNION: the IoU.
    """

    UNSPECIFIED_OVERLAP_TYPE = 0  # MediaPipe aborts on it
    JACCARD = 1
    MODIFIED_JACCARD = 2
    INTERSECTION_OVER_UNION = 3


class NmsAlgorithm(enum.IntEnum):
    """How overlapping detections are resolved: the best is kept, or all are blended by score."""

    DEFAULT = 0
    WEIGHTED = 1


class _Options:
    """Checks every field on construction; compares by value, NaN equal to NaN."""

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if value is None:
                value = field.default
            if value is not None:
                value = field.metadata["check"](field.name, value)
            object.__setattr__(self, field.name, value)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(
            _same(getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)  # type: ignore[arg-type]
        )

    __hash__ = None  # type: ignore[assignment]


def _same(mine: Any, theirs: Any) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    if isinstance(mine, np.ndarray):
        return np.array_equal(mine, theirs, equal_nan=True)
    if isinstance(mine, tuple):
        return len(mine) == len(theirs) and all(map(_same, mine, theirs))
    both_nan = mine != mine and theirs != theirs
    return bool(both_nan or mine == theirs)


_Calculator = TypeVar("_Calculator", bound="CalculatorOptions")


class CalculatorOptions(_Options):
    """Options of a calculator: read and written as MediaPipe does, and validated as a whole."""

    @classmethod
    def from_pbtxt(cls: type[_Calculator], source: Any) -> _Calculator:
        """Read options in protobuf text format, or from a graph.

        Args:
            source: text or a path (a str is text if it is blank, holds a line break or "{", or
                begins with "name:"): the bare fields of the options, or a graph that has exactly
                one node of the calculator. Also a `Graph`, and what else `Graph.read` takes.

        Raises:
            GraphError: unreadable, a field or value that MediaPipe would refuse, or no such node,
                or several; with the line.
        """
        from mediapipe_anchors.graph import options_io

        return options_io.from_pbtxt(cls, source)

    def to_pbtxt(self) -> str:
        """The bare fields that are set or differ from their default, one a line, in proto order.

        Floats are the shortest decimals that give the same float32; all defaults give "".
        """
        from mediapipe_anchors.graph import options_io

        return options_io.to_pbtxt(self)

    @classmethod
    def from_bytes(cls: type[_Calculator], data: bytes) -> _Calculator:
        """Read the calculator's serialized options message (`mediapipe.<Calculator>Options`).

        Raises:
            GraphError: not such a message, or one with a field that the schema does not know.
        """
        from mediapipe_anchors.graph import options_io

        return options_io.from_bytes(cls, data)

    def to_bytes(self) -> bytes:
        """The calculator's options message, serialized; the same fields as in `to_pbtxt`."""
        from mediapipe_anchors.graph import options_io

        return options_io.to_bytes(self)

    def validate(self) -> None:
        """Raise `OptionsError` for combinations that MediaPipe rejects, aborts on, or hangs on."""
        from mediapipe_anchors import _core

        _core.validate_options(self)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class SsdAnchorsOptions(CalculatorOptions):
    """Options of `SsdAnchorsCalculator`: which anchors a detector has.

    Attributes:
        input_size_width, input_size_height: the model's input in pixels.
        min_scale, max_scale: anchor size in the first and last layer, as a fraction of the input;
            the layers between are spread evenly.
        anchor_offset_x, anchor_offset_y: where in its cell an anchor stands, in cells.
        num_layers: how many feature maps; one entry of `strides` (or `feature_map_*`) each.
        feature_map_width, feature_map_height: cells of each feature map, where not ceil(input /
            stride). They do not replace `strides`, save in multiscale mode.
        strides: input pixels a cell, one entry a layer; adjacent equal ones share a feature map.
        aspect_ratios: w / h of the anchors of a cell.
        reduce_boxes_in_lowest_layer: three fixed shapes in the first layer instead.
        interpolated_scale_aspect_ratio: w / h of one more anchor a cell, between the scales of its
            layer and the next; 0 or less leaves it out. It is there by default.
        fixed_anchor_size: every w and h becomes 1; the number of anchors stays.
        multiscale_anchor_generation: RetinaNet mode; `min_level` and below count only there.
        min_level, max_level: levels of the feature pyramid; level l has stride 2**l.
        anchor_scale: anchor size in strides.
        scales_per_octave: sizes a level, 2**(k / scales_per_octave) apart.
        normalize_coordinates: fractions of the input; False leaves pixels.
        fixed_anchors: float32 [N, 4], x_center, y_center, w, h, instead of all the above;
            `input_size_*`, `min_scale`, `max_scale` and `num_layers` must then be None.
    """

    input_size_width: int | None = option(check_int32)
    input_size_height: int | None = option(check_int32)
    min_scale: float | None = option(check_float32)
    max_scale: float | None = option(check_float32)
    anchor_offset_x: float = option(check_float32, 0.5)
    anchor_offset_y: float = option(check_float32, 0.5)
    num_layers: int | None = option(check_int32)
    feature_map_width: Sequence[int] = option(check_sequence(check_int32), ())
    feature_map_height: Sequence[int] = option(check_sequence(check_int32), ())
    strides: Sequence[int] = option(check_sequence(check_int32), ())
    aspect_ratios: Sequence[float] = option(check_sequence(check_float32), ())
    reduce_boxes_in_lowest_layer: bool = option(check_bool, False)
    interpolated_scale_aspect_ratio: float = option(check_float32, 1.0)
    fixed_anchor_size: bool = option(check_bool, False)
    multiscale_anchor_generation: bool = option(check_bool, False)
    min_level: int = option(check_int32, 3)
    max_level: int = option(check_int32, 7)
    anchor_scale: float = option(check_float32, 4.0)
    scales_per_octave: int = option(check_int32, 2)
    normalize_coordinates: bool = option(check_bool, True)
    fixed_anchors: npt.ArrayLike | None = option(check_anchors)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TensorMapping(_Options):
    """Which of the model's output tensors plays which part, by index."""

    detections_tensor_index: int | None = option(check_int32)
    classes_tensor_index: int | None = option(check_int32)
    scores_tensor_index: int | None = option(check_int32)
    num_detections_tensor_index: int | None = option(check_int32)
    anchors_tensor_index: int | None = option(check_int32)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class BoxBoundariesIndices(_Options):
    """Columns of ymin, xmin, ymax, xmax in the boxes of a post-processed (four-tensor) model."""

    ymin: int = option(check_int32, 0)
    xmin: int = option(check_int32, 1)
    ymax: int = option(check_int32, 2)
    xmax: int = option(check_int32, 3)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TensorsToDetectionsOptions(CalculatorOptions):
    """Options of `TensorsToDetectionsCalculator`: how a detector's output reads.

    Attributes:
        num_classes: columns of the score tensor, with the background if the model has one.
        num_boxes: rows of the raw tensors; not for post-processed models.
        num_coords: columns of the box tensor, 4 + 2 * `num_keypoints`.
        x_scale, y_scale: divide centres and keypoints.
        w_scale, h_scale: divide sizes. At 0, their default, boxes become infinite or NaN.
        ignore_classes, allow_classes: score columns left out, or the only ones looked at.
        box_coord_offset, keypoint_coord_offset: column of the first box value and keypoint value.
        num_keypoints: points a box; `num_values_per_keypoint` must be 2.
        apply_exponential_on_box_size: sizes are logarithms.
        box_format: order of the values; `reverse_output_order` is its older form (True: XYWH).
        sigmoid_score: scores are logits; `score_clipping_thresh` clips them to +-it before.
        min_score_thresh: the least score that is kept.
        max_results: stop after so many, the first and not the best; negative: no limit.
        flip_vertically: y becomes 1 - y.
        tensor_mapping: order of the output tensors, where it is not boxes, scores[, anchors] or
            boxes, classes, scores, num.
        box_boundaries_indices, max_classes_per_detection: for post-processed models.
    """

    num_classes: int | None = option(check_int32)
    num_boxes: int = option(check_int32, 0)
    num_coords: int | None = option(check_int32)
    x_scale: float = option(check_float32, 0.0)
    y_scale: float = option(check_float32, 0.0)
    w_scale: float = option(check_float32, 0.0)
    h_scale: float = option(check_float32, 0.0)
    ignore_classes: Sequence[int] = option(check_sequence(check_int32), ())
    keypoint_coord_offset: int = option(check_int32, 0)
    num_keypoints: int = option(check_int32, 0)
    num_values_per_keypoint: int = option(check_int32, 2)
    box_coord_offset: int = option(check_int32, 0)
    apply_exponential_on_box_size: bool = option(check_bool, False)
    reverse_output_order: bool = option(check_bool, False)
    sigmoid_score: bool = option(check_bool, False)
    score_clipping_thresh: float | None = option(check_float32)
    flip_vertically: bool = option(check_bool, False)
    min_score_thresh: float | None = option(check_float32)
    max_results: int = option(check_int32, -1)
    allow_classes: Sequence[int] = option(check_sequence(check_int32), ())
    tensor_mapping: TensorMapping | None = option(check_message(TensorMapping))
    box_boundaries_indices: BoxBoundariesIndices | None = option(
        check_message(BoxBoundariesIndices)
    )
    box_format: BoxFormat | None = option(check_enum(BoxFormat))
    max_classes_per_detection: int = option(check_int32, 1)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class NonMaxSuppressionOptions(CalculatorOptions):
    """Options of `NonMaxSuppressionCalculator`: what becomes of overlapping detections.

    Attributes:
        num_detection_streams: how many streams of detections the node takes.
        max_num_detections: keep at most so many; negative: no limit. WEIGHTED ignores it.
        min_suppression_threshold: overlap above which one of two gives way.
        overlap_type: the measure of overlap. The default, JACCARD, is not the IoU.
        return_empty_detections: send an empty list, rather than nothing, where none came in.
        min_score_threshold: the least score that is kept; counts only above 0.
        algorithm: DEFAULT drops what overlaps the best, WEIGHTED blends it in.
        multiclass_nms: suppress within each class only.
    """

    num_detection_streams: int = option(check_int32, 1)
    max_num_detections: int = option(check_int32, -1)
    min_suppression_threshold: float = option(check_float32, 1.0)
    overlap_type: OverlapType = option(check_enum(OverlapType), OverlapType.JACCARD)
    return_empty_detections: bool | None = option(check_bool)
    min_score_threshold: float = option(check_float32, -1.0)
    algorithm: NmsAlgorithm = option(check_enum(NmsAlgorithm), NmsAlgorithm.DEFAULT)
    multiclass_nms: bool = option(check_bool, False)
