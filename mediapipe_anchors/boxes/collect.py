"""Sorts usable boxes from unusable ones, counting every one that is dropped or changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.dataset import Boxes, ReadReport
from mediapipe_anchors.boxes.reading import Batch
from mediapipe_anchors.errors import BoxesError

NO_AREA = 1e-3  # pixels: a side of no more than this is none, and only rounding can have made it
ROUNDING = 1e-2  # pixels beyond the image that are no remark: six decimals of YOLO go as far

Mask = npt.NDArray[np.bool_]


class Collector:
    """Takes batches, keeps their usable boxes, and counts the others by reason."""

    def __init__(self, clip: bool, drop: Collection[str]) -> None:
        self._clip = clip
        self._drop = drop
        self._read = 0
        self._dropped: Counter[str] = Counter()
        self._noted: Counter[str] = Counter()
        self._image_codes: dict[str, int] = {}
        self._label_codes: dict[str, int] = {}
        self._xyxy = [np.zeros((0, 4))]
        self._image_sizes = [np.zeros((0, 2))]
        self._image_ids = [np.zeros(0, np.int64)]
        self._class_ids = [np.zeros(0, np.int64)]

    def add(self, batch: Batch) -> None:
        """Count every box of `batch` and keep the usable ones."""
        inside = _clipped(batch)
        usable = np.ones(len(batch.xyxy), bool)
        for reason, mask in self._reasons_to_drop(batch, inside):
            self._dropped[reason] += int((usable & mask).sum())
            usable &= ~mask
        beyond = (abs(inside - batch.xyxy) > ROUNDING).any(axis=1)
        self._noted["clipped to the image" if self._clip else "beyond the image"] += int(
            (usable & beyond).sum()
        )
        for flag, mask in batch.flags.items():
            self._noted[flag] += int((usable & mask).sum())
        self._read += len(usable)
        self._keep(batch, usable, inside if self._clip else batch.xyxy)

    def _reasons_to_drop(
        self, batch: Batch, inside: npt.NDArray[np.float64]
    ) -> Iterator[tuple[str, Mask]]:
        yield "not a number", ~np.isfinite(batch.xyxy).all(axis=1)
        for flag, mask in batch.flags.items():
            if flag in self._drop:
                yield flag, mask
        yield "no area", _is_thin(batch.xyxy)
        yield "outside the image", _is_thin(inside)

    def _keep(self, batch: Batch, usable: Mask, xyxy: npt.NDArray[np.float64]) -> None:
        rows = np.flatnonzero(usable).tolist()
        images, labels = self._image_codes, self._label_codes
        image_ids = [images.setdefault(batch.images[row], len(images)) for row in rows]
        names = [batch.labels[row] for row in rows]
        class_ids = [-1 if name is None else labels.setdefault(name, len(labels)) for name in names]
        self._xyxy.append(xyxy[usable])
        self._image_sizes.append(batch.image_sizes[usable])
        self._image_ids.append(np.array(image_ids, np.int64))
        self._class_ids.append(np.array(class_ids, np.int64))

    def boxes(self, path: Path, format_name: str, detected: bool) -> Boxes:
        """All boxes kept so far.

        Raises:
            BoxesError: there is none; the message counts what was dropped and why.
        """
        kept = sum(map(len, self._xyxy))
        dropped = {reason: count for reason, count in self._dropped.items() if count}
        if not kept:
            raise BoxesError(_nothing_left(self._read, dropped, format_name), path=path)
        report = ReadReport(
            path=str(path),
            format=format_name,
            detected=detected,
            read=self._read,
            kept=kept,
            images=len(self._image_codes),
            dropped=dropped,
            noted={remark: count for remark, count in self._noted.items() if count},
        )
        return Boxes(
            xyxy=np.concatenate(self._xyxy),
            image_sizes=np.concatenate(self._image_sizes),
            image_ids=np.concatenate(self._image_ids),
            class_ids=np.concatenate(self._class_ids),
            image_names=tuple(self._image_codes),
            labels=tuple(self._label_codes),
            report=report,
        )


def _clipped(batch: Batch) -> npt.NDArray[np.float64]:
    return np.clip(batch.xyxy, 0.0, np.tile(batch.image_sizes, 2))


def _is_thin(xyxy: npt.NDArray[np.float64]) -> Mask:
    with np.errstate(invalid="ignore", over="ignore"):
        thin: Mask = ((xyxy[:, 2:] - xyxy[:, :2]) <= NO_AREA).any(axis=1)
    return thin


def _nothing_left(read: int, dropped: dict[str, int], format_name: str) -> str:
    if not read:
        return f"no box found, reading it as {format_name}"
    reasons = ", ".join(f"{count} {reason}" for reason, count in dropped.items())
    return f"no usable box among {read}, reading it as {format_name}: {reasons}"
