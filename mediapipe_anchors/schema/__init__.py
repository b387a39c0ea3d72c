"""MediaPipe's graph and option messages, from a schema of our own in a private descriptor pool.

The private pool lets these classes and mediapipe's own live in one process, and lets the package
read graphs where mediapipe is not installed. Nothing is loaded before the first call.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

from mediapipe_anchors.errors import GraphError

SCHEMA_PATH = Path(__file__).with_name("schema.binpb")


@functools.cache
def pool() -> Any:
    """The private `DescriptorPool` that holds every message of the schema."""
    from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool

    descriptors = descriptor_pool.DescriptorPool()
    descriptors.AddSerializedFile(any_pb2.DESCRIPTOR.serialized_pb)
    # protoc lists each file after those it imports, the order in which a pool must take them.
    for file in descriptor_pb2.FileDescriptorSet.FromString(SCHEMA_PATH.read_bytes()).file:
        descriptors.AddSerializedFile(file.SerializeToString())
    return descriptors


def has_message(full_name: str) -> bool:
    """Whether the schema holds a message of that name."""
    try:
        pool().FindMessageTypeByName(full_name)
    except KeyError:
        return False
    return True


@functools.cache
def message_class(full_name: str) -> Any:
    """The protobuf class of a message, such as "mediapipe.CalculatorGraphConfig".

    Raises:
        GraphError: the schema has no message of that name.
    """
    from google.protobuf import message_factory

    if not has_message(full_name):
        raise GraphError(
            f"message {full_name}: not in the schema of mediapipe_anchors, which holds graphs and "
            "the options of detection graphs only"
        )
    return message_factory.GetMessageClass(pool().FindMessageTypeByName(full_name))


def parse_message(data: bytes, full_name: str, path: Path | None = None) -> Any:
    """A serialized message; what the schema lacks is kept as unknown fields.

    Raises:
        GraphError: not such a message, or one that lacks a required field; names `path` if given.
    """
    message = try_parse_message(data, full_name)
    if message is None:
        raise GraphError(f"not a serialized {full_name}", path=path)
    missing = message.FindInitializationErrors()
    if missing:
        raise GraphError(f"{full_name} lacks its required field {', '.join(missing)}", path=path)
    return message


def try_parse_message(data: bytes, full_name: str) -> Any | None:
    """A serialized message, required fields or not; None if the bytes are none."""
    from google.protobuf.message import DecodeError

    message = message_class(full_name)()
    try:
        message.ParseFromString(data)
    except (DecodeError, ValueError, RecursionError):  # protobuf in pure Python raises all three
        return None
    return message


def find_extension(full_name: str) -> Any | None:
    """The extension of that name, such as "mediapipe.SsdAnchorsCalculatorOptions.ext", or None."""
    try:
        return pool().FindExtensionByName(full_name)
    except KeyError:
        return None


def is_repeated(field: Any) -> bool:
    """Whether a field holds many values; protobuf 4 and 7 share no name for this."""
    if hasattr(field, "is_repeated"):
        return bool(field.is_repeated)
    return bool(field.label == field.LABEL_REPEATED)


def is_map(field: Any) -> bool:
    """Whether a field is a `map<key, value>`."""
    return bool(field.message_type and field.message_type.GetOptions().map_entry)


def field_value(message: Any, field: Any) -> Any:
    """The value of a field or extension of a message, by descriptor."""
    if field.is_extension:
        return message.Extensions[field]
    return getattr(message, field.name)
