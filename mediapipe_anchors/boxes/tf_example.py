"""The message `tensorflow.Example`, declared anew in a private descriptor pool.

So that TFRecord files can be read without TensorFlow, and beside it.
"""

from __future__ import annotations

import functools
from typing import Any

_PACKAGE = "tensorflow"


@functools.cache
def example_class() -> Any:
    """The protobuf class of `tensorflow.Example`."""
    from google.protobuf import descriptor_pool, message_factory

    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(_file().SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.Example"))


def _file() -> Any:
    from google.protobuf import descriptor_pb2

    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(
        name="mediapipe_anchors/tf_example.proto", package=_PACKAGE, syntax="proto3"
    )
    feature = file.message_type.add(name="Feature")
    feature.oneof_decl.add(name="kind")
    kinds = (("Bytes", field.TYPE_BYTES), ("Float", field.TYPE_FLOAT), ("Int64", field.TYPE_INT64))
    for number, (kind, scalar) in enumerate(kinds, start=1):
        values = file.message_type.add(name=f"{kind}List")
        values.field.add(name="value", number=1, type=scalar, label=field.LABEL_REPEATED)
        _add_message(feature, f"{kind.lower()}_list", number, f"{kind}List").oneof_index = 0
    features = file.message_type.add(name="Features")
    entry = features.nested_type.add(name="FeatureEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, type=field.TYPE_STRING, label=field.LABEL_OPTIONAL)
    _add_message(entry, "value", 2, "Feature")
    _add_message(features, "feature", 1, "Features.FeatureEntry").label = field.LABEL_REPEATED
    _add_message(file.message_type.add(name="Example"), "features", 1, "Features")
    return file


def _add_message(message: Any, name: str, number: int, kind: str) -> Any:
    from google.protobuf import descriptor_pb2

    field = descriptor_pb2.FieldDescriptorProto
    return message.field.add(
        name=name,
        number=number,
        type=field.TYPE_MESSAGE,
        type_name=f".{_PACKAGE}.{kind}",
        label=field.LABEL_OPTIONAL,
    )
