"""Small models, with and without metadata, and what is embedded into them."""

from __future__ import annotations

import numpy as np
from embed_models import (
    POSTPROCESS_OPTIONS,
    add_postprocess,
    decoding,
    heads_of_pixels,
    some_anchors,
)

from mediapipe_anchors import (
    SsdAnchorsOptions,
    embed_anchors,
    emit_graph,
    preset,
)
from mediapipe_anchors.presets.image_input import ImageInput, MappedBackBy
from mediapipe_anchors.tflite.associated_files import ZippedFile, join_files
from mediapipe_anchors.tflite.metadata import ENTRY, write_metadata_record

SHAPE = (12, 4, 3)
ANCHORS = some_anchors(12)
DECODE = decoding(*SHAPE)
NORMALIZATION = {"mean": 127.5, "std": 127.5}


def raw_model(shape=SHAPE, *, scores_first=False, record=None, files=(), names=None) -> bytes:
    model, image, boxes, scores = heads_of_pixels((8, 8), *shape)
    if names is not None:
        model.tensors[boxes].name, model.tensors[scores].name = names
    if record is not None:
        model.metadata[ENTRY] = write_metadata_record(record)
    outputs = [scores, boxes] if scores_first else [boxes, scores]
    return join_files(model.build([image], outputs), files)


def embedded(data=None, **more) -> bytes:
    arguments = {"anchors": ANCHORS, "decode": DECODE, **NORMALIZATION, **more}
    return embed_anchors(raw_model() if data is None else data, **arguments)


def postprocess_model(
    anchors=None, *, options=POSTPROCESS_OPTIONS, rows=12, **quantization
) -> bytes:
    model, image, boxes, scores = heads_of_pixels((8, 8), rows, 4, 4)
    anchors = np.zeros((rows, 4), np.float32) if anchors is None else anchors
    outputs = add_postprocess(model, boxes, scores, anchors, options, **quantization)
    return model.build([image], outputs)


OPTIONS = SsdAnchorsOptions(
    input_size_width=16,
    input_size_height=16,
    num_layers=1,
    strides=[8],
    min_scale=0.2,
    max_scale=0.9,
    aspect_ratios=[1.0, 2.0],
)


FILLED = {
    "name": "Detector",
    "author": "me",
    "license": "Apache",
    "min_parser_version": "1.6",
    "associated_files": [{"name": "more.txt", "type": 1}],
    "subgraph_metadata": [
        {
            "name": "main",
            "input_tensor_metadata": [
                {
                    "name": "picture",
                    "description": "of a cat",
                    "stats": {"max": [1.0], "min": [-1.0]},
                    "process_units": [
                        {"options_type": 1, "options": {"mean": [0.0], "std": [255.0]}}
                    ],
                }
            ],
            "output_tensor_metadata": [
                {"name": "raw boxes", "description": "offsets"},
                {
                    "name": "raw scores",
                    "associated_files": [
                        {"name": "classes.txt", "type": 2},
                        {"name": "klassen.txt", "type": 2, "locale": "de"},
                        {"name": "calibration.txt", "type": 4},
                    ],
                },
            ],
            "custom_metadata": [{"data": b"no name"}, {"name": "OTHER", "data": b"kept"}],
        }
    ],
}
FILES = (
    ZippedFile(b"more.txt", b"more"),
    ZippedFile(b"classes.txt", b"x\ny\nz\n"),
    ZippedFile(b"klassen.txt", b"X\nY\nZ\n"),
    ZippedFile(b"calibration.txt", b"1"),
)


def stretching_graph(tmp_path, decode, float_range=(-1.0, 1.0)):
    image = ImageInput(
        width=8, height=8, float_range=float_range, mapped_back_by=MappedBackBy.NOTHING
    )
    path = tmp_path / "graph.pbtxt"
    nms = preset("object_detector").nms
    text = emit_graph(model_path="m.tflite", anchors=OPTIONS, decode=decode, nms=nms, input=image)
    path.write_text(text)
    return path
