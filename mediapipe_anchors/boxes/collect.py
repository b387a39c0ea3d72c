"""Sorts usable boxes from unusable ones, counting every one that is dropped or changed."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Collection, Iterable, Iterator

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, Mask
from mediapipe_anchors.boxes.dataset import Boxes, ReadReport
from mediapipe_anchors.boxes.duplicates import Duplicates
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.precision import ROUNDING, any_of_row, is_thin, unit_of

CHUNK = 131_072  # boxes handled at a time


def in_chunks(batches: Iterable[Batch]) -> Iterator[Batch]:
    """The same boxes in batches of up to `CHUNK`: small ones put together, large ones cut."""
    waiting: list[Batch] = []
    count = 0
    for batch in batches:
        for start in range(0, len(batch), CHUNK):
            piece = batch[start : start + CHUNK]
            if waiting and count + len(piece) > CHUNK:
                yield Batch.concatenate(waiting)
                waiting, count = [], 0
            waiting.append(piece)
            count += len(piece)
    if waiting:
        yield Batch.concatenate(waiting)


class Sorter:
    """Takes the batches of one source, and makes `Boxes` of what can be used."""

    def __init__(self, source: ReadReport, clip: bool, drop: Collection[str]) -> None:
        self._source = source
        self._clip = clip
        self._drop = drop
        self._duplicates = Duplicates()

    @property
    def images(self) -> int:
        """How many images had boxes that can be used."""
        return self._duplicates.images

    def usable(self, batch: Batch) -> Boxes:
        """The usable boxes of `batch`; their report counts those of this batch alone."""
        inside = np.clip(batch.xyxy, 0.0, np.tile(batch.image_sizes, 2))
        left = np.ones(len(batch), bool)
        dropped: Counter[str] = Counter()
        for reason, mask in self._reasons_to_drop(batch, inside):
            dropped[reason] += int((left & mask).sum())
            left &= ~mask
        repeated = np.zeros(len(batch), bool)
        repeated[left] = self._duplicates.find(batch[left])
        if "duplicate" in self._drop:
            dropped["duplicate"] += int(repeated.sum())
            left &= ~repeated
        noted = {
            remark: int((left & mask).sum())
            for remark, mask in self._remarks(batch, inside, repeated)
        }
        xyxy = inside if self._clip else batch.xyxy
        return self._boxes(dataclasses.replace(batch, xyxy=xyxy), left, dropped, noted)

    def _reasons_to_drop(self, batch: Batch, inside: Floats) -> Iterator[tuple[str, Mask]]:
        unit = unit_of(batch.sizes_known)
        yield "not a number", any_of_row(~np.isfinite(batch.xyxy))
        for flag, mask in batch.flags.items():
            if flag in self._drop:
                yield flag, mask
        yield "no area", is_thin(batch.xyxy, unit)
        yield "outside the image", is_thin(inside, unit)

    def _remarks(self, batch: Batch, inside: Floats, repeated: Mask) -> Iterator[tuple[str, Mask]]:
        rounding = ROUNDING * unit_of(batch.sizes_known)
        beyond = any_of_row(abs(inside - batch.xyxy) > rounding)
        yield "clipped to the image" if self._clip else "beyond the image", beyond
        yield from batch.flags.items()
        yield "duplicate", repeated

    def _boxes(
        self, batch: Batch, left: Mask, dropped: dict[str, int], noted: dict[str, int]
    ) -> Boxes:
        images, labels = batch.images[left].compact(), batch.labels[left].compact()
        report = dataclasses.replace(
            self._source,
            read=len(left),
            kept=int(left.sum()),
            images=len(images.distinct),
            dropped={reason: count for reason, count in dropped.items() if count},
            noted={remark: count for remark, count in noted.items() if count},
        )
        return Boxes(
            xyxy=batch.xyxy[left],
            image_sizes=batch.image_sizes[left],
            image_ids=images.codes,
            class_ids=labels.codes,
            image_names=tuple(images.distinct),
            labels=tuple(labels.distinct),
            report=report,
            sizes_known=batch.sizes_known,
            places_known=batch.places_known,
        )


def concatenate(parts: list[Boxes], report: ReadReport) -> Boxes:
    """The boxes of one source, one chunk after another."""
    images = Names.concatenate([Names(part.image_ids, part.image_names) for part in parts])
    labels = Names.concatenate([Names(part.class_ids, part.labels) for part in parts])
    return dataclasses.replace(
        parts[0],
        xyxy=np.concatenate([part.xyxy for part in parts]),
        image_sizes=np.concatenate([part.image_sizes for part in parts]),
        image_ids=images.codes,
        class_ids=labels.codes,
        image_names=tuple(images.distinct),
        labels=tuple(labels.distinct),
        report=report,
    )
