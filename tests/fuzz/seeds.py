"""Writes the inputs that fuzzing begins with: python tests/fuzz/seeds.py.

Those of the core (corpus/ of its kernels) are no work of a hand: libFuzzer picked them.
"""

from __future__ import annotations

import io
import itertools
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path[:0] = [str(Path(__file__).parents[1])]
import detector_models as made  # noqa: E402
import embed_samples  # noqa: E402
from embed_models import add_postprocess  # noqa: E402
from flatbuffers import flexbuffers  # noqa: E402
from fuzz.harnesses import CORPUS, MARK, anchors, boxes, graph  # noqa: E402
from graph_texts import KNOWN, UNKNOWN  # noqa: E402
from tflite_builder import ModelBuilder, ssd_model  # noqa: E402

from mediapipe_anchors import (  # noqa: E402
    Graph,
    TensorsToDetectionsOptions,
    embed_anchors,
    write_anchors,
)
from mediapipe_anchors.anchors import COLUMNS  # noqa: E402
from mediapipe_anchors.tflite import read_model  # noqa: E402
from mediapipe_anchors.tflite.associated_files import join_files, split_files  # noqa: E402
from mediapipe_anchors.tflite.detector_metadata import DETECTOR  # noqa: E402
from mediapipe_anchors.tflite.metadata import ENTRY, read_metadata  # noqa: E402

ROWS = np.array([[0.5, 0.25, 1, 1e-9], [1.5, -2, np.inf, np.nan]], np.float32)


def repeated(head: bytes, unit: bytes, tail: bytes = b"") -> bytes:
    """An input that `expand` makes large."""
    return MARK.join([head, unit, tail, b""])


def npy(array: npt.NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def anchor_files() -> Iterator[tuple[str, bytes]]:
    with tempfile.TemporaryDirectory() as folder:
        for index, suffix in enumerate(anchors.SUFFIXES):
            path = Path(folder, f"anchors{suffix}")
            write_anchors(path, ROWS)
            yield f"ours{suffix}", bytes([index]) + path.read_bytes()
    doubles = np.zeros(2, [(name, np.float64) for name in COLUMNS])
    yield "plain.npy", b"\2" + npy(ROWS)
    yield "doubles.npy", b"\2" + npy(doubles)
    yield "order.csv", b"\0h,w,y_center,x_center\r\n1,2,3,4\r\n"
    yield "quoted.csv", b'\0"x_center","y_center","w","h"\n"1","2","3","4"\n'
    yield "repeated.csv", repeated(b"\0x_center,y_center,w,h\n", b"1,2,3,4\n")
    columns = b'"columns": ["h", "w", "y_center", "x_center", "z"]'
    yield "more.json", b"\1{" + columns + b', "anchors": [[1, 2, 3, 4, 5]]}'


def annotation_files() -> Iterator[tuple[str, bytes]]:
    for index, way in enumerate(boxes.WAYS):
        seed = bytes([index]) + way.seed
        yield way.file, seed
        if b"\n" in seed and MARK not in seed:
            yield f"repeated-{way.file}", repeated(seed, seed[1:].splitlines(keepends=True)[-1])
    yield (
        "repeated-record.json",
        repeated(b'\0{"annotations": [', b'{"bbox": [1, 2, 3, 4]},', b"]}"),
    )
    voc = next(index for index, way in enumerate(boxes.WAYS) if way.format == "voc")
    yield "repeated-object.xml", repeated(bytes([voc]) + b"<annotation>", b"<object>")


def graphs() -> Iterator[tuple[str, bytes]]:
    yield "known.pbtxt", KNOWN.encode()
    yield "unknown.pbtxt", UNKNOWN.encode()
    yield "known.binarypb", Graph.read(KNOWN).to_binary()
    yield "repeated-nodes.pbtxt", repeated(KNOWN.encode(), b'node { calculator: "X" }\n')
    yield "repeated-strings.pbtxt", repeated(b'type: "a"', b' "\\n"', b"\n")
    yield "repeated-blocks.pbtxt", repeated(b"node { ", b"options { ")
    for kind, options in graph.CHANGED.items():
        calculator = kind.__name__.replace("Options", "Calculator")
        with_options = Graph.read(f'node {{ calculator: "{calculator}" }}\n')
        with_options.nodes[0].set_options(options)
        yield f"{calculator}.pbtxt", with_options.to_text().encode()
        yield f"{calculator}.binarypb", with_options.to_binary()


def linted() -> Iterator[tuple[str, bytes]]:
    yield "known.pbtxt", KNOWN.encode()
    chain = b'node { calculator: "PassThroughCalculator" input_stream: "a" output_stream: "a" }\n'
    yield "repeated.pbtxt", repeated(KNOWN.encode(), chain)
    yield (
        "subgraph.pbtxt",
        b"""input_stream: "image"
output_stream: "faces"
node {
  calculator: "FaceDetectionShortRangeCpu"
  input_stream: "IMAGE:image"
  output_stream: "DETECTIONS:faces"
}
""",
    )


def model_of_rows(*, with_postprocess: bool) -> bytes:
    """Three rows of four numbers and four classes, which are pixels of a uint8 image."""
    model = ModelBuilder()
    image = model.tensor((1, 2, 2, 3), "uint8", name="image", scale=0.5, signature=[-1, 2, 2, 3])
    flat = model.dequantize(model.reshape(image, (1, 12), "flat"))
    ends = [model.reshape(flat, (1, 3, 4), "boxes"), model.reshape(flat, (1, 3, 4), "scores")]
    if with_postprocess:
        ends = add_postprocess(model, *ends, np.zeros((3, 4), np.float32))
    return model.build([image], ends)


def models() -> Iterator[tuple[str, bytes]]:
    yield "two_outputs.tflite", ssd_model((8, 8), (8,), (1,))
    four, two = model_of_rows(with_postprocess=True), model_of_rows(with_postprocess=False)
    yield "four_outputs.tflite", four
    anchors = np.full((3, 4), 0.5, np.float32)
    yield "with_anchors.tflite", embed_anchors(four, anchors, labels=["a", "b", "c"])
    scales = dict.fromkeys(("x_scale", "y_scale", "w_scale", "h_scale"), 1.0)
    decode = TensorsToDetectionsOptions(num_classes=4, num_boxes=3, num_coords=4, **scales)
    yield "with_metadata.tflite", embed_anchors(two, anchors, decode, labels=list("abcd"))


def parts_of_models() -> Iterator[tuple[str, bytes]]:
    whole = dict(models())["with_metadata.tflite"]
    files = split_files(whole)[1]
    read = read_model(whole)
    metadata = read_metadata(read)
    assert metadata is not None
    yield "metadata", b"\0" + read.metadata[ENTRY]
    yield "detector", b"\1" + metadata.custom[DETECTOR]
    yield "options", b"\3" + flexbuffers.Dumps({"num_classes": 3, "y_scale": 10.0, "name": "x"})
    yield "files", b"\4" + join_files(b"model", files)
    yield "labels", "\5cat\ndog\r\nΩ\n".encode()


def embedded_models() -> Iterator[tuple[str, bytes]]:
    labels = ["a", "b", "c"]
    yield "metadata.tflite", embed_samples.embedded(labels=labels)
    files = embed_samples.FILES
    yield "files.tflite", embed_samples.raw_model(record=embed_samples.FILLED, files=files)
    model = embed_samples.postprocess_model()
    anchors = embed_samples.ANCHORS
    yield "postprocess.tflite", embed_anchors(model, anchors, labels=labels, mean=0, std=1)
    quantised = np.zeros((12, 4), np.uint8)
    model = embed_samples.postprocess_model(quantised, scale=1 / 512, zero_point=3)
    yield "quantised.tflite", model


def detectors() -> Iterator[tuple[str, bytes]]:
    """Small ones, by the ways of converters, and what is no detector."""
    for way in (made.squeezed_rows, made.channels_first_rows, made.padded_rows, made.strided_rows):
        small = made.simple(way, strides=(32,), anchors=(2,))
        yield f"{way.__name__}.tflite", small
    yield "apart.tflite", made.apart(grids=True, strides=(32, 64), anchors=(1, 2))
    yield "post_processed.tflite", made.postprocessed(np.ones((468, 4), np.float32))
    yield (
        "quantised.tflite",
        made.simple(made.packed_rows, made.quantised("int8"), strides=(32,), anchors=(2,)),
    )
    yield "yolo.tflite", made.outputs_alone((1, 500, 7))
    yield "landmarks.tflite", made.outputs_alone((1, 63), (1, 1), last="LOGISTIC")


SEEDS = {
    "anchors": anchor_files,
    "boxes": annotation_files,
    "embed": embedded_models,
    "graph": graphs,
    "lint": linted,
    "tflite": lambda: itertools.chain(models(), detectors()),
    "model_parts": parts_of_models,
}


def main() -> None:
    for name, seeds in SEEDS.items():
        folder = CORPUS / name
        folder.mkdir(exist_ok=True, parents=True)
        for file, data in seeds():
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    main()
