"""What goes into a MediaPipe packet: one packet type for each Python value.

MediaPipe's streams are untyped until a calculator asks for a type, so the value decides, by this
table; where the graph's consumer is known to want another type from the third column, that one is
made.

| value | packet type | also made where the graph wants it |
|---|---|---|
| uint8 array [H, W], [H, W, 1] | `ImageFrame` GRAY8 | `Image` |
| uint8 array [H, W, 3] RGB, [H, W, 4] RGBA | `ImageFrame` SRGB, SRGBA | `Image` |
| uint16 array of the same shapes | `ImageFrame` GRAY16, SRGB48, SRGBA64 | `Image` |
| float array [R, C] | `Matrix` of R rows, C columns | `ImageFrame`, `Image` (VEC32F1) |
| float array [N], list of float (an empty list too) | `vector<float>` | |
| integer array [N], list of int | `vector<int>` | `vector<float>` |
| list of bool, of str | `vector<bool>`, `vector<string>` | |
| list of image arrays | `vector<Image>` | |
| bool | `bool` | |
| int (also NumPy's) | `int`, 32 bits | `int64`, `uint64`, `float`, `double` |
| float (also NumPy's) | `float`, 32 bits | `double` |
| str, bytes | `string` | |
| protocol buffer message of mediapipe | `proto` | |
| `mediapipe.Packet` | as it is | |

`packet_types={"stream": "Image"}` overrides the choice with any name of the second or third column.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import GraphRunError
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.run.packet_images import (
    IMAGE_FORMATS,
    check_list,
    count_channels,
    make_image,
    make_image_vector,
    wrong_value,
)
from mediapipe_anchors.run.packet_values import plain_type


def make_packet(
    name: str, value: Any, *, packet_type: str | None = None, registered: str | None = None
) -> Any:
    """A `mediapipe.Packet`, without timestamp, that holds `value`.

    Args:
        name: what to call the value in an error, such as "inputs['image']".
        value: a value of the table at the head of this module.
        packet_type: one of `PACKET_TYPES`; None to choose.
        registered: the C++ type that the graph's consumer has registered, or None.

    Raises:
        GraphRunError: no packet type takes such a value, or the one asked for does not.
    """
    api = load_mediapipe()
    if isinstance(value, api.packet):
        return value
    if packet_type is None:
        packet_type = _choose_type(name, value, registered)
    return PACKET_TYPES[packet_type].make(name, value)


def check_packet_types(packet_types: Mapping[str, str], known: Collection[str]) -> None:
    """Raise `GraphRunError` for an override of an unknown stream or to an unknown type."""
    for stream, name in packet_types.items():
        if stream not in known:
            raise GraphRunError(
                field="packet_types", value=stream, expected=f"one of {', '.join(sorted(known))}"
            )
        if not isinstance(name, str) or name not in PACKET_TYPES:
            raise GraphRunError(
                field=f"packet_types[{stream!r}]",
                value=name,
                expected=f"one of {', '.join(PACKET_TYPES)}",
            )


class _PacketType(NamedTuple):
    cpp_types: tuple[str, ...]
    make: Callable[[str, Any], Any]


def _choose_type(name: str, value: Any, registered: str | None) -> str:
    default = _default_type(value)
    wanted = _one_of(registered)
    suited = [key for key, entry in PACKET_TYPES.items() if wanted & set(entry.cpp_types)]
    if suited and default not in suited:
        return suited[0]
    if default is None:
        raise wrong_value(
            name,
            value,
            "an image, a number, a text, a list of numbers, a matrix, a mediapipe message "
            "or a mediapipe.Packet (the table is in mediapipe_anchors.run.packets)",
        )
    return default


def _one_of(registered: str | None) -> set[str]:
    """The alternatives of a registered type, which may be "OneOf<A, B>"."""
    if registered is None:
        return set()
    plain = plain_type(registered)
    return set(plain[6:-1].split(", ")) if plain.startswith("OneOf<") else {plain}


def _default_type(value: Any) -> str | None:
    if isinstance(value, (bool, np.bool_)):
        return "bool"
    if isinstance(value, (int, np.integer)):
        return "int"
    if isinstance(value, (float, np.floating)):
        return "float"
    if isinstance(value, (str, bytes)):
        return "string"
    if isinstance(value, np.ndarray):
        return _default_type_of_array(value)
    if isinstance(value, (list, tuple)):
        return _default_type_of_list(value)
    return "proto" if _is_message(value) else None


def _default_type_of_array(array: npt.NDArray[Any]) -> str | None:
    if array.ndim == 1 and array.dtype.kind in "fiu":
        return "vector<float>" if array.dtype.kind == "f" else "vector<int>"
    if array.dtype.kind == "f":
        return "Matrix" if array.ndim == 2 else None
    return "ImageFrame" if (array.dtype.name, count_channels(array)) in IMAGE_FORMATS else None


def _default_type_of_list(values: Sequence[Any]) -> str | None:
    nested = (list, tuple)
    kinds = {None if isinstance(value, nested) else _default_type(value) for value in values}
    if kinds <= {"int", "float"}:
        return "vector<int>" if kinds == {"int"} else "vector<float>"
    vectors = {"bool": "vector<bool>", "string": "vector<string>", "ImageFrame": "vector<Image>"}
    return vectors.get(str(kinds.pop())) if len(kinds) == 1 else None


def _is_message(value: Any) -> bool:
    return hasattr(value, "DESCRIPTOR") and hasattr(value, "SerializeToString")


def _make_matrix(name: str, value: Any) -> Any:
    array = value if isinstance(value, np.ndarray) else None
    if array is None or array.ndim != 2 or array.dtype.kind not in "fiu":
        raise wrong_value(name, value, "an array of float32 [rows, columns]")
    return load_mediapipe().create.create_matrix(np.asarray(array, np.float32, order="F"))


def _number(kind: type, low: float, high: float, name: str, value: Any) -> Any:
    wanted = "a number" if kind is float else f"an integer from {low} to {high}"
    numbers = (int, float, np.integer, np.floating) if kind is float else (int, np.integer)
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers):
        raise wrong_value(name, value, wanted)
    if kind is int and not low <= value <= high:
        raise wrong_value(name, value, wanted)
    try:
        return kind(value)
    except OverflowError:
        raise wrong_value(name, value, wanted) from None


_check_int = functools.partial(_number, int, -(2**31), 2**31 - 1)
_check_int64 = functools.partial(_number, int, -(2**63), 2**63 - 1)
_check_uint64 = functools.partial(_number, int, 0, 2**64 - 1)
_check_float = functools.partial(_number, float, 0, 0)


def _check_bool(name: str, value: Any) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise wrong_value(name, value, "True or False")
    return bool(value)


def _check_text(name: str, value: Any) -> str | bytes:
    if not isinstance(value, (str, bytes)):
        raise wrong_value(name, value, "a text (str or bytes)")
    try:
        return value.encode() if isinstance(value, str) else value
    except UnicodeEncodeError:
        raise wrong_value(name, value, "a text without lone surrogates") from None


def _make_scalar(creator: str, check: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    return getattr(load_mediapipe().create, creator)(check(name, value))


def _make_vector(creator: str, check: Callable[[str, Any], Any], name: str, value: Any) -> Any:
    check_list(name, value)
    values = [check(f"{name}[{index}]", entry) for index, entry in enumerate(value)]
    return getattr(load_mediapipe().create, creator)(values)


def _make_proto(name: str, value: Any) -> Any:
    if not _is_message(value):
        raise wrong_value(name, value, "a protocol buffer message of mediapipe")
    try:
        return load_mediapipe().create.create_proto(value)
    except Exception as error:  # mediapipe raises RuntimeError, protobuf an EncodeError of its own
        raise GraphRunError(f"{name}: {type(value).__name__} makes no packet: {error}") from error


def _entry(cpp_types: str, make: Callable[..., Any], *arguments: Any) -> _PacketType:
    return _PacketType(tuple(cpp_types.split()), functools.partial(make, *arguments))


PACKET_TYPES: dict[str, _PacketType] = {
    "ImageFrame": _entry("mediapipe::ImageFrame", make_image, "create_image_frame"),
    "Image": _entry("mediapipe::Image", make_image, "create_image"),
    "Matrix": _entry("mediapipe::Matrix", _make_matrix),
    "vector<float>": _entry(
        "std::vector<float>", _make_vector, "create_float_vector", _check_float
    ),
    "vector<int>": _entry("std::vector<int>", _make_vector, "create_int_vector", _check_int),
    "vector<bool>": _entry("std::vector<bool>", _make_vector, "create_bool_vector", _check_bool),
    "vector<string>": _entry(
        "std::vector<std::string>", _make_vector, "create_string_vector", _check_text
    ),
    "vector<Image>": _entry("std::vector<mediapipe::Image>", make_image_vector),
    "bool": _entry("bool", _make_scalar, "create_bool", _check_bool),
    "int": _entry("int", _make_scalar, "create_int", _check_int),
    "int64": _entry("int64 int64_t", _make_scalar, "create_int64", _check_int64),
    "uint64": _entry("uint64 uint64_t", _make_scalar, "create_uint64", _check_uint64),
    "float": _entry("float", _make_scalar, "create_float", _check_float),
    "double": _entry("double", _make_scalar, "create_double", _check_float),
    "string": _entry("string std::string", _make_scalar, "create_string", _check_text),
    "proto": _entry("", _make_proto),
}
