"""`Batch`, what every reader yields, and `Format`, what makes a reader."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.names import Names

ImageSize = tuple[float, float]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Origin = str | os.PathLike[str]  # what an error calls the source: a path, or "<DataFrame>"


@dataclasses.dataclass(frozen=True, eq=False)
class Batch:
    """n boxes exactly as their source states them: nothing is clipped or left out yet.

    Attributes:
        images: n names, the image of each box; none where the source does not tell images apart.
        image_sizes: float64 [n, 2], width and height in pixels, finite and positive.
        xyxy: float64 [n, 4] in pixels; NaN where the source gives no number.
        labels: n class names, none where the source gives none.
        flags: bool [n] by what is to be said of a box: any of `FLAGS` as the source says, or a
            remark of the reader such as "repeated image id".
        sizes_known: False: `xyxy` is in fractions of images of unknown size, `image_sizes` is 1.
        places_known: False: only width and height are known, `xyxy` starts at 0, 0.
    """

    images: Names
    image_sizes: Floats
    xyxy: Floats
    labels: Names
    flags: dict[str, Mask] = dataclasses.field(default_factory=dict)
    sizes_known: bool = True
    places_known: bool = True

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: slice | Mask) -> Batch:
        return dataclasses.replace(
            self,
            images=self.images[rows],
            image_sizes=self.image_sizes[rows],
            xyxy=self.xyxy[rows],
            labels=self.labels[rows],
            flags={flag: mask[rows] for flag, mask in self.flags.items()},
        )

    @staticmethod
    def concatenate(parts: Sequence[Batch]) -> Batch:
        """The boxes of batches of one source, one after another."""
        if len(parts) == 1:
            return parts[0]
        flags = dict.fromkeys(flag for part in parts for flag in part.flags)
        return dataclasses.replace(
            parts[0],
            images=Names.concatenate([part.images for part in parts]),
            image_sizes=np.concatenate([part.image_sizes for part in parts]),
            xyxy=np.concatenate([part.xyxy for part in parts]),
            labels=Names.concatenate([part.labels for part in parts]),
            flags={
                flag: np.concatenate(
                    [part.flags.get(flag, np.zeros(len(part), bool)) for part in parts]
                )
                for flag in flags
            },
        )


# What a source may say of a box; the reasons of `drop` beside "duplicate".
FLAGS = ("crowd", "difficult", "group", "ignored", "invalid")


@dataclasses.dataclass(frozen=True)
class Format:
    """A format of annotations: of files, or of objects of other libraries.

    Attributes:
        name: what `read_boxes(format=...)` takes.
        title: what people call it.
        detect: whether a path or an object looks like it; cheap, never raises.
        read: yields the boxes of a path or an object in batches. The second argument is the (width,
            height) of images whose size is not stated, or None. Raises `BoxesError` with its place.
        shards: the files of a folder that can be read one by one, as if each stood alone.
    """

    name: str
    title: str
    detect: Callable[[Any], bool]
    read: Callable[[Any, ImageSize | None], Iterator[Batch]]
    shards: Callable[[Path], list[Path]] = lambda path: [path]
