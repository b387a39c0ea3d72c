"""Models that decode and suppress themselves: the operator TFLite_Detection_PostProcess."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import anchors_from_tensor, generate_anchors
from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.inspection.report import PostprocessReport
from mediapipe_anchors.inspection.roles import BOXES_FIRST, Part, Roles
from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.tflite import Model, Operator
from mediapipe_anchors.tflite.flexbuffer import read_map

NAME = "TFLite_Detection_PostProcess"
OUTPUT_ROLES = ("boxes", "classes", "scores", "number of detections")
_MOST_DIFFERENCE = 1e-4  # of anchors that are still called a preset's


def find_operator(model: Model) -> Operator | None:
    """The operator whose outputs are the model's; None where there is none."""
    ends = {tensor.index for tensor in model.outputs}
    for operator in model.operators:
        if operator.name == NAME and ends & set(operator.outputs):
            return operator
    return None


def raw_roles(model: Model, operator: Operator) -> Roles | None:
    """The raw boxes and scores within the model; None where they have no rows."""
    parts = []
    for index in operator.inputs[:2]:
        sizes = sizes_of(model.tensors[index]) if index >= 0 else None
        if sizes is None or len(sizes) < 2:
            return None
        parts.append(Part(model.tensors[index], sizes[-2], sizes[-1]))
    if len(parts) != 2 or parts[0].rows != parts[1].rows or parts[0].columns < 4:
        return None
    reason = f"they are the inputs of {NAME}"
    return Roles((parts[0],), (parts[1],), None, BOXES_FIRST, reason, is_certain=True)


def constant_behind(model: Model, index: int) -> int:
    """The tensor that a DEQUANTIZE makes floats, if one does; else `index`. -1 for none at all."""
    producer = model.producer(index)
    if producer is not None and producer.name == "DEQUANTIZE" and producer.inputs:
        return producer.inputs[0]
    return index


def constant_anchors(model: Model, index: int) -> npt.NDArray[np.float32] | None:
    """float32 [N, 4] x, y, w, h of a constant [N, 4] y, x, h, w; None for any other tensor.

    Quantised ones become float32 as TFLite makes them: scale * (integer - zero point).
    """
    index = constant_behind(model, index)
    if index < 0:
        return None
    tensor = model.tensors[index]
    values = model.constant(index)
    if values is None or values.ndim != 2 or values.shape[1] != 4 or not len(values):
        return None
    quantization = tensor.quantization
    if quantization is not None and values.dtype.kind in "iu":
        if len(quantization.scale) != 1:
            return None
        scale = np.float32(quantization.scale[0])
        shifted = values.astype(np.int64) - quantization.zero_point[0]
        with np.errstate(over="ignore", invalid="ignore"):
            return anchors_from_tensor(shifted.astype(np.float32) * scale)
    if values.dtype.kind != "f":
        return None
    with np.errstate(over="ignore"):
        return anchors_from_tensor(values.astype(np.float32))


def report_postprocess(
    model: Model,
    operator: Operator,
    anchors: npt.NDArray[np.float32] | None,
    input_size: tuple[int, int] | None,
    presets: Sequence[Preset],
) -> tuple[PostprocessReport, tuple[str, ...]]:
    """The report, and notes on what cannot be read."""
    notes: tuple[str, ...] = ()
    try:
        options = read_map(operator.custom_options)
    except ModelError as error:
        options, notes = {}, (f"the options of {NAME} cannot be read: {error}",)
    report = PostprocessReport(
        options=options,
        num_anchors=None if anchors is None else len(anchors),
        anchor_dtype=None
        if anchors is None
        else model.tensors[constant_behind(model, operator.inputs[2])].dtype,
        anchor_px=None,
        presets={},
    )
    if anchors is None:
        return report, notes
    with np.errstate(invalid="ignore", over="ignore"):
        sides = anchors[:, 2:] * np.array(input_size or (1, 1), np.float32)
        low, high = sides.min(axis=0), sides.max(axis=0)
    px = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    return (
        dataclasses.replace(
            report,
            anchor_px=None if input_size is None else px,
            presets=presets_of(anchors, presets),
        ),
        notes,
    )


def presets_of(anchors: npt.NDArray[np.float32], presets: Sequence[Preset]) -> dict[str, float]:
    """{preset: the largest difference} of presets whose anchors these are, the closest first."""
    found = {}
    for row in presets:
        if row.anchors is None or row.decode.num_boxes != len(anchors):
            continue
        own = generate_anchors(row.anchors)
        with np.errstate(invalid="ignore", over="ignore"):
            difference = float(abs(own - anchors).max())
        if difference <= _MOST_DIFFERENCE:
            found[row.name] = difference
    return dict(sorted(found.items(), key=lambda each: each[1]))
