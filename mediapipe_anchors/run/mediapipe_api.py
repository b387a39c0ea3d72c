"""mediapipe's graph API for Python, or the reason why it is not there.

Only mediapipe up to 0.10.21 offers it. Importing mediapipe takes about a second and brings OpenCV
and matplotlib with it, so nothing here is imported before the first graph runs.
"""

from __future__ import annotations

import dataclasses
import functools
import importlib
import importlib.metadata
import importlib.util
import sys
from pathlib import Path
from typing import Any

from mediapipe_anchors.errors import GraphRunError, MissingExtraError


@dataclasses.dataclass(frozen=True)
class MediaPipeApi:
    """The parts of mediapipe that this package calls.

    Attributes:
        package_dir: the folder of the package `mediapipe`; graphs name their models as
            "mediapipe/modules/...", that is, relative to its parent.
    """

    package_dir: Path
    calculator_graph: type[Any]
    validated_graph_config: type[Any]
    packet: type[Any]
    image_format: Any
    create: Any
    get: Any


@functools.cache
def load_mediapipe() -> MediaPipeApi:
    """Import mediapipe and point its resource loader at the models it ships.

    Raises:
        MissingExtraError: mediapipe is not installed.
        GraphRunError: the mediapipe that is installed has no graph API (0.10.30 and later).
    """
    package_dir = find_mediapipe()
    bindings = "mediapipe.python._framework_bindings"
    part = {
        name: importlib.import_module(f"{bindings}.{name}")
        for name in ("calculator_graph", "validated_graph_config", "packet", "image_frame")
    }
    resource_util = importlib.import_module(f"{bindings}.resource_util")
    resource_util.set_resource_dir(str(package_dir.parent))
    return MediaPipeApi(
        package_dir=package_dir,
        calculator_graph=part["calculator_graph"].CalculatorGraph,
        validated_graph_config=part["validated_graph_config"].ValidatedGraphConfig,
        packet=part["packet"].Packet,
        image_format=part["image_frame"].ImageFormat,
        create=importlib.import_module("mediapipe.python.packet_creator"),
        get=importlib.import_module("mediapipe.python.packet_getter"),
    )


def find_mediapipe() -> Path:
    """The folder of a mediapipe with the graph API, without importing it; else raises as above."""
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        reason = "mediapipe 0.10.21 is the last one that runs graphs from Python"
        if sys.version_info >= (3, 13):
            reason += "; it has no build for Python 3.13 or later: use Python 3.10 to 3.12"
        raise MissingExtraError("run_graph", "graph", reason)
    package_dir = Path(spec.origin).parent
    if not any((package_dir / "python").glob("_framework_bindings*")):
        raise GraphRunError(
            field="mediapipe",
            value=importlib.metadata.version("mediapipe"),
            expected="version 0.10.21, since those from 0.10.30 on run no graphs from Python",
            fix='pip install "mediapipe==0.10.21", in an environment of its own',
        )
    return package_dir
