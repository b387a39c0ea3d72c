"""`TFLite_Detection_PostProcess`: the anchors and scales of a model with four outputs.

The operator takes raw boxes, scores and a constant of anchors (y, x, h, w), and puts out boxes,
classes, scores and their number. Its options are a FlexBuffers map.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import ModelError, OptionsError
from mediapipe_anchors.inspection.postprocessed import NAME, constant_anchors, constant_behind
from mediapipe_anchors.options import BoxFormat, TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model, Operator, Quantization, Tensor
from mediapipe_anchors.tflite.flexbuffer import Value, read_map, with_numbers
from mediapipe_anchors.tflite.rewrite import Constant

_BOXES, _SCORES, _ANCHORS = range(3)  # its inputs
_SCALES = ("x_scale", "y_scale", "w_scale", "h_scale")


@dataclasses.dataclass(frozen=True)
class PostProcess:
    """The operator in a model.

    Attributes:
        number: among the model's operators.
        operator: itself.
        options: its options.
        anchors: the constant that holds them, before it is dequantised.
        num_boxes: rows of the raw boxes.
        num_classes: columns of the raw scores.
        num_labels: how many classes it tells apart: one less where the first is the background.
    """

    number: int
    operator: Operator
    options: Mapping[str, Value]
    anchors: Tensor
    num_boxes: int
    num_classes: int

    @property
    def num_labels(self) -> int:
        return _whole(self.options.get("num_classes"), self.num_classes)


def find_postprocess(model: Model) -> PostProcess | None:
    """The operator, if the model has one.

    Raises:
        ModelError: it has several, or one that is not as TFLite wants it.
    """
    found = [number for number, step in enumerate(model.operators) if step.name == NAME]
    if not found:
        return None
    operator = model.operators[found[0]]
    if len(found) > 1 or len(operator.inputs) != 3 or len(operator.outputs) != 4:
        raise ModelError(
            f"{len(found)} operators {NAME} with {len(operator.inputs)} inputs and "
            f"{len(operator.outputs)} outputs, expected one with 3 and 4",
            path=model.path,
        )
    boxes, scores = (model.tensors[operator.inputs[place]] for place in (_BOXES, _SCORES))
    if len(boxes.converted_shape) != 3 or len(scores.converted_shape) != 3:
        raise ModelError(
            f"{NAME} takes boxes {list(boxes.converted_shape)} and scores "
            f"{list(scores.converted_shape)}, expected [1, boxes, columns]",
            path=model.path,
        )
    return PostProcess(
        found[0],
        operator,
        read_map(operator.custom_options),
        _constant(model, operator.inputs[_ANCHORS]),
        boxes.converted_shape[1],
        scores.converted_shape[2],
    )


def _constant(model: Model, index: int) -> Tensor:
    """The constant behind a tensor, which a DEQUANTIZE may have turned into floats."""
    index = constant_behind(model, index)
    if index < 0 or not len(model.data_of(model.tensors[index])):
        raise ModelError(f"the anchors of {NAME} are no constant of the model", path=model.path)
    return model.tensors[index]


def read_anchors(model: Model, found: PostProcess) -> npt.NDArray[np.float32]:
    """float32 [N, 4], x_center, y_center, w, h, as the operator computes with them.

    Raises:
        ModelError: the constant is no [N, 4] of a dtype that TFLite dequantises.
    """
    if found.anchors.dtype in ("uint8", "int8"):
        _only(model, found.anchors, found.anchors.quantization)
    anchors = constant_anchors(model, found.anchors.index)
    if anchors is None:
        raise _wrong_anchors(model, found.anchors)
    return anchors


def write_anchors(model: Model, found: PostProcess, anchors: npt.NDArray[np.float32]) -> Constant:
    """What the constant must hold for these anchors (x_center, y_center, w, h).

    A quantised one keeps its scale and zero point where all anchors are within their reach, else it
    gets those that span the anchors.
    """
    values = anchors[:, [1, 0, 3, 2]]
    dtype = found.anchors.dtype
    if dtype == "float32":
        return Constant(values)
    if dtype == "float16":
        with np.errstate(over="ignore"):
            return Constant(values.astype(np.float16))
    if dtype not in ("uint8", "int8"):
        raise _wrong_anchors(model, found.anchors)
    scale, zero_point = _only(model, found.anchors, found.anchors.quantization)
    limits = np.iinfo(dtype)
    wide = values.astype(np.float64)
    reach = (np.array([limits.min, limits.max]) - zero_point) * scale
    if len(wide) and not reach[0] - scale / 2 <= wide.min() <= wide.max() <= reach[1] + scale / 2:
        scale, zero_point = _spanning(wide, limits)
    quantised = np.rint(wide / scale) + zero_point
    return Constant(
        np.clip(quantised, limits.min, limits.max).astype(dtype),
        Quantization((scale,), (zero_point,), _dimension(found.anchors.quantization)),
    )


def _dimension(quantization: Quantization | None) -> int:
    return 0 if quantization is None else quantization.dimension


def _spanning(values: npt.NDArray[np.float64], limits: np.iinfo[np.int8]) -> tuple[float, int]:
    """The scale and zero point that reach from the least to the greatest value, and to 0."""
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    scale = float(np.float32((high - low) / (int(limits.max) - int(limits.min))))
    scale = scale or 1.0
    return scale, int(limits.min - np.rint(low / scale))


def _only(model: Model, tensor: Tensor, quantization: Quantization | None) -> tuple[float, int]:
    if (
        quantization is None
        or len(quantization.scale) != 1
        or not 0 < quantization.scale[0] < math.inf
    ):
        raise ModelError(
            f"tensor {tensor.name!r} is {tensor.dtype}, expected one scale and one zero point",
            path=model.path,
        )
    return quantization.scale[0], quantization.zero_point[0]


def _wrong_anchors(model: Model, tensor: Tensor) -> ModelError:
    return ModelError(
        f"the anchors of {NAME} are {tensor.dtype} {list(tensor.shape)}, expected [boxes, 4] of "
        "float32, float16, uint8 or int8",
        path=model.path,
    )


def read_decode(found: PostProcess) -> TensorsToDetectionsOptions:
    """How the operator reads the raw boxes and scores, as MediaPipe would without it.

    It takes sizes as logarithms, and leaves out the first class where it is the background. The
    same options read its outputs too: `decode_postprocessed` looks at other fields of them.
    """
    options = found.options
    return TensorsToDetectionsOptions(
        num_classes=found.num_classes,
        num_boxes=found.num_boxes,
        num_coords=4,
        ignore_classes=(0,) if found.num_labels < found.num_classes else (),
        apply_exponential_on_box_size=True,
        max_classes_per_detection=max(_whole(options.get("max_classes_per_detection"), 1), 1),
        x_scale=_number(options.get("x_scale")),
        y_scale=_number(options.get("y_scale")),
        w_scale=_number(options.get("w_scale")),
        h_scale=_number(options.get("h_scale")),
    )


def _number(value: Value) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _whole(value: Value, default: int) -> int:
    if isinstance(value, (int, float)) and math.isfinite(value) and abs(value) < 2**31:
        return int(value)
    return default


def check_decode(decode: TensorsToDetectionsOptions, found: PostProcess) -> None:
    """Refuse a decoding of raw boxes that the operator does not do.

    Raises:
        OptionsError: naming the field.
    """
    decode.validate()
    for name in _SCALES:
        value = getattr(decode, name)
        if value == 0 or not math.isfinite(value):
            raise OptionsError(field=f"decode.{name}", value=value, expected="a number but 0")
    expected: dict[str, tuple[object, ...]] = {
        "apply_exponential_on_box_size": (True,),
        "box_format": (None, BoxFormat.UNSPECIFIED, BoxFormat.YXHW),
        "box_coord_offset": (0,),
        "num_boxes": (0, found.num_boxes),
    }
    if decode.box_format is None:
        expected["reverse_output_order"] = (False,)
    for name, values in expected.items():
        if getattr(decode, name) not in values:
            raise OptionsError(
                field=f"decode.{name}",
                value=getattr(decode, name),
                expected=f"{values[-1]}, since {NAME} does it so",
            )


def write_options(found: PostProcess, decode: TensorsToDetectionsOptions | None) -> bytes:
    """The operator's options with the scales of `decode`, where these are set.

    Raises:
        OptionsError: a decoding that the operator does not do.
    """
    options = found.operator.custom_options
    if decode is None or not any(getattr(decode, name) for name in _SCALES):
        return bytes(options)
    check_decode(decode, found)
    scales = {name: float(np.float32(getattr(decode, name))) for name in _SCALES}
    return with_numbers(options, scales)
