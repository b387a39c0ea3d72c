"""Writes the inputs that fuzzing begins with: python tests/fuzz/seeds.py.

Those of the core (corpus/ of its kernels) are no work of a hand: libFuzzer picked them.
"""

from __future__ import annotations

import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path[:0] = [str(Path(__file__).parents[1])]
import embed_samples  # noqa: E402
from fuzz.harnesses import CORPUS, anchors, boxes, graph  # noqa: E402
from graph_texts import KNOWN, UNKNOWN  # noqa: E402
from tflite_builder import ModelBuilder, ssd_model  # noqa: E402

from mediapipe_anchors import Graph, embed_anchors, write_anchors  # noqa: E402
from mediapipe_anchors.anchors import COLUMNS  # noqa: E402

ROWS = np.array([[0.5, 0.25, 1, 1e-9], [1.5, -2, np.inf, np.nan]], np.float32)


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
    columns = b'"columns": ["h", "w", "y_center", "x_center", "z"]'
    yield "more.json", b"\1{" + columns + b', "anchors": [[1, 2, 3, 4, 5]]}'


def annotation_files() -> Iterator[tuple[str, bytes]]:
    for index, way in enumerate(boxes.WAYS):
        yield way.file, bytes([index]) + way.seed


def graphs() -> Iterator[tuple[str, bytes]]:
    yield "known.pbtxt", KNOWN.encode()
    yield "unknown.pbtxt", UNKNOWN.encode()
    yield "known.binarypb", Graph.read(KNOWN).to_binary()
    for kind, options in graph.CHANGED.items():
        calculator = kind.__name__.replace("Options", "Calculator")
        with_options = Graph.read(f'node {{ calculator: "{calculator}" }}\n')
        with_options.nodes[0].set_options(options)
        yield f"{calculator}.pbtxt", with_options.to_text().encode()
        yield f"{calculator}.binarypb", with_options.to_binary()


def linted() -> Iterator[tuple[str, bytes]]:
    yield "known.pbtxt", KNOWN.encode()
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


def models() -> Iterator[tuple[str, bytes]]:
    yield "two_outputs.tflite", ssd_model((8, 8), (8,), (1,))
    model = ModelBuilder()
    image = model.tensor((1, 2, 2, 3), "uint8", name="image", scale=0.5, signature=[-1, 2, 2, 3])
    flat = model.dequantize(model.reshape(image, (1, 12), "flat"))
    constants = model.constant(np.zeros((1, 4)), "float32")
    ends = [model.tensor((), name=f"end:{number}") for number in range(4)]
    options = bytes.fromhex("6e756d5f636c6173736573000101120104022401")  # {"num_classes": 1}
    model.operator("TFLite_Detection_PostProcess", [flat, constants], ends, custom_options=options)
    model.metadata["TFLITE_METADATA"] = b"about the model"
    yield "four_outputs.tflite", model.build([image], ends)


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


SEEDS = {
    "anchors": anchor_files,
    "boxes": annotation_files,
    "embed": embedded_models,
    "graph": graphs,
    "lint": linted,
    "tflite": models,
}


def main() -> None:
    for name, seeds in SEEDS.items():
        folder = CORPUS / name
        folder.mkdir(exist_ok=True, parents=True)
        for file, data in seeds():
            (folder / file).write_bytes(data)


if __name__ == "__main__":
    main()
