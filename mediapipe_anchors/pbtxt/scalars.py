"""What protobuf text format lets a field of each scalar type take."""

from __future__ import annotations

from typing import Any

from google.protobuf.descriptor import FieldDescriptor

from mediapipe_anchors.pbtxt import Scalar

_INTEGER_RANGES = {
    FieldDescriptor.CPPTYPE_INT32: (-(2**31), 2**31 - 1),
    FieldDescriptor.CPPTYPE_INT64: (-(2**63), 2**63 - 1),
    FieldDescriptor.CPPTYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 2**64 - 1),
}
_FLOATS = {FieldDescriptor.CPPTYPE_FLOAT, FieldDescriptor.CPPTYPE_DOUBLE}
_BOOLS = {"true": True, "True": True, "t": True, "1": True} | {
    "false": False, "False": False, "f": False, "0": False
}  # fmt: skip


def scalar_value(descriptor: Any, scalar: Scalar) -> Any:
    """What a field makes of a value in the text; ValueError if it cannot take it."""
    cpp_type, kind, literal = descriptor.cpp_type, scalar.kind, scalar.value
    if cpp_type == FieldDescriptor.CPPTYPE_STRING:
        if isinstance(literal, str):
            raise ValueError
        return literal.decode() if descriptor.type == FieldDescriptor.TYPE_STRING else literal
    if isinstance(literal, bytes):
        raise ValueError
    if cpp_type in _FLOATS:
        return _float(kind, literal)
    if cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        if literal not in _BOOLS:
            raise ValueError
        return _BOOLS[literal]
    if cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return _enum(descriptor.enum_type, kind, literal)
    number = _integer(kind, literal)
    low, high = _INTEGER_RANGES[cpp_type]
    if not low <= number <= high:
        raise ValueError
    return number


def _integer(kind: str, literal: str) -> int:
    if kind != "integer" or len(literal) > 100:  # longer than any 64-bit number
        raise ValueError
    digits = literal.removeprefix("-")
    octal = len(digits) > 1 and digits.isdigit() and digits[0] == "0"
    number = int(digits, 8 if octal else 0)
    return number if digits == literal else -number


def _float(kind: str, literal: str) -> float:
    digits = literal.removeprefix("-").lower()
    leading_zero = len(digits) > 1 and digits[0] == "0" and digits[1] in "x01234567"
    if kind == "identifier" and digits not in ("inf", "infinity", "nan"):
        raise ValueError
    if kind == "integer" and leading_zero:  # hexadecimal and octal are for integers only
        raise ValueError
    return float(literal if kind == "identifier" else literal.rstrip("fF"))


def _enum(enum_type: Any, kind: str, literal: str) -> int:
    if kind == "identifier":
        if literal not in enum_type.values_by_name:
            raise ValueError
        return int(enum_type.values_by_name[literal].number)
    number = _integer(kind, literal)
    if number not in enum_type.values_by_number:
        raise ValueError
    return number


def expected_scalar(descriptor: Any) -> str:
    """What a field takes, for messages."""
    cpp_type = descriptor.cpp_type
    if cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        return "one of " + ", ".join(value.name for value in descriptor.enum_type.values)
    if cpp_type in _INTEGER_RANGES:
        low, high = _INTEGER_RANGES[cpp_type]
        return f"a whole number from {low} to {high}"
    if cpp_type in _FLOATS:
        return "a number"
    if cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return "true or false"
    is_text = descriptor.type == FieldDescriptor.TYPE_STRING
    return "a quoted string in UTF-8" if is_text else "a quoted string"
