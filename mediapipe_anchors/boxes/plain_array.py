"""Arrays of numbers: [N, 2] of widths and heights, or [N, 4] of xmin, ymin, xmax, ymax.

With `image_size` they are in pixels of images of that size, without it in fractions of their
images. Which image a box belongs to is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mediapipe_anchors.boxes.batch import Batch, Floats, Format, ImageSize
from mediapipe_anchors.boxes.names import Names
from mediapipe_anchors.errors import BoxesError


def _detect(source: Any) -> bool:
    return isinstance(source, (list, tuple)) or (
        hasattr(source, "__array__") and not hasattr(type(source), "columns")
    )


def _read(source: Any, image_size: ImageSize | None) -> Iterator[Batch]:
    origin = f"<{type(source).__name__}>"
    values = _values(source, origin)
    _check_unit(values, image_size, origin)
    count, columns = values.shape
    xyxy = values if columns == 4 else np.concatenate([np.zeros_like(values), values], axis=1)
    yield Batch(
        images=Names.same(None, count),
        image_sizes=np.full((count, 2), (1.0, 1.0) if image_size is None else image_size),
        xyxy=xyxy,
        labels=Names.same(None, count),
        sizes_known=image_size is not None,
        places_known=columns == 4,
    )


def _values(source: Any, origin: str) -> Floats:
    try:
        values = np.asarray(source, np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BoxesError(f"not an array of numbers: {error}", path=origin) from error
    if values.ndim != 2 or values.shape[1] not in (2, 4):
        message = (
            f"array: got shape {values.shape}, expected [N, 2] of widths and heights or [N, 4] of "
            "xmin, ymin, xmax, ymax"
        )
        raise BoxesError(message, path=origin)
    return values


def _check_unit(values: Floats, image_size: ImageSize | None, origin: str) -> None:
    largest = values[np.isfinite(values)].max(initial=0.0)
    if image_size is None and largest > 2:  # a corner that far beyond the image is no fraction
        message = (
            f"array: the largest number is {largest:g}, so these are no fractions of the image; "
            "state the size of the images (image_size) for pixels"
        )
        raise BoxesError(message, path=origin)
    if image_size is not None and max(image_size) > 100 and 0 < largest <= 1:
        message = (
            "array: no number is above 1: these look like fractions of the image, expected pixels; "
            "leave image_size out"
        )
        raise BoxesError(message, path=origin)


FORMAT = Format("array", "an array [N, 2] or [N, 4]", _detect, _read)
