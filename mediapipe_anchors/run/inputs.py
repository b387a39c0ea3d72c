"""Checks on what callers hand to `run_graph` and `GraphRunner` frame by frame."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mediapipe_anchors.errors import GraphRunError

MAX_TIMESTAMP = 2**62  # MediaPipe aborts the process on its few reserved values beyond


def frames_of(frames: Any) -> Iterator[Mapping[str, Any]]:
    """The frames, each checked to be a mapping."""
    expected = "{stream: value}, or an iterable of such mappings, one a frame"
    if isinstance(frames, (str, bytes)) or not isinstance(frames, Iterable):
        raise GraphRunError(field="inputs", value=frames, expected=expected)
    for index, frame in enumerate(frames):
        if not isinstance(frame, Mapping):
            raise GraphRunError(field=f"inputs[{index}]", value=frame, expected=expected)
        yield frame


def next_time(times: Iterator[int] | None, index: int) -> int | None:
    """The next of the timestamps that the caller gave, if any; raises where they have run out."""
    if times is None:
        return None
    try:
        return next(times)
    except StopIteration:
        raise GraphRunError(
            field="timestamps", value=f"{index} timestamps", expected="one a frame"
        ) from None


def check_frame(inputs: Mapping[str, Any], streams: tuple[str, ...]) -> None:
    """Raise `GraphRunError` unless a frame has a value, and only values for input streams."""
    if not streams:
        raise GraphRunError("the graph has no input streams: call finish() to run it to its end")
    names = ", ".join(streams)
    for stream in inputs:
        if stream not in streams:
            raise GraphRunError(
                field="inputs", value=stream, expected=f"input streams of the graph: {names}"
            )
    if all(value is None for value in inputs.values()):
        raise GraphRunError(
            field="inputs", value=dict(inputs), expected=f"a value for at least one of {names}"
        )


def frame_interval(fps: float) -> int:
    """Microseconds from frame to frame."""
    number = isinstance(fps, (int, float)) and not isinstance(fps, bool)
    if not (number and math.isfinite(fps) and 0 < fps <= 1_000_000):
        raise GraphRunError(
            field="fps", value=fps, expected="a number above 0, at most 1,000,000 frames a second"
        )
    return min(round(1_000_000 / fps), MAX_TIMESTAMP)


def check_timestamp(timestamp: int, last: int | None) -> int:
    """The timestamp, or `GraphRunError` unless it is in MediaPipe's range and above `last`."""
    if isinstance(timestamp, bool) or not hasattr(timestamp, "__index__"):
        raise GraphRunError(
            field="timestamp", value=timestamp, expected="an integer, in microseconds"
        )
    if not -MAX_TIMESTAMP <= timestamp <= MAX_TIMESTAMP:
        raise GraphRunError(
            field="timestamp", value=timestamp, expected="between -2**62 and 2**62 microseconds"
        )
    if last is not None and timestamp <= last:
        raise GraphRunError(
            field="timestamp", value=timestamp, expected=f"more than {last}, the frame before's"
        )
    return int(timestamp)
