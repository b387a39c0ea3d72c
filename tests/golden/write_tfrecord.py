"""Writes boxes.record with TensorFlow: `python tests/golden/write_tfrecord.py`.

Two images as the dataset tools of the TensorFlow Object Detection API write them, and one that
holds no box. Needs the extra "tensorflow"; the test only reads the result.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

PATH = Path(__file__).with_name("boxes.record")

IMAGES: list[dict[str, Any]] = [
    {
        "image/height": [480],
        "image/width": [640],
        "image/filename": [b"a.jpg"],
        "image/source_id": [b"1"],
        "image/encoded": [b"\xff\xd8 the image itself is not read"],
        "image/format": [b"jpeg"],
        "image/object/bbox/xmin": [0.25, 0.0, 0.5],
        "image/object/bbox/xmax": [0.5, 1.0, 0.75],
        "image/object/bbox/ymin": [0.125, 0.0, 0.5],
        "image/object/bbox/ymax": [0.25, 1.0, 0.625],
        "image/object/class/text": [b"cat", b"people", b"dog"],
        "image/object/class/label": [1, 2, 3],
        "image/object/is_crowd": [0, 1, 0],
        "image/object/difficult": [0, 0, 1],
        "image/object/group_of": [0, 0, 0],
    },
    {
        "image/height": [100],
        "image/width": [200],
        "image/filename": [b"empty.jpg"],
        "image/object/bbox/xmin": [],
        "image/object/bbox/xmax": [],
        "image/object/bbox/ymin": [],
        "image/object/bbox/ymax": [],
        "image/object/class/text": [],
        "image/object/class/label": [],
    },
    {
        "image/height": [100],
        "image/width": [200],
        "image/source_id": [b"7"],
        "image/object/bbox/xmin": [0.5],
        "image/object/bbox/xmax": [0.75],
        "image/object/bbox/ymin": [0.5],
        "image/object/bbox/ymax": [1.0],
        "image/object/class/label": [3],
    },
]


def write(path: Path, compression: str = "") -> None:
    """Write `IMAGES` to a TFRecord file; `compression` is "" or "GZIP"."""
    import tensorflow as tf

    kinds = {
        int: lambda values: tf.train.Feature(int64_list=tf.train.Int64List(value=values)),
        float: lambda values: tf.train.Feature(float_list=tf.train.FloatList(value=values)),
        bytes: lambda values: tf.train.Feature(bytes_list=tf.train.BytesList(value=values)),
    }
    with tf.io.TFRecordWriter(str(path), compression or None) as writer:
        for image in IMAGES:
            feature = {
                name: kinds[type(values[0]) if values else _kind(name)](values)
                for name, values in image.items()
            }
            example = tf.train.Example(features=tf.train.Features(feature=feature))
            writer.write(example.SerializeToString(deterministic=True))


def _kind(name: str) -> type:
    return float if "bbox" in name else bytes if "text" in name else int


if __name__ == "__main__":
    write(PATH)
