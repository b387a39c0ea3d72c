"""Values for the tests of packets, and the way of a value through MediaPipe."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from mediapipe_graphs import pass_through_graph

from mediapipe_anchors import run_graph

_rng = np.random.default_rng(7)


def through_mediapipe(value: Any, packet_type: str | None = None) -> Any:
    """A value through a graph that hands packets on as they are."""
    overrides = {} if packet_type is None else {"in0": packet_type}
    return run_graph(pass_through_graph(), {"in0": value}, packet_types=overrides)["out0"]


def pixels(dtype: Any, *shape: int) -> npt.NDArray[Any]:
    """Random integers from the whole range of `dtype`."""
    return _rng.integers(0, np.iinfo(dtype).max, shape).astype(dtype)


IMAGES = {
    "rgb": pixels(np.uint8, 5, 7, 3),
    "rgba": pixels(np.uint8, 5, 7, 4),
    "grey": pixels(np.uint8, 5, 7),
    "rgb of 16 bits": pixels(np.uint16, 5, 7, 3),
    "rgba of 16 bits": pixels(np.uint16, 5, 7, 4),
    "grey of 16 bits": pixels(np.uint16, 5, 7),
}
