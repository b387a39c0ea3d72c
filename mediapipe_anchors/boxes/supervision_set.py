"""A supervision `DetectionDataset`; known by what it can do, supervision is not imported.

It does not state the size of its images: the header of each file is read, or where there is no such
file the image that the data set holds is measured. Without either `image_size` is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.image_files import displayed_size
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.values import known_size


def _detect(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("classes", "annotations", "image_paths"))


def _read(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    origin = f"<{type(source).__name__}>"
    for index, path in enumerate(source.image_paths):
        found = source.annotations[path]
        count = len(found.xyxy)
        if not count:
            continue
        class_ids = [None] * count if found.class_id is None else found.class_id.tolist()
        size = _size(source, index, image_size, origin)
        yield Batch(
            images=Names.same(str(path), count),
            image_sizes=np.full((count, 2), size),
            xyxy=np.asarray(found.xyxy, float),
            labels=Names.of(None if each is None else source.classes[each] for each in class_ids),
        )


def _size(source: Any, index: int, image_size: ImageSize | None, origin: str) -> ImageSize:
    path = Path(source.image_paths[index])
    if path.is_file():
        return displayed_size(path)
    try:
        _, image, _ = source[index]
    except (ValueError, OSError):  # there is no such image
        return known_size(np.nan, np.nan, image_size, origin, index + 1)
    height, width = image.shape[:2]
    return known_size(width, height, image_size, origin, index + 1)


FORMAT = Format("supervision", "a supervision DetectionDataset", _detect, _read)
