"""Time and peak memory of reading many boxes: `python benchmarks/read_boxes.py [BOXES ...]`.

Writes boxes to a CSV and a Parquet file (the extra "parquet"; `box_tables`) and to a COCO JSON file
with polygons, 600 bytes a box, in a temporary folder; then reads each in a process of its own: by
`iter_boxes`, asking for the width and height of each box, and by `sketch_boxes`. "none" is a
process that imports what the others import, and reads nothing.
"""

from __future__ import annotations

import importlib
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from box_tables import BOXES_AN_IMAGE, write_tables

INPUT_SIZE = (300, 300)
MOST_COCO = 1_000_000  # boxes; more would be several GB of text


def write_coco(folder: Path, count: int) -> Path:
    """Boxes with the polygons that COCO has beside them."""
    random = np.random.default_rng(0)
    polygons = [json.dumps([random.uniform(0, 640, 60).round(2).tolist()]) for _ in range(100)]
    path = folder / f"{count}.json"
    with path.open("w", encoding="utf-8") as file:
        file.write('{"annotations": [')
        for box in range(count):
            bbox = [box % 500, box % 300, 9 + box % 131, 9 + box % 171]
            record = (
                f'{{"segmentation": {polygons[box % 100]}, "area": 99.5, "iscrowd": 0, '
                f'"image_id": {box // BOXES_AN_IMAGE}, "bbox": {bbox}, '
                f'"category_id": {box % 80}, "id": {box}}}'
            )
            file.write(f", {record}" if box else record)
        images = [
            {"id": number, "file_name": f"{number:012d}.jpg", "width": 640, "height": 480}
            for number in range(count // BOXES_AN_IMAGE + 1)
        ]
        file.write(f'], "images": {json.dumps(images)}}}')
    return path


def read(how: str, path: str) -> None:
    """In a process of its own: print boxes, seconds and peak MiB."""
    for module in ("pyarrow.csv", "pyarrow.parquet", "mediapipe_anchors.fit.sketch"):
        importlib.import_module(module)  # so that the time is that of reading
    from mediapipe_anchors import iter_boxes, sketch_boxes

    start = time.perf_counter()
    boxes = 0
    if how == "iter":
        boxes = sum(len(chunk.wh(INPUT_SIZE)) for chunk in iter_boxes(path))
    elif how == "sketch":
        boxes = sketch_boxes(path, input_size=INPUT_SIZE).sketch.num_boxes
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(boxes, seconds, peak)


def measure(how: str, path: Path, boxes: int) -> None:
    """Print a row of the table."""
    command = [sys.executable, __file__, "--read", how, str(path)]
    found, seconds, peak = subprocess.check_output(command, text=True).split()
    assert how == "none" or int(found) == boxes, found
    size = path.stat().st_size / 1e6 if path.exists() else 0
    print(
        f"{how:7} {path.suffix[1:]:8} {boxes:11,} {size:9,.1f} {float(seconds):9.2f} {peak:>9}",
        flush=True,
    )


def main(counts: list[int]) -> None:
    """Write and read each number of boxes."""
    print("how     format         boxes   file MB   seconds  peak MiB")
    measure("none", Path("none"), 0)
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            paths = write_tables(Path(folder), count)
            if count <= MOST_COCO:
                paths.append(write_coco(Path(folder), count))
            for path in paths:
                for how in ("iter", "sketch"):
                    measure(how, path, count)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        read(*sys.argv[2:])
    else:
        main([int(each) for each in sys.argv[1:]] or [100_000, 1_000_000, 10_000_000])
