"""What MediaPipe Tasks can run: its ObjectDetector does less than MediaPipe's graphs.

From the options that it makes of a model's metadata: boxes are y, x, h, w; scores are not clipped;
every class is looked at; the image is stretched. What else a detector needs is refused here, since
Tasks would run it all the same, and find other boxes.
"""

from __future__ import annotations

import math

from mediapipe_anchors.errors import ModelError, OptionsError
from mediapipe_anchors.options import BoxFormat, SsdAnchorsOptions, TensorsToDetectionsOptions
from mediapipe_anchors.tflite import Model

# From here on e^x is infinite as a float32, and scores are 0 and 1 whether clipped or not.
_CLIPPING_WITHOUT_EFFECT = 89.0
_OTHER_WAYS = "or run it with run_graph, or with decode and non_max_suppression"
_SCALES = ("x_scale", "y_scale", "w_scale", "h_scale")


def check_decode(decode: TensorsToDetectionsOptions, ignore_at_run_time: bool) -> None:
    """Refuse a decoding that Tasks' ObjectDetector does not do.

    Raises:
        OptionsError: naming the field and a way out.
    """
    decode.validate()
    _check_box_format(decode)
    for name in _SCALES:
        value = getattr(decode, name)
        if value == 0 or not math.isfinite(value):
            raise OptionsError(field=f"decode.{name}", value=value, expected="a number but 0")
    clipping = decode.score_clipping_thresh
    if decode.sigmoid_score and clipping is not None and not clipping >= _CLIPPING_WITHOUT_EFFECT:
        raise _impossible(
            "score_clipping_thresh",
            clipping,
            f"None, or {_CLIPPING_WITHOUT_EFFECT:g} or more, where clipping changes no score",
            f"clip the scores in the model before you convert it, {_OTHER_WAYS}",
        )
    if decode.box_coord_offset:
        raise _impossible(
            "box_coord_offset",
            decode.box_coord_offset,
            "0",
            f"put the box first in the model before you convert it, {_OTHER_WAYS}",
        )
    if decode.flip_vertically:
        raise _impossible("flip_vertically", True, "False", _OTHER_WAYS.removeprefix("or "))
    for name in ("ignore_classes", "allow_classes"):
        if getattr(decode, name) and not ignore_at_run_time:
            list_name = "category_denylist" if name == "ignore_classes" else "category_allowlist"
            raise _impossible(
                name,
                getattr(decode, name),
                "()",
                "embed labels, give the names of these classes to ObjectDetectorOptions as "
                f"{list_name} each time, and say that you will: ignore_at_run_time=True",
            )


def _check_box_format(decode: TensorsToDetectionsOptions) -> None:
    box_format = decode.box_format
    if box_format is None:
        box_format = BoxFormat.XYWH if decode.reverse_output_order else BoxFormat.YXHW
    if box_format in (BoxFormat.UNSPECIFIED, BoxFormat.YXHW):
        return
    fix = f"have the model put out y, x, h, w, {_OTHER_WAYS}"
    if box_format is BoxFormat.XYWH:
        fix = (
            "have the model put out y, x, h, w: before you convert it, gather the columns "
            f"{_swapped_columns(decode)} of its boxes; {_OTHER_WAYS}"
        )
    field = "reverse_output_order" if decode.box_format is None else "box_format"
    raise _impossible(field, getattr(decode, field), "boxes in the order y, x, h, w", fix)


def _swapped_columns(decode: TensorsToDetectionsOptions) -> list[int]:
    """The columns of an XYWH box tensor in the order in which YXHW wants them."""
    columns = list(range(decode.num_coords or 4))
    first = decode.keypoint_coord_offset
    for place in (0, 2, *(first + 2 * number for number in range(decode.num_keypoints))):
        columns[place : place + 2] = columns[place : place + 2][::-1]
    return columns


def check_anchor_options(options: SsdAnchorsOptions) -> None:
    """Refuse anchors in pixels: Tasks takes boxes as fractions of the image."""
    if options.multiscale_anchor_generation and not options.normalize_coordinates:
        raise _impossible("normalize_coordinates", False, "True", "leave it at its default")


def check_model(model: Model) -> None:
    """Refuse a model that ObjectDetector does not load, or that crashes it.

    Raises:
        ModelError: naming what it has.
    """
    if model.num_subgraphs != 1:
        raise ModelError(
            f"it has {model.num_subgraphs} subgraphs, expected 1: MediaPipe Tasks loads no other",
            path=model.path,
        )
    if len(model.inputs) != 1:
        raise ModelError(f"it has {len(model.inputs)} inputs, expected one image", path=model.path)
    image = model.inputs[0]
    shape = image.converted_shape
    if len(shape) != 4 or shape[0] != 1 or shape[3] != 3 or min(shape) < 1:
        raise ModelError(
            f"input {image.name!r} has the shape {list(shape)}, expected [1, height, width, 3]: "
            "MediaPipe Tasks feeds one RGB image",
            path=model.path,
        )
    _check_dtypes(model)


def _check_dtypes(model: Model) -> None:
    image, outputs = model.inputs[0], model.outputs
    convert = "convert the model with uint8 or float32 inputs and outputs"
    if image.dtype not in ("float32", "uint8"):
        raise ModelError(
            f"input {image.name!r} is {image.dtype}, expected float32 or uint8; {convert}",
            path=model.path,
        )
    kinds = {tensor.dtype for tensor in outputs}
    if kinds not in ({"float32"}, {"uint8"}):
        kinds_found = ", ".join(tensor.dtype for tensor in outputs)
        raise ModelError(
            f"its outputs are {kinds_found}, expected all float32 or all uint8: MediaPipe Tasks "
            f"takes no other, not int8 either; {convert}",
            path=model.path,
        )
    for tensor in outputs:
        quantization = tensor.quantization
        if tensor.dtype == "uint8" and (quantization is None or len(quantization.scale) != 1):
            raise ModelError(
                f"output {tensor.name!r} is uint8 without a scale and a zero point: MediaPipe "
                "cannot turn it into numbers",
                path=model.path,
            )


def _impossible(field: str, value: object, expected: str, fix: str) -> OptionsError:
    expected += ", since MediaPipe Tasks cannot do otherwise"
    return OptionsError(field=f"decode.{field}", value=value, expected=expected, fix=fix)
