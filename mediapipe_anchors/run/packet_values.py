"""What comes out of a MediaPipe packet: one Python value for each C++ type.

| C++ type in the packet | value |
|---|---|
| `vector<Detection>`, `Detection`, `DetectionList` | `Detections`; a list of mediapipe's messages
  where boxes are in pixels |
| `Image`, `ImageFrame` | array [H, W] or [H, W, C] of uint8, uint16 or float32, a copy |
| `NormalizedRect`, `Rect` | `Rect` |
| `NormalizedLandmarkList`, `LandmarkList` | `Landmarks` |
| `ClassificationList` | list of `Classification` |
| `Anchor`s | float32 [N, 4]: x_center, y_center, w, h |
| `Matrix` | float32 [rows, columns] |
| `vector<float>`, `array<float, 4>`, `array<float, 16>` | float32 [N] |
| bool; any integer; float, double | bool; int; float, of 32 bits |
| string | str, or bytes where it is not UTF-8 |
| `vector` of bool, int, string, `Image`; of any message above | a list of those values |
| any other protocol buffer, or a vector of them | mediapipe's own message, or a list of them |
| `vector<Packet>`, `map<string, Packet>` | a list or dict of values |
| anything else, such as tensors | the packet itself: mediapipe gives Python no access to it |

`Detections` are those of our own decoding, bit for bit. Where the graph tells how many keypoints
and classes its decoder gives (see `detection_layout.py`), they have room for these on every frame.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.run.detection_layout import UNKNOWN_LAYOUT, DetectionLayout
from mediapipe_anchors.run.mediapipe_api import load_mediapipe
from mediapipe_anchors.run.packet_detections import detections_from_messages


@dataclasses.dataclass(frozen=True)
class Rect:
    """A rotated rectangle, as fractions of the image, or in pixels if not `normalized`.

    `rotation` is in radians, clockwise, around the centre.
    """

    x_center: float
    y_center: float
    width: float
    height: float
    rotation: float = 0.0
    normalized: bool = True


@dataclasses.dataclass(frozen=True, eq=False)
class Landmarks:
    """N points of one object.

    Attributes:
        points: float32 [N, 3], x, y, z; fractions of the image if `normalized`, else as the graph
            says (metres for world landmarks).
        visibility: float32 [N], NaN where the graph gives none.
        presence: float32 [N], NaN where the graph gives none.
        normalized: whether the points are fractions of the image.
    """

    points: npt.NDArray[np.float32]
    visibility: npt.NDArray[np.float32]
    presence: npt.NDArray[np.float32]
    normalized: bool = True


@dataclasses.dataclass(frozen=True)
class Classification:
    """One class with its score; `label` and `display_name` are empty where the graph gives none."""

    index: int
    score: float
    label: str = ""
    display_name: str = ""


def type_name(packet: Any) -> str:
    """The C++ type of a packet in short form: "int", "mediapipe::Image", "std::vector<float>"."""
    match = re.search(r"C\+\+ type: (.*)>$", repr(packet), re.DOTALL)
    return plain_type(match.group(1)) if match else ""


def plain_type(name: str) -> str:
    """A C++ type name without leading colons, allocators, and suffixes of template arguments."""
    name = re.sub(r"(?<!\w)::", "", name)
    name = re.sub(r", std::allocator<[^<>]*> ?", "", name)
    return re.sub(r"(\d)ul\b", r"\1", name).replace(" >", ">").strip()


def read_packet(packet: Any, layout: DetectionLayout = UNKNOWN_LAYOUT) -> Any:
    """The value of a packet, by the table at the head of this module; None for an empty packet.

    Args:
        packet: a `mediapipe.Packet`.
        layout: what is known of the detections in a `vector<Detection>`.
    """
    name = type_name(packet)
    if not name:
        return None
    if name in _READERS:
        return _READERS[name](load_mediapipe().get, packet)
    vector = re.fullmatch(r"std::vector<mediapipe::([\w:]+)>", name)
    if vector:
        return _read_messages(packet, vector.group(1), layout)
    message = re.fullmatch(r"mediapipe::([\w:]+)", name)
    return _read_message(packet, message.group(1)) if message else packet


def _read_string(get: Any, packet: Any) -> str | bytes:
    try:
        return str(get.get_str(packet))
    except UnicodeDecodeError:
        return bytes(get.get_bytes(packet))


def _read_strings(get: Any, packet: Any) -> Any:
    try:
        return get.get_str_list(packet)
    except UnicodeDecodeError:
        return packet  # mediapipe has no getter for lists of bytes


def _pixels(image: Any) -> npt.NDArray[Any]:
    return np.array(image.numpy_view())


def _float32(values: Any) -> npt.NDArray[np.float32]:
    return np.array(values, np.float32)


_INTEGERS = ("int", "int64_t", "long", "long long", "short", "signed char")
_UNSIGNED = ("unsigned int", "uint64_t", "unsigned long", "unsigned short", "unsigned char")
_MATRIX = "Eigen::Matrix<float, -1, -1, 0, -1, -1>"

# Only types listed here, or known as messages, are read: mediapipe aborts the process when it is
# asked for the message in a packet that holds none.
_READERS: dict[str, Callable[[Any, Any], Any]] = {
    "bool": lambda get, packet: get.get_bool(packet),
    **dict.fromkeys(_INTEGERS, lambda get, packet: get.get_int(packet)),
    **dict.fromkeys(_UNSIGNED, lambda get, packet: get.get_uint(packet)),
    **dict.fromkeys(("float", "double"), lambda get, packet: get.get_float(packet)),
    **dict.fromkeys(("string", "std::string"), _read_string),
    "mediapipe::Image": lambda get, packet: _pixels(get.get_image(packet)),
    "mediapipe::ImageFrame": lambda get, packet: _pixels(get.get_image_frame(packet)),
    _MATRIX: lambda get, packet: _float32(get.get_matrix(packet)),
    **dict.fromkeys(
        ("std::vector<float>", "std::array<float, 4>", "std::array<float, 16>"),
        lambda get, packet: _float32(get.get_float_list(packet)),
    ),
    "std::vector<int>": lambda get, packet: get.get_int_list(packet),
    "std::vector<bool>": lambda get, packet: get.get_bool_list(packet),
    "std::vector<std::string>": _read_strings,
    "std::vector<mediapipe::Image>": lambda get, packet: [
        _pixels(image) for image in get.get_image_list(packet)
    ],
    "std::vector<mediapipe::Packet>": lambda get, packet: [
        read_packet(part) for part in get.get_packet_list(packet)
    ],
    "std::map<std::string,mediapipe::Packet>": lambda get, packet: {
        key: read_packet(part) for key, part in get.get_str_to_packet_dict(packet).items()
    },
}


def _is_message(name: str) -> bool:
    from google.protobuf import descriptor_pool

    try:
        descriptor_pool.Default().FindMessageTypeByName(name)
    except KeyError:
        return False
    return True


def _read_message(packet: Any, cpp_name: str) -> Any:
    name = "mediapipe." + cpp_name.replace("::", ".")
    if not _is_message(name):
        return packet
    message = load_mediapipe().get.get_proto(packet)
    return _MESSAGES.get(name, _as_is)(message)


def _read_messages(packet: Any, cpp_name: str, layout: DetectionLayout) -> Any:
    name = "mediapipe." + cpp_name.replace("::", ".")
    if not _is_message(name):
        return packet
    messages = load_mediapipe().get.get_proto_list(packet)
    if name == "mediapipe.Detection":
        return detections_from_messages(messages, layout)
    if name == "mediapipe.Anchor":
        rows = [[anchor.x_center, anchor.y_center, anchor.w, anchor.h] for anchor in messages]
        return np.array(rows, np.float32).reshape(-1, 4)
    return [_MESSAGES.get(name, _as_is)(message) for message in messages]


def _as_is(message: Any) -> Any:
    return message


def _rect(message: Any) -> Rect:
    size = (message.x_center, message.y_center, message.width, message.height)
    return Rect(*size, message.rotation, normalized=message.DESCRIPTOR.name == "NormalizedRect")


def _landmarks(message: Any) -> Landmarks:
    points = message.landmark
    return Landmarks(
        np.array([[p.x, p.y, p.z] for p in points], np.float32).reshape(-1, 3),
        _float32([p.visibility if p.HasField("visibility") else np.nan for p in points]),
        _float32([p.presence if p.HasField("presence") else np.nan for p in points]),
        normalized=message.DESCRIPTOR.name == "NormalizedLandmarkList",
    )


def _classification(message: Any) -> Classification:
    return Classification(message.index, message.score, message.label, message.display_name)


_MESSAGES: dict[str, Callable[[Any], Any]] = {
    "mediapipe.Detection": lambda message: detections_from_messages([message]),
    "mediapipe.DetectionList": lambda message: detections_from_messages(message.detection),
    "mediapipe.Rect": _rect,
    "mediapipe.NormalizedRect": _rect,
    "mediapipe.LandmarkList": _landmarks,
    "mediapipe.NormalizedLandmarkList": _landmarks,
    "mediapipe.ClassificationList": lambda message: [
        _classification(entry) for entry in message.classification
    ],
}
