"""Writes what graphs found in images: a line of JSON a frame, and annotated images."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PIL import Image

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.draw import draw_detections
from mediapipe_anchors.images import RgbImage
from mediapipe_anchors.run.result import GraphResult

MAX_LISTED = 1000  # numbers; larger arrays are described by their shape


@dataclasses.dataclass(frozen=True)
class Frame:
    """One image on its way through a graph: `index` counts the frames of a file from 0."""

    path: Path
    index: int
    timestamp: int
    image: RgbImage


class RunReport:
    """The files of one run, in a folder that exists: `detections.jsonl`, and PNGs if `annotate`.

    Attributes:
        frames: how many frames have been written.
        detections: how many detections they hold, over all streams.
        empty: how many frames hold none.
        failed: {file: error} of what could not be run.
        interrupted: whether the run ended before its time.
        pictures: the annotated images, in order.
    """

    def __init__(self, folder: Path, *, annotate: bool) -> None:
        self.folder = folder
        self.jsonl = folder / "detections.jsonl"
        self.frames = self.detections = self.empty = 0
        self.failed: dict[str, str] = {}
        self.interrupted = False
        self.pictures: list[Path] = []
        self._annotate = annotate
        self._names: set[str] = set()
        self._lines = self.jsonl.open("w", encoding="utf-8")

    def __enter__(self) -> RunReport:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._lines.close()

    def add(self, frame: Frame, result: GraphResult) -> None:
        """Write one frame's line and, if asked for, its picture."""
        found = {name: v for name, v in result.items() if isinstance(v, Detections)}
        values = {n: v for n, v in result.items() if n not in found and n not in result.missing}
        height, width = frame.image.shape[:2]
        line: dict[str, Any] = {
            "file": str(frame.path),
            "frame": frame.index,
            "timestamp": frame.timestamp,
            "width": width,
            "height": height,
            "detections": {name: value.to_dicts() for name, value in found.items()},
            "missing": list(result.missing),
        }
        if values:
            line["values"] = values
        if result.others:
            line["others"] = [packet._asdict() for packet in result.others]
        self._lines.write(json.dumps(to_json(line), allow_nan=False, ensure_ascii=False) + "\n")
        self._lines.flush()  # so that what is there stays, whatever ends the run
        count = sum(map(len, found.values()))
        self.frames += 1
        self.detections += count
        self.empty += count == 0
        if self._annotate:
            self._draw(frame, list(found.values()))

    def fail(self, path: Path, error: Exception) -> None:
        """Note a file that could not be run."""
        self.failed[str(path)] = str(error).removeprefix(f"{path}: ")

    def summary(self) -> dict[str, Any]:
        """The counts and files, ready for JSON."""
        return {
            "frames": self.frames,
            "detections": self.detections,
            "frames_without_detection": self.empty,
            "failed": self.failed,
            "interrupted": self.interrupted,
            "detections_file": str(self.jsonl),
            "annotated_images": list(map(str, self.pictures)),
        }

    def _draw(self, frame: Frame, found: list[Detections]) -> None:
        image = frame.image
        for detections in found:
            image = draw_detections(image, detections)
        path = self.folder / f"{self._picture_name(frame)}.png"
        Image.fromarray(image).save(path)
        self.pictures.append(path)

    def _picture_name(self, frame: Frame) -> str:
        """The file's name without suffix; with it, where two files differ in nothing else."""
        name = frame.path.stem
        if frame.index or frame.path.name in self._names:
            name = f"{name}_{frame.index:06d}"
        elif name in self._names:
            name = frame.path.name
        self._names.update((name, frame.path.name))
        return name


def to_json(value: Any) -> Any:
    """What a graph returns in a form that JSON can hold; NaN and infinities become null."""
    if isinstance(value, Detections):
        return to_json(value.to_dicts())
    if isinstance(value, dict):
        return {str(key): to_json(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [to_json(entry) for entry in value]
    if isinstance(value, np.ndarray):
        if value.size <= MAX_LISTED:
            return to_json(value.tolist())
        return {"dtype": str(value.dtype), "shape": list(value.shape)}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return {name: to_json(getattr(value, name)) for name in names}
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
