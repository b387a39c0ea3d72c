"""Our schema says what MediaPipe's says, and lives beside it in one process."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import needs_graph_api
from google.protobuf import descriptor_pb2

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.schema import SCHEMA_PATH, is_repeated, message_class, pool

FILES = descriptor_pb2.FileDescriptorSet.FromString(SCHEMA_PATH.read_bytes()).file

# Fields that MediaPipe has had since 0.10.21, the version that the tests run beside.
NEWER_FIELDS = {
    "mediapipe.InferenceCalculatorOptions.Delegate.litert",
    "mediapipe.InferenceCalculatorOptions.Delegate.Gpu.webnn",
    "mediapipe.InferenceCalculatorOptions.Delegate.Xnnpack.slow_consistent_arithmetic",
}


def test_the_committed_schema_is_what_protoc_makes_of_the_protos():
    pytest.importorskip("grpc_tools", reason="needs grpcio-tools to compile the .proto files")
    from mediapipe_anchors.schema.generate import compile_schema

    compiled = descriptor_pb2.FileDescriptorSet.FromString(compile_schema()).file
    assert {file.name: file for file in FILES} == {file.name: file for file in compiled}


def mediapipe_pool():
    """Protobuf's default pool with every message of the installed mediapipe in it."""
    from google.protobuf import descriptor_pool

    spec = importlib.util.find_spec("mediapipe")
    assert spec is not None
    assert spec.origin is not None
    root = Path(spec.origin).parent
    for path in root.rglob("*_pb2.py"):
        parts = path.relative_to(root.parent).with_suffix("").parts
        importlib.import_module(".".join(parts))
    return descriptor_pool.Default()


def extension_names() -> list[str]:
    """The extensions that our schema declares, all of them nested in the message they carry."""
    return [
        f"{file.package}.{message.name}.{extension.name}"
        for file in FILES
        for message in file.message_type
        for extension in message.extension
    ]


def facts(field) -> dict[str, object]:
    kind = field.message_type or field.enum_type
    oneof = field.containing_oneof
    return {
        "number": field.number,
        "type": field.type,
        "kind": kind and kind.full_name,
        "repeated": is_repeated(field),
        "has_default": field.has_default_value,
        "default": field.default_value if field.has_default_value else None,
        "oneof": oneof and oneof.name,
        "packed": field.GetOptions().packed,
    }


def compare_messages(ours, theirs, seen: set[str]) -> set[str]:
    """Assert that each field of theirs is ours with the same facts; return those only we have."""
    if ours.full_name in seen or ours.full_name == "google.protobuf.Any":
        return set()
    seen.add(ours.full_name)
    own = {
        f"{ours.full_name}.{name}"
        for name in ours.fields_by_name
        if name not in theirs.fields_by_name
    }
    for name, field in theirs.fields_by_name.items():
        mine = ours.fields_by_name[name]
        assert facts(mine) == facts(field), mine.full_name
        if field.enum_type:
            values = {value.name: value.number for value in field.enum_type.values}
            assert {value.name: value.number for value in mine.enum_type.values} == values
        if field.message_type:
            own |= compare_messages(mine.message_type, field.message_type, seen)
    return own


@needs_graph_api
def test_every_field_is_mediapipes():
    theirs, seen = mediapipe_pool(), set()
    graph = "mediapipe.CalculatorGraphConfig"
    own = compare_messages(
        pool().FindMessageTypeByName(graph), theirs.FindMessageTypeByName(graph), seen
    )
    for name in extension_names():
        mine, other = pool().FindExtensionByName(name), theirs.FindExtensionByName(name)
        assert facts(mine) == facts(other), name
        assert mine.containing_type.full_name == other.containing_type.full_name
        own |= compare_messages(mine.message_type, other.message_type, seen)
    assert own == NEWER_FIELDS
    assert len(seen) > 60


def test_the_classes_are_our_own():
    from google.protobuf import descriptor_pool

    descriptor = message_class("mediapipe.CalculatorGraphConfig").DESCRIPTOR
    assert descriptor.file.pool is not descriptor_pool.Default()
    assert (
        descriptor.fields_by_name["node"].message_type.full_name == f"{descriptor.full_name}.Node"
    )


def test_an_unknown_message_is_a_typed_error():
    with pytest.raises(GraphError, match=r"mediapipe\.Nothing: not in the schema"):
        message_class("mediapipe.Nothing")


def run_python(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_loads_no_protobuf():
    code = "import mediapipe_anchors, sys; print('google.protobuf' in sys.modules)"
    assert run_python(code).strip() == "False"


def test_importing_graphs_does_not_load_the_schema():
    code = """
        from mediapipe_anchors import Graph, schema
        print(schema.pool.cache_info().currsize)
    """
    assert run_python(code).strip() == "0"


USE_OURS = """
from mediapipe_anchors import Graph, SsdAnchorsOptions
graph = Graph.read('node { calculator: "SsdAnchorsCalculator" }')
graph.nodes[0].set_options(SsdAnchorsOptions(num_layers=3))
binary = graph.to_binary()
graph = Graph.read(Graph.read(binary).to_text())
assert graph.nodes[0].options() == SsdAnchorsOptions(num_layers=3)
"""
USE_THEIRS = """
from mediapipe.calculators.tflite import ssd_anchors_calculator_pb2
from mediapipe.framework import calculator_pb2
extension = ssd_anchors_calculator_pb2.SsdAnchorsCalculatorOptions.ext
config = calculator_pb2.CalculatorGraphConfig()
config.node.add(calculator="SsdAnchorsCalculator").options.Extensions[extension].num_layers = 4
assert config.FromString(config.SerializeToString()) == config
"""
TOGETHER = """
assert Graph.read(config).nodes[0].options() == SsdAnchorsOptions(num_layers=4)
assert config.FromString(binary).node[0].options.Extensions[extension].num_layers == 3
"""


@needs_graph_api
@pytest.mark.parametrize(
    "code", [USE_OURS + USE_THEIRS, USE_THEIRS + USE_OURS], ids=["ours", "theirs"]
)
def test_both_schemas_in_one_process_whichever_comes_first(code):
    run_python(code + TOGETHER)


REFUSE_DAMAGE = """
from mediapipe_anchors import GraphError
for data in (b"R\\x01\\xff", b"R\\x05a", b"\\x0a\\xff" * 9, b"\\x53" * 2000):
    try:
        Graph.read(data)
    except GraphError:
        continue
    raise AssertionError(data)
"""


@pytest.mark.parametrize("implementation", ["upb", "python"])
def test_works_with_every_implementation_of_protobuf(implementation):
    run_python(USE_OURS + REFUSE_DAMAGE, PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION=implementation)
