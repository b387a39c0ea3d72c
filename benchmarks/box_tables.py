"""Boxes as a real data set has them, any number of them, for the benchmarks beside this file.

Each image has eight boxes of some of eighty classes. A class has a size and an aspect ratio of its
own, around which its boxes scatter, from two pixels to the whole image; images have one of five
sizes. Corners have two digits, as those of COCO. The same boxes come out on each run.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

BOXES_AN_IMAGE = 8
CLASSES = 80
IMAGE_SIZES = np.array([(640, 480), (480, 640), (500, 375), (640, 427), (1280, 720)])
ROWS = 500_000  # made at a time

Floats = npt.NDArray[np.float64]


def make_boxes(first: int, count: int) -> tuple[npt.NDArray[np.int64], Floats, Floats]:
    """Boxes `first` to `first + count`: class [n], image size [n, 2], corners in pixels [n, 4]."""
    of_class, random = np.random.default_rng(0), np.random.default_rng((1, first))
    side = of_class.normal(np.log(0.15), 0.7, CLASSES)  # log of a fraction of the image
    aspect = of_class.normal(0, 0.5, CLASSES)
    share = 1 / np.arange(1, CLASSES + 1)
    classes = random.choice(CLASSES, count, p=share / share.sum())
    sides = side[classes] + random.normal(0, 0.7, count)
    aspects = aspect[classes] + random.normal(0, 0.3, count)
    images = np.arange(first, first + count) // BOXES_AN_IMAGE
    sizes = IMAGE_SIZES[images % len(IMAGE_SIZES)].astype(float)
    scale = np.sqrt(sizes.prod(axis=1))
    wh = np.exp([sides + aspects / 2, sides - aspects / 2]).T * scale[:, None]
    wh = wh.clip(2, sizes)
    low = (random.uniform(0, 1, (count, 2)) * (sizes - wh)).round(2)
    return classes, sizes, np.concatenate([low, (low + wh).round(2)], axis=1)


def table(first: int, count: int) -> Any:
    """The same boxes as a pyarrow table, with the columns that `read_boxes` takes."""
    import pyarrow as pa

    classes, sizes, xyxy = make_boxes(first, count)
    image = pa.array(
        f"train/{box // BOXES_AN_IMAGE:012d}.jpg" for box in range(first, first + count)
    )
    label = pa.array([f"class {number}" for number in range(CLASSES)])
    columns = {"image": image, "width": sizes[:, 0], "height": sizes[:, 1]}
    columns |= dict(zip(("xmin", "ymin", "xmax", "ymax"), xyxy.T, strict=True))
    return pa.table(columns | {"label": label.take(pa.array(classes))})


def write_tables(folder: Path, count: int) -> list[Path]:
    """`count` boxes as a CSV and as a Parquet file (the extra "parquet")."""
    from pyarrow.csv import CSVWriter
    from pyarrow.parquet import ParquetWriter

    paths = [folder / f"{count}.csv", folder / f"{count}.parquet"]
    schema = table(0, 1).schema
    with CSVWriter(paths[0], schema) as csv, ParquetWriter(paths[1], schema) as parquet:
        for first in range(0, count, ROWS):
            part = table(first, min(ROWS, count - first))
            csv.write_table(part)
            parquet.write_table(part)
    return paths
