"""A globox `AnnotationSet`; known by what it can do, globox is not imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.boxes.values import known_size


def _detect(source: Any) -> bool:
    return all(hasattr(source, name) for name in ("image_ids", "all_boxes", "to_coco"))


def _read(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    origin = f"<{type(source).__name__}>"
    for place, annotation in enumerate(source, start=1):
        boxes = list(annotation.boxes)
        if not boxes:
            continue
        width, height = annotation.image_size or (np.nan, np.nan)
        size = known_size(width, height, image_size, origin, place)
        yield Batch(
            images=Names.same(str(annotation.image_id), len(boxes)),
            image_sizes=np.full((len(boxes), 2), size),
            xyxy=np.array([[box.xmin, box.ymin, box.xmax, box.ymax] for box in boxes], float),
            labels=Names.of(str(box.label) for box in boxes),
        )


FORMAT = Format("globox", "a globox AnnotationSet", _detect, _read)
