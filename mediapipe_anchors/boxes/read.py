"""`read_boxes`: finds the format of a path, has it read, and collects the usable boxes."""

from __future__ import annotations

import errno
import os
from collections.abc import Collection
from pathlib import Path

from mediapipe_anchors.boxes import coco, csv_table, mot, voc, yolo
from mediapipe_anchors.boxes.collect import Collector
from mediapipe_anchors.boxes.dataset import Boxes, check_size
from mediapipe_anchors.boxes.reading import Format
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError

FORMATS: dict[str, Format] = {
    module.FORMAT.name: module.FORMAT for module in (coco, voc, yolo, csv_table, mot)
}
FLAGS = ("crowd", "difficult", "ignored")


def read_boxes(
    path: str | os.PathLike[str],
    format: str | None = None,
    *,
    image_size: tuple[float, float] | None = None,
    clip: bool = True,
    drop: Collection[str] = ("crowd", "ignored"),
) -> Boxes:
    """Read the ground-truth boxes of a data set.

    Args:
        path: an annotation file or a folder of them, as the module of its format describes.
        format: a name in `FORMATS`; None detects it, and `Boxes.report.format` says what it is.
        image_size: (width, height) in pixels of the images whose size the files do not state (MOT
            without seqinfo.ini, YOLO without images, a zero `<size>` in VOC). A stated size wins.
        clip: cut boxes that reach beyond their image at its edge; False keeps them as they are.
            They are counted either way. A box with no part inside the image is always dropped.
        drop: which boxes that the files themselves set apart are left out: any of "crowd" (COCO),
            "difficult" (VOC), "ignored" (MOT: flag 0, not to be evaluated). The others are kept.

    Returns:
        The usable boxes in the order of the files (folders sorted by name). `Boxes.report` counts
        by reason what was dropped: "not a number" (NaN, infinite or missing coordinates), the flags
        in `drop`, "no area" (a side of 0.001 pixel or less) and "outside the image".

    Raises:
        BoxesError: unknown or ambiguous format, a malformed file (with path and line or record), an
            image size that is neither stated nor given, or no usable box at all.
        FileNotFoundError: there is nothing at `path`.
        MediaPipeAnchorsError: `image_size` or `drop` is not valid.
    """
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(source))
    size = None if image_size is None else check_size("image_size", image_size)
    collector = Collector(clip, _check_drop(drop))
    found = _detect(source) if format is None else _named(format, source)
    for batch in found.read(source, size):
        collector.add(batch)
    return collector.boxes(source, found.name, detected=format is None)


def _check_drop(drop: Collection[str]) -> Collection[str]:
    if isinstance(drop, str) or not set(drop) <= set(FLAGS):
        raise MediaPipeAnchorsError(
            field="drop", value=drop, expected=f"a list of any of {', '.join(FLAGS)}"
        )
    return drop


def _named(name: str, path: Path) -> Format:
    if name not in FORMATS:
        known = ", ".join(FORMATS)
        raise BoxesError(f"format: got {name!r}, expected one of {known}", path=path)
    return FORMATS[name]


def _detect(path: Path) -> Format:
    matches = [candidate for candidate in FORMATS.values() if candidate.detect(path)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = " and ".join(match.name for match in matches)
        raise BoxesError(f"looks like {names}; choose with format or --format", path=path)
    known = ", ".join(f"{each.name} ({each.title})" for each in FORMATS.values())
    raise BoxesError(f"format not recognised; choose with format or --format: {known}", path=path)
