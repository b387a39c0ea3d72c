"""Models that decode themselves, with rows for more or fewer classes than are asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from flatbuffers import flexbuffers
from tflite_builder import ModelBuilder

from rule_cases import Danger, Flaw, Safe
from rule_cases.detector import (
    ANCHOR_ROWS,
    BOXES,
    DECODED_BY_MODEL,
    MODELS,
    SIDE,
    add_constants,
    decoder_node,
    detector,
    inference_node,
)

# Background, then two classes.
PROBABILITIES = np.array([[[0, 0.9, 0.5], [0, 0.4, 0.8], [0, 0.7, 0.3], [0, 0.2, 0.6]]])


def model(classes: int, name: str) -> str:
    """A model whose last operator is TFLite_Detection_PostProcess."""
    builder = ModelBuilder()
    image = builder.tensor((1, SIDE, SIDE, 3), name="image")
    boxes, scores = add_constants(builder, (BOXES, PROBABILITIES), ("float32", "float32"))
    anchors = builder.constant(
        ANCHOR_ROWS + np.arange(4)[:, np.newaxis] * [0.9, 0, 0, 0], "float32"
    )
    rows = 4 * classes
    outputs = [builder.tensor(shape) for shape in ((1, rows, 4), (1, rows), (1, rows), (1,))]
    options = {
        "max_detections": 4,
        "max_classes_per_detection": classes,
        "num_classes": 2,
        "nms_score_threshold": 0.1,
        "nms_iou_threshold": 0.6,
        "use_regular_nms": False,
        **dict.fromkeys(("x_scale", "y_scale", "w_scale", "h_scale"), 1.0),
    }
    custom = bytes(flexbuffers.Dumps(options))
    operator = "TFLite_Detection_PostProcess"
    builder.operator(operator, [boxes, scores, anchors], outputs, custom_options=custom)
    path = Path(MODELS) / f"{name}.tflite"
    path.write_bytes(builder.build([image], outputs))
    return str(path)


ONE_CLASS, TWO_CLASSES = model(1, "one_class_a_box"), model(2, "two_classes_a_box")


def decoded(path: str, classes: int) -> str:
    options = f"num_classes: 2 num_coords: 4 max_classes_per_detection: {classes}"
    return detector(
        DECODED_BY_MODEL,
        inference=inference_node(path),
        decoder=decoder_node(options, "", target="detections"),
    )


DANGERS = {
    "more classes of a box than it has rows": Danger(
        decoded(ONE_CLASS, 2), "max_classes_per_detection", "returned"
    ),
}
SAFE = {
    "a class of a box of one row": Safe(decoded(ONE_CLASS, 1)),
    "two classes of a box of two rows": Safe(decoded(TWO_CLASSES, 2)),
}
FLAWS = {
    "fewer classes of a box than it has rows": Flaw(
        "too-few-classes-per-detection",
        decoded(TWO_CLASSES, 1),
        decoded(TWO_CLASSES, 2),
        "max_classes_per_detection",
        "others",
    ),
    "more classes of a box than its rows": Flaw(
        "too-many-classes-per-detection",
        decoded(ONE_CLASS, 2),
        decoded(ONE_CLASS, 1),
        "max_classes_per_detection",
        traps=("decode_postprocessed: num * max_classes_per_detection beyond the tensors",),
    ),
}
