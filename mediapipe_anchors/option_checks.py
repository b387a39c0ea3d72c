"""What the fields of the options take: each check returns the value in one form, or raises."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import as_float32
from mediapipe_anchors.errors import OptionsError

_Enum = TypeVar("_Enum", bound=enum.IntEnum)

INT32_MIN, INT32_MAX = -(2**31), 2**31 - 1


def check_int32(name: str, value: Any) -> int:
    """An integer of 32 bits, of any integer type; no bool."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise OptionsError(field=name, value=value, expected="an integer")
    number = int(value.__index__())
    if not INT32_MIN <= number <= INT32_MAX:
        raise OptionsError(field=name, value=value, expected="an integer that fits in 32 bits")
    return number


def check_float32(name: str, value: Any) -> float:
    """The shortest decimal that rounds to the same float32: equal wherever it came from."""
    if isinstance(value, (bool, np.bool_, str, bytes)) or not hasattr(value, "__float__"):
        raise OptionsError(field=name, value=value, expected="a number")
    try:
        with np.errstate(over="ignore"):
            return float(str(np.float32(float(value))))
    except (TypeError, ValueError, OverflowError):
        raise OptionsError(field=name, value=value, expected="a number") from None


def check_bool(name: str, value: Any) -> bool:
    """True or False, of Python or NumPy."""
    if not isinstance(value, (bool, np.bool_)):
        raise OptionsError(field=name, value=value, expected="True or False")
    return bool(value)


def check_enum(kind: type[_Enum]) -> Callable[[str, Any], _Enum]:
    """A member of `kind`, from a member, its name or its number."""

    def check(name: str, value: Any) -> _Enum:
        try:
            return kind[value] if isinstance(value, str) else kind(check_int32(name, value))
        except (KeyError, ValueError):
            names = ", ".join(member.name for member in kind)
            raise OptionsError(field=name, value=value, expected=f"one of {names}") from None

    return check


def check_sequence(item: Callable[[str, Any], Any]) -> Callable[[str, Any], tuple[Any, ...]]:
    """A tuple of what `item` makes of each entry."""

    def check(name: str, value: Any) -> tuple[Any, ...]:
        if isinstance(value, (str, bytes, dict)):
            raise OptionsError(field=name, value=value, expected="a list of numbers")
        try:
            items = list(value)
        except TypeError:
            raise OptionsError(field=name, value=value, expected="a list of numbers") from None
        return tuple(item(f"{name}[{index}]", entry) for index, entry in enumerate(items))

    return check


def check_message(kind: type[Any]) -> Callable[[str, Any], Any]:
    """An instance of `kind`."""

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise OptionsError(field=name, value=value, expected=f"a {kind.__name__}")
        return value

    return check


def check_anchors(name: str, value: Any) -> npt.NDArray[np.float32]:
    """A read-only copy as float32 [N, 4]."""
    array = as_float32(name, value, shape=(None, 4)).copy()
    array.flags.writeable = False
    return array


def option(check: Callable[[str, Any], Any], default: Any = None) -> Any:
    """A dataclass field whose value goes through `check`."""
    return dataclasses.field(default=default, metadata={"check": check})
