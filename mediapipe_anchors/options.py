"""The options of MediaPipe's three detection calculators, as keyword dataclasses.

Field names and defaults are those of the MediaPipe protos. A field whose proto declares no default
is `None` until set, because MediaPipe asks whether it is present; `None` for any other field means
its default. Instances are frozen: change one with `dataclasses.replace`. Values are checked for
type and range here; what they mean together is checked by the kernels (see `validate`).
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import OptionsError

_Enum = TypeVar("_Enum", bound=enum.IntEnum)

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


class BoxFormat(enum.IntEnum):
    """Order of a raw box (and of its keypoints) in the model's output."""

    UNSPECIFIED = 0  # read as YXHW
    YXHW = 1  # y_center, x_center, height, width; keypoints y, x
    XYWH = 2  # x_center, y_center, width, height; keypoints x, y
    XYXY = 3  # distances left, top, right, bottom from the anchor's centre; keypoints x, y


class OverlapType(enum.IntEnum):
    """What `min_suppression_threshold` is compared with."""

    UNSPECIFIED_OVERLAP_TYPE = 0  # MediaPipe aborts on it
    JACCARD = 1  # intersection over the smallest ENCLOSING rectangle: not the IoU
    MODIFIED_JACCARD = 2  # intersection over the candidate's area (WEIGHTED: over the top's area)
    INTERSECTION_OVER_UNION = 3


class NmsAlgorithm(enum.IntEnum):
    """How overlapping detections are resolved."""

    DEFAULT = 0  # keep the best, drop what overlaps it
    WEIGHTED = 1  # blend what overlaps the best, weighted by score


def _int32(name: str, value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise OptionsError(field=name, value=value, expected="an integer")
    number = int(value.__index__())
    if not INT32_MIN <= number <= INT32_MAX:
        raise OptionsError(field=name, value=value, expected="an integer that fits in 32 bits")
    return number


def _float32(name: str, value: Any) -> float:
    """The shortest decimal that rounds to the same float32: equal wherever it came from."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or not hasattr(value, "__float__"):
        raise OptionsError(field=name, value=value, expected="a number")
    try:
        with np.errstate(over="ignore"):
            return float(str(np.float32(float(value))))
    except (TypeError, ValueError, OverflowError):
        raise OptionsError(field=name, value=value, expected="a number") from None


def _bool(name: str, value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise OptionsError(field=name, value=value, expected="True or False")
    return bool(value)


def _enum(kind: type[_Enum]) -> Callable[[str, Any], _Enum]:
    def check(name: str, value: Any) -> _Enum:
        try:
            return kind[value] if isinstance(value, str) else kind(_int32(name, value))
        except (KeyError, ValueError):
            names = ", ".join(member.name for member in kind)
            raise OptionsError(field=name, value=value, expected=f"one of {names}") from None

    return check


def _sequence(item: Callable[[str, Any], Any]) -> Callable[[str, Any], tuple[Any, ...]]:
    def check(name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, (str, bytes, dict)):
            raise OptionsError(field=name, value=value, expected="a list of numbers")
        try:
            items = list(value)
        except TypeError:
            raise OptionsError(field=name, value=value, expected="a list of numbers") from None
        return tuple(item(f"{name}[{index}]", entry) for index, entry in enumerate(items))

    return check


def _message(kind: type[Any]) -> Callable[[str, Any], Any]:
    def check(name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise OptionsError(field=name, value=value, expected=f"a {kind.__name__}")
        return value

    return check


def _anchors(name: str, value: Any) -> npt.NDArray[np.float32]:
    # Imported here: the array checks sit beside the kernels that need them.
    from mediapipe_anchors.arrays import as_float32

    array = as_float32(name, value, shape=(None, 4)).copy()
    array.flags.writeable = False
    return array


class _Options:
    """Checks every field on construction; compares by value."""

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
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if isinstance(mine, np.ndarray) and isinstance(theirs, np.ndarray):
                if not np.array_equal(mine, theirs, equal_nan=True):
                    return False
            elif not (mine is theirs or mine == theirs):
                return False
        return True

    __hash__ = None  # type: ignore[assignment]


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


def _option(check: Callable[[str, Any], Any], default: Any = None) -> Any:
    return dataclasses.field(default=default, metadata={"check": check})


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class SsdAnchorsOptions(CalculatorOptions):
    """Options of `SsdAnchorsCalculator`. Sizes and strides in input pixels, aspect ratios w / h.

    `fixed_anchors` is float32 [N, 4] with columns x_center, y_center, w, h; while it is set the
    fields `input_size_*`, `min_scale`, `max_scale`, `num_layers` must be None. Offsets are in grid
    cells.
    """

    input_size_width: int | None = _option(_int32)
    input_size_height: int | None = _option(_int32)
    min_scale: float | None = _option(_float32)
    max_scale: float | None = _option(_float32)
    anchor_offset_x: float = _option(_float32, 0.5)
    anchor_offset_y: float = _option(_float32, 0.5)
    num_layers: int | None = _option(_int32)
    feature_map_width: Sequence[int] = _option(_sequence(_int32), ())
    feature_map_height: Sequence[int] = _option(_sequence(_int32), ())
    strides: Sequence[int] = _option(_sequence(_int32), ())
    aspect_ratios: Sequence[float] = _option(_sequence(_float32), ())
    reduce_boxes_in_lowest_layer: bool = _option(_bool, False)
    interpolated_scale_aspect_ratio: float = _option(_float32, 1.0)
    fixed_anchor_size: bool = _option(_bool, False)
    multiscale_anchor_generation: bool = _option(_bool, False)
    min_level: int = _option(_int32, 3)
    max_level: int = _option(_int32, 7)
    anchor_scale: float = _option(_float32, 4.0)
    scales_per_octave: int = _option(_int32, 2)
    normalize_coordinates: bool = _option(_bool, True)
    fixed_anchors: npt.ArrayLike | None = _option(_anchors)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TensorMapping(_Options):
    """Which of the model's output tensors plays which part, by index."""

    detections_tensor_index: int | None = _option(_int32)
    classes_tensor_index: int | None = _option(_int32)
    scores_tensor_index: int | None = _option(_int32)
    num_detections_tensor_index: int | None = _option(_int32)
    anchors_tensor_index: int | None = _option(_int32)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class BoxBoundariesIndices(_Options):
    """Columns of ymin, xmin, ymax, xmax in the boxes of a post-processed (four-tensor) model."""

    ymin: int = _option(_int32, 0)
    xmin: int = _option(_int32, 1)
    ymax: int = _option(_int32, 2)
    xmax: int = _option(_int32, 3)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class TensorsToDetectionsOptions(CalculatorOptions):
    """Options of `TensorsToDetectionsCalculator`.

    `x_scale`, `y_scale` divide centres and keypoints, `w_scale`, `h_scale` divide sizes; at their
    default 0 every box becomes infinite or NaN, as in MediaPipe. A negative `max_results` is no
    limit.
    """

    num_classes: int | None = _option(_int32)
    num_boxes: int = _option(_int32, 0)
    num_coords: int | None = _option(_int32)
    x_scale: float = _option(_float32, 0.0)
    y_scale: float = _option(_float32, 0.0)
    w_scale: float = _option(_float32, 0.0)
    h_scale: float = _option(_float32, 0.0)
    ignore_classes: Sequence[int] = _option(_sequence(_int32), ())
    keypoint_coord_offset: int = _option(_int32, 0)
    num_keypoints: int = _option(_int32, 0)
    num_values_per_keypoint: int = _option(_int32, 2)
    box_coord_offset: int = _option(_int32, 0)
    apply_exponential_on_box_size: bool = _option(_bool, False)
    reverse_output_order: bool = _option(_bool, False)
    sigmoid_score: bool = _option(_bool, False)
    score_clipping_thresh: float | None = _option(_float32)
    flip_vertically: bool = _option(_bool, False)
    min_score_thresh: float | None = _option(_float32)
    max_results: int = _option(_int32, -1)
    allow_classes: Sequence[int] = _option(_sequence(_int32), ())
    tensor_mapping: TensorMapping | None = _option(_message(TensorMapping))
    box_boundaries_indices: BoxBoundariesIndices | None = _option(_message(BoxBoundariesIndices))
    box_format: BoxFormat | None = _option(_enum(BoxFormat))
    max_classes_per_detection: int = _option(_int32, 1)


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class NonMaxSuppressionOptions(CalculatorOptions):
    """Options of `NonMaxSuppressionCalculator`.

    `max_num_detections` below 0 is no limit; `min_score_threshold` counts only above 0.
    """

    num_detection_streams: int = _option(_int32, 1)
    max_num_detections: int = _option(_int32, -1)
    min_suppression_threshold: float = _option(_float32, 1.0)
    overlap_type: OverlapType = _option(_enum(OverlapType), OverlapType.JACCARD)
    return_empty_detections: bool | None = _option(_bool)
    min_score_threshold: float = _option(_float32, -1.0)
    algorithm: NmsAlgorithm = _option(_enum(NmsAlgorithm), NmsAlgorithm.DEFAULT)
    multiclass_nms: bool = _option(_bool, False)
