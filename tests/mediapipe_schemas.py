"""The FlatBuffers modules that mediapipe ships, read from their files: mediapipe stays unloaded."""

from __future__ import annotations

import importlib.util
from types import ModuleType
from typing import Any

import pytest
from mediapipe_graphs import MEDIAPIPE_DIR

_FOLDER = MEDIAPIPE_DIR / "tasks" / "metadata"

needs_mediapipe = pytest.mark.skipif(
    not _FOLDER.is_dir(), reason="needs the extra 'graph' or 'tasks' (mediapipe of any version)"
)


def schema_module(name: str) -> ModuleType:
    """`name` is "metadata_schema", "object_detector_metadata_schema" or "schema"."""
    spec = importlib.util.spec_from_file_location(name, _FOLDER / f"{name}_py_generated.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fields(table: Any) -> list[Any]:
    """The fields of one of their tables, in the schema's order."""
    return list(vars(table).values())
