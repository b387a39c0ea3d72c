"""Checks on what callers hand to `run_graph` and `GraphRunner` frame by frame."""

from __future__ import annotations

import numbers
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from mediapipe_anchors.errors import GraphRunError

MAX_TIMESTAMP = 2**62  # MediaPipe aborts the process on its few reserved values beyond


def frames_of(frames: Any) -> Iterator[Mapping[str, Any]]:
    """The frames, each checked to be a mapping."""
    expected = "{stream: value}, or an iterable of such mappings, one a frame"
    for index, frame in enumerate(_iterate("inputs", frames, expected)):
        if not isinstance(frame, Mapping):
            raise GraphRunError(field=f"inputs[{index}]", value=frame, expected=expected)
        yield frame


def times_of(timestamps: Any) -> Iterator[Any]:
    """The timestamps that the caller gave, not yet checked one by one."""
    return _iterate("timestamps", timestamps, "an iterable of integers, one a frame")


def _iterate(name: str, values: Any, expected: str) -> Iterator[Any]:
    if isinstance(values, (str, bytes)):
        raise GraphRunError(field=name, value=values, expected=expected)
    try:
        return iter(values)
    except TypeError:
        raise GraphRunError(field=name, value=values, expected=expected) from None


def check_names(name: str, values: Any) -> None:
    """Raise `GraphRunError` unless `values` is a list, or another sequence, of texts."""
    if not isinstance(values, Sequence) or isinstance(values, (bytes, bytearray, memoryview)):
        raise GraphRunError(field=name, value=values, expected="a list of names")
    for value in values:
        if not isinstance(value, str):
            raise GraphRunError(field=name, value=value, expected="a list of names")


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
    if not isinstance(inputs, Mapping):
        raise GraphRunError(field="inputs", value=inputs, expected=f"{{stream: value}} of {names}")
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
    if not isinstance(fps, numbers.Real) or isinstance(fps, bool) or not 0 < fps <= 1_000_000:
        raise GraphRunError(
            field="fps", value=fps, expected="a number above 0, at most 1,000,000 frames a second"
        )
    interval = 1_000_000 / fps
    return round(interval) if interval < MAX_TIMESTAMP else MAX_TIMESTAMP


def check_timestamp(timestamp: int, last: int | None) -> int:
    """The timestamp, or `GraphRunError` unless it is in MediaPipe's range and above `last`."""
    try:
        time = operator.index(timestamp)
    except TypeError:
        time = None
    if time is None or isinstance(timestamp, (bool, np.bool_)):
        expected = "an integer, in microseconds"
    elif not -MAX_TIMESTAMP <= time <= MAX_TIMESTAMP:
        expected = "between -2**62 and 2**62 microseconds"
    elif last is not None and time <= last:
        expected = f"more than {last}, the frame before's"
    else:
        return time
    raise GraphRunError(field="timestamp", value=timestamp, expected=expected)
