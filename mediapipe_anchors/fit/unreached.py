"""The boxes that no anchor reaches, and the images that hold them."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import in_chunks

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.integer[Any]]

MAX_LISTED = 100  # images that are listed by name


@dataclasses.dataclass(frozen=True)
class UnreachedImage:
    """An image with objects that no anchor reaches.

    Attributes:
        name: of the image.
        boxes: all its objects.
        unreached: how many of them no anchor reaches.
        worst_iou: the lowest best IoU.
        worst_px: width and height in pixels of the model input of the object that has it.
        worst_label: its class, or None.
    """

    name: str
    boxes: int
    unreached: int
    worst_iou: float
    worst_px: tuple[float, float]
    worst_label: str | None


@dataclasses.dataclass(frozen=True)
class Unreached:
    """The boxes that no anchor reaches, and the images that hold them.

    Attributes:
        boxes: how many boxes.
        images: how many images hold one or more of them; None where images are not told apart.
        images_in_all: of these images, how many have no other objects; None likewise.
        of_images: how many images there are; None likewise.
        worst: up to 100 images, those with the most such objects first.
    """

    boxes: int
    images: int | None
    images_in_all: int | None
    of_images: int | None
    worst: tuple[UnreachedImage, ...]


def find_unreached(
    reached: float,
    iou: Floats,
    counts: Floats,
    boxes: Floats,
    input_size: tuple[int, int],
    images: tuple[Integers, Sequence[str]],
    classes: tuple[Integers, Sequence[str]],
) -> Unreached:
    """The boxes whose best `iou` is below `reached`; `images` and `classes` are ids and names."""
    ids, names = images
    total = 0.0
    of_image, missed_of = np.zeros((2, len(names)), np.int64)
    lowest = np.ones(len(names))
    for part in in_chunks(len(iou)):
        missed = iou[part] < reached
        total += counts[part][missed].sum()
        known = ids[part] >= 0
        np.add.at(of_image, ids[part][known], 1)
        np.add.at(missed_of, ids[part][known & missed], 1)
        np.minimum.at(lowest, ids[part][known], iou[part][known])
    if not of_image.any():
        return Unreached(round(total), None, None, None, ())
    order = np.lexsort((lowest, -missed_of))
    listed = []
    for image in order[: min(MAX_LISTED, np.count_nonzero(missed_of))]:
        rows = np.flatnonzero(ids == image)
        worst = rows[iou[rows].argmin()]
        w, h = (boxes[worst, -2:] * input_size).tolist()
        label = classes[1][classes[0][worst]] if classes[0][worst] >= 0 else None
        count, none = int(of_image[image]), int(missed_of[image])
        listed.append(UnreachedImage(names[image], count, none, float(iou[worst]), (w, h), label))
    return Unreached(
        boxes=round(total),
        images=int(np.count_nonzero(missed_of)),
        images_in_all=int(((missed_of == of_image) & (of_image > 0)).sum()),
        of_images=int(np.count_nonzero(of_image)),
        worst=tuple(listed),
    )
