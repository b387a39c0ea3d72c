"""The package as a whole: cheap to import, every public name there, the stub true."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import mediapipe_anchors
from mediapipe_anchors import _core

HEAVY = ("mediapipe", "tensorflow", "cv2", "matplotlib", "sklearn", "google.protobuf")


@pytest.mark.parametrize("name", mediapipe_anchors.__all__)
def test_every_public_name_loads(name: str) -> None:
    assert getattr(mediapipe_anchors, name) is not None


def test_importing_loads_nothing_heavy() -> None:
    code = f"import sys, mediapipe_anchors; print([m for m in {HEAVY!r} if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_no_public_name_is_hidden_by_a_module() -> None:
    # Importing a submodule sets an attribute of the package, which would replace the function.
    modules = {module.name for module in pkgutil.iter_modules(mediapipe_anchors.__path__)}
    assert not modules & set(mediapipe_anchors.__all__)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'decoed'"):
        _ = mediapipe_anchors.decoed  # type: ignore[attr-defined]


def test_every_module_has_a_docstring() -> None:
    for module in pkgutil.walk_packages(mediapipe_anchors.__path__, "mediapipe_anchors."):
        assert inspect.getdoc(importlib.import_module(module.name)), module.name


def test_the_stub_names_what_the_module_has() -> None:
    stub = ast.parse(Path(mediapipe_anchors.__file__).with_name("_core.pyi").read_text())
    stubbed = {
        node.name: [argument.arg for argument in node.args.args]
        for node in stub.body
        if isinstance(node, ast.FunctionDef)
    }
    functions = {name: value for name, value in vars(_core).items() if callable(value)}
    assert set(stubbed) == set(functions)
    for name, arguments in stubbed.items():  # pybind11 puts the signature into the docstring
        signature = (functions[name].__doc__ or "").splitlines()[0]
        for argument in arguments:
            assert f"{argument}:" in signature, signature
