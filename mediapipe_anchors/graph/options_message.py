"""Between the three options classes and the protobuf messages of MediaPipe's calculators."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.options import (
    BoxBoundariesIndices,
    CalculatorOptions,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.schema import message_class

OPTIONS_OF_CALCULATOR: dict[str, type[CalculatorOptions]] = {
    "SsdAnchorsCalculator": SsdAnchorsOptions,
    "TensorsToDetectionsCalculator": TensorsToDetectionsOptions,
    "NonMaxSuppressionCalculator": NonMaxSuppressionOptions,
}


def calculator_of(kind: type[CalculatorOptions]) -> str:
    """The calculator whose options a class holds."""
    return next(
        name for name, options in OPTIONS_OF_CALCULATOR.items() if issubclass(kind, options)
    )


def type_name_of(kind: type[CalculatorOptions]) -> str:
    """The full name of the message that an options class stands for."""
    return f"mediapipe.{calculator_of(kind)}Options"


def to_message(options: CalculatorOptions) -> Any:
    """The options as a message that sets what differs from MediaPipe's default, and only that."""
    message = message_class(type_name_of(type(options)))()
    update(message, options)
    return message


def update(message: Any, options: Any) -> None:
    """Make a message say what the options say; what the schema does not know in it stays.

    A field that is set to its default, in the message as in the options, stays set: such presence
    carries no meaning, and is left as its author wrote it.
    """
    for field in dataclasses.fields(options):
        name, value = field.name, getattr(options, field.name)
        if name == "fixed_anchors":
            _update_anchors(message.fixed_anchors, value)
        elif isinstance(value, tuple):
            message.ClearField(name)
            getattr(message, name).extend(value)
        elif value is None:
            message.ClearField(name)
        elif name in _NESTED:
            getattr(message, name).SetInParent()
            update(getattr(message, name), value)
        elif message.HasField(name) or repr(value) != repr(field.default):
            setattr(message, name, value)


def from_message(kind: type[Any], message: Any) -> Any:
    """The options that a message spells; what the schema does not know is not read."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(kind):
        name, value = field.name, getattr(message, field.name)
        if name == "fixed_anchors":
            values[name] = _read_anchors(value) if value else None
        elif field.default == ():
            values[name] = value
        elif message.HasField(name):
            values[name] = from_message(_NESTED[name], value) if name in _NESTED else value
    return kind(**values)


_NESTED = {"tensor_mapping": TensorMapping, "box_boundaries_indices": BoxBoundariesIndices}


def _read_anchors(anchors: Any) -> npt.NDArray[np.float32]:
    rows = [(anchor.x_center, anchor.y_center, anchor.w, anchor.h) for anchor in anchors]
    return np.array(rows, np.float32).reshape(-1, 4)


def _update_anchors(anchors: Any, value: npt.NDArray[np.float32] | None) -> None:
    rows = np.zeros((0, 4), np.float32) if value is None else value
    if np.array_equal(_read_anchors(anchors), rows, equal_nan=True):
        return
    del anchors[:]
    for x_center, y_center, w, h in rows.tolist():
        anchors.add(x_center=x_center, y_center=y_center, h=h, w=w)
