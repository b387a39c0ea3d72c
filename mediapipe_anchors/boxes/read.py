"""`read_boxes` and `iter_boxes`: find the format, have it read, and sort out the usable boxes."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from mediapipe_anchors.boxes.batch import FLAGS, Batch
from mediapipe_anchors.boxes.collect import Sorter, concatenate, in_chunks
from mediapipe_anchors.boxes.dataset import Boxes, ReadReport
from mediapipe_anchors.boxes.formats import describe, find_format, is_path, resolve
from mediapipe_anchors.boxes.geometry import check_size
from mediapipe_anchors.boxes.source_files import readable
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError

DROP = ("crowd", "group", "ignored", "invalid")
REASONS = (*FLAGS, "duplicate")


def read_boxes(
    path: Any,
    format: str | None = None,
    *,
    image_size: tuple[float, float] | None = None,
    clip: bool = True,
    drop: Collection[str] = DROP,
) -> Boxes:
    """Read the ground-truth boxes of a data set.

    Args:
        path: an annotation file or a folder, of which everything below it counts (links are
            followed, hidden files are not), as the module of its format describes; or an object: a
            globox `AnnotationSet`, a supervision `DetectionDataset`, a pandas or polars frame with
            the columns of `box_table`, or an array, [N, 2] of widths and heights or [N, 4] of xmin,
            ymin, xmax, ymax. An array is in pixels of images of `image_size`, and without that in
            fractions of its images.
        format: a name in `FORMATS` or `OBJECT_FORMATS`; None detects it, and `Boxes.report.format`
            says what it is.
        image_size: (width, height) in pixels of the images whose size the source does not state
            (MOT without seqinfo.ini, YOLO and WIDER FACE without images, Open Images, a zero
            `<size>` in VOC). A stated size wins.
        clip: cut boxes that reach beyond their image at its edge; False keeps them as they are.
            They are counted either way. A box with no part inside the image is always dropped.
        drop: which boxes that the source itself sets apart are left out: any of "crowd" (COCO,
            TFRecord), "difficult" (VOC, TFRecord), "group" (Open Images, TFRecord), "ignored" (MOT:
            flag 0, not to be evaluated; COCO: `ignore`), "invalid" (WIDER FACE), and "duplicate", a
            box with the image, the corners and the label of an earlier one. The others are kept,
            and counted.

    Returns:
        The usable boxes in the order of the source (folders sorted by name). `Boxes.report` counts
        by reason what was dropped: "not a number" (NaN, infinite or missing coordinates), the flags
        in `drop`, "no area" (a side of 0.001 pixel or less) and "outside the image".

    Raises:
        BoxesError: unknown or ambiguous format, a file that cannot be opened or is malformed (with
            path and line or record), an image size that is neither stated nor given, or no usable
            box at all.
        FileNotFoundError: there is nothing at `path`.
        MissingExtraError: the format needs an optional dependency that is not installed.
        MediaPipeAnchorsError: `image_size` or `drop` is not valid.
    """
    chunks = BoxChunks(path, format, image_size=image_size, clip=clip, drop=drop)
    parts = list(chunks)
    return concatenate(parts, chunks.report)


def iter_boxes(
    path: Any,
    format: str | None = None,
    *,
    image_size: tuple[float, float] | None = None,
    clip: bool = True,
    drop: Collection[str] = DROP,
) -> BoxChunks:
    """The boxes of `read_boxes` chunk by chunk, for data sets larger than memory.

    CSV, Open Images, Parquet, TFRecord, and folders of files are read as they are asked for: what
    is held does not grow with the boxes, save 8 bytes for each to tell duplicates (COCO is read
    whole before the first chunk, 60 bytes a box). pyarrow (the extra "parquet") speeds up CSV.

    Returns:
        An iterator over `Boxes` of up to 131,072 boxes, in the order of the source; a chunk may be
        empty. Image names, labels and the report of each are its own; `report` of the iterator
        counts all so far. The errors of reading, and of no usable box at all, come while iterating.

    Raises:
        As `read_boxes`.
    """
    return BoxChunks(path, format, image_size=image_size, clip=clip, drop=drop)


class BoxChunks(Iterator[Boxes]):
    """What `iter_boxes` returns: an iterator over `Boxes` that knows the report of all so far."""

    def __init__(
        self,
        source: Any,
        format: str | None,
        *,
        image_size: tuple[float, float] | None,
        clip: bool,
        drop: Collection[str],
        allow_none: bool = False,
    ) -> None:
        """`allow_none`: a source without a usable box is no error."""
        source = resolve(source) if is_path(source) else source
        size = None if image_size is None else check_size("image_size", image_size)
        check_drop(drop)
        found = find_format(source, format)
        nothing = ReadReport(describe(source), found.name, format is None, 0, 0, 0, {}, {})
        self.report = nothing
        self._allow_none = allow_none
        self._sorter = Sorter(nothing, clip, drop)
        self._chunks = self._generate(in_chunks(found.read(source, size)))

    def __next__(self) -> Boxes:
        return next(self._chunks)

    def _generate(self, batches: Iterator[Batch]) -> Iterator[Boxes]:
        for batch in _readable(batches, self.report.path):
            boxes = self._sorter.usable(batch)
            self.report = ReadReport.merge([self.report, boxes.report], self._sorter.images)
            yield boxes
        if not self.report.kept and not self._allow_none:
            raise BoxesError(nothing_left(self.report), path=self.report.path)


def _readable(batches: Iterator[Batch], path: str) -> Iterator[Batch]:
    with readable(path):
        yield from batches


def check_drop(drop: Collection[str]) -> None:
    """Raise `MediaPipeAnchorsError` unless `drop` lists reasons that there are."""
    if isinstance(drop, str) or not set(drop) <= set(REASONS):
        raise MediaPipeAnchorsError(
            field="drop", value=drop, expected=f"a list of any of {', '.join(REASONS)}"
        )


def nothing_left(report: ReadReport) -> str:
    """The message where no box can be used."""
    if not report.read:
        return f"no box found, reading it as {report.format}"
    reasons = ", ".join(f"{count} {reason}" for reason, count in report.dropped.items())
    return f"no usable box among {report.read}, reading it as {report.format}: {reasons}"
