"""What `embed_anchors` was asked for, checked and in one form."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.embed.sources import anchors_of, source_of
from mediapipe_anchors.embed.tasks_metadata import check_std, normalizations, set_normalization
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError, check_kind
from mediapipe_anchors.options import TensorsToDetectionsOptions
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.tflite.metadata import labels_in

MAX_LABELS_BYTES = 2**26


@dataclasses.dataclass(frozen=True)
class Request:
    """What shall be embedded.

    Attributes:
        anchors: float32 [N, 4], x_center, y_center, w, h; or None.
        decode: or None.
        labels: or None for those that the model has.
        normalization: (mean, std) as given; or None.
        range_normalization: (mean, std) that a graph or preset stands for; or None.
        is_letterboxed: whether the graph or preset keeps the aspect ratio, and no one said that
            images may be stretched.
        ignore_at_run_time: whether the caller filters classes.
    """

    anchors: npt.NDArray[np.float32] | None
    decode: TensorsToDetectionsOptions | None
    labels: tuple[str, ...] | None
    normalization: tuple[float, float] | None
    range_normalization: tuple[float, float] | None
    is_letterboxed: bool
    ignore_at_run_time: bool

    @property
    def is_about_tasks(self) -> bool:
        """Whether it says anything that only MediaPipe Tasks asks a model for."""
        about = (self.labels, self.normalization, self.range_normalization)
        return any(value is not None for value in about)

    def check_stretch(self) -> None:
        """Refuse a detector that wants its images letterboxed."""
        if self.is_letterboxed:
            raise OptionsError(
                field="keep_aspect_ratio",
                value=True,
                expected="False, since MediaPipe Tasks stretches the image to the input",
                fix="run it with run_graph, or with decode and non_max_suppression; or say "
                "stretch=True if the model finds its objects in stretched images too",
            )

    def set_range(self, tensor: dict[str, Any]) -> None:
        """State the normalisation of the graph or preset, where the model states none.

        Raises:
            OptionsError: the two differ.
        """
        wanted = self.range_normalization
        if wanted is None:
            return
        stated = normalizations(tensor)
        if not stated:
            set_normalization(tensor, *wanted)
        elif any(not _same(options, wanted) for options in stated):
            raise OptionsError(
                field="mean, std",
                value=[dict(options) for options in stated],
                expected=f"{wanted[0]:g} and {wanted[1]:g}, as the graph or preset has it",
                fix="the model and the graph contradict each other: pass mean and std",
            )


def _same(options: Mapping[str, Any], wanted: tuple[float, float]) -> bool:
    values = [set(map(np.float32, options.get(name, ()))) for name in ("mean", "std")]
    return values == [{np.float32(value)} for value in wanted]


def make_request(
    *,
    anchors: Any,
    decode: TensorsToDetectionsOptions | None,
    graph: Any,
    preset: Preset | str | None,
    labels: Sequence[str] | str | os.PathLike[str] | None,
    mean: float | None,
    std: float | None,
    stretch: bool,
    ignore_at_run_time: bool,
) -> Request:
    """The request in the arguments of `embed_anchors`; raises as that does."""
    if preset is not None and not isinstance(preset, str):
        check_kind("preset", preset, Preset)
    if decode is not None:
        check_kind("decode", decode, TensorsToDetectionsOptions)
    source = source_of(graph, preset)
    if anchors is None:
        anchors = source.anchors
    return Request(
        anchors=None if anchors is None else anchors_of(anchors),
        decode=source.decode if decode is None else decode,
        labels=None if labels is None else _labels(labels),
        normalization=_normalization(mean, std),
        range_normalization=_of_range(source.float_range),
        is_letterboxed=source.letterboxes and not stretch,
        ignore_at_run_time=ignore_at_run_time,
    )


def _normalization(mean: float | None, std: float | None) -> tuple[float, float] | None:
    if mean is None and std is None:
        return None
    try:
        numbers = (float(np.float32(mean)), float(np.float32(std)))
        if check_std(*numbers):
            return numbers
    except (TypeError, ValueError):
        pass
    raise MediaPipeAnchorsError(
        field="mean, std", value=(mean, std), expected="two finite numbers, std not 0"
    )


def _of_range(float_range: tuple[float, float] | None) -> tuple[float, float] | None:
    """(0 - mean) / std is the low end, (255 - mean) / std the high one."""
    if float_range is None:
        return None
    low, high = float_range
    std = 255 / (high - low)
    return _normalization(0 - low * std, std)


def _labels(labels: Sequence[str] | str | os.PathLike[str]) -> tuple[str, ...]:
    if isinstance(labels, (str, os.PathLike)):
        labels = read_labels(labels)
    expected = "names without line breaks, the last not empty, which would be lost"
    try:
        names = tuple(labels)
        text = "".join(names)
        text.encode()
    except (TypeError, UnicodeEncodeError):
        raise MediaPipeAnchorsError(field="labels", value=labels, expected=expected) from None
    if not names or not names[-1] or "\n" in text or "\r" in text:
        raise MediaPipeAnchorsError(field="labels", value=labels, expected=expected)
    return names


def read_labels(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The labels in a text file, a line each; empty lines at its end are none.

    Raises:
        MediaPipeAnchorsError: no file, no UTF-8 text, or larger than 64 MiB.
    """
    expected = "a text file in UTF-8 with a name a line"
    try:
        if not Path(path).is_file():  # a pipe would keep us waiting
            raise MediaPipeAnchorsError(field="labels", value=str(path), expected=expected)
        with Path(path).open("rb") as file:
            data = file.read(MAX_LABELS_BYTES + 1)
        data.decode("utf-8-sig")
    except (OSError, ValueError) as error:
        if isinstance(error, MediaPipeAnchorsError):
            raise
        raise MediaPipeAnchorsError(field="labels", value=str(path), expected=expected) from None
    if len(data) > MAX_LABELS_BYTES:
        raise MediaPipeAnchorsError(field="labels", value=str(path), expected=expected)
    return labels_in(data.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n"))
