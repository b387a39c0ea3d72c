"""Models whose metadata MediaPipe Tasks ObjectDetector dies on, refuses, or finds nothing with."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tflite_builder import ModelBuilder, write_table

from mediapipe_anchors import SsdAnchorsOptions, TensorsToDetectionsOptions, generate_anchors
from mediapipe_anchors.tflite.associated_files import ZippedFile, join_files
from mediapipe_anchors.tflite.detector_metadata import write_detector_metadata
from mediapipe_anchors.tflite.metadata import write_metadata_record
from rule_cases.detector import ANCHORS, BOXES, MODELS, SCORES, SIDE, add_constants

ANCHOR_TABLE = generate_anchors(SsdAnchorsOptions.from_pbtxt(ANCHORS))
DECODING = TensorsToDetectionsOptions(
    num_classes=1,
    num_boxes=4,
    num_coords=4,
    x_scale=1,
    y_scale=1,
    w_scale=1,
    h_scale=1,
    sigmoid_score=True,
)
IMAGE = {"process_units": [{"options_type": 1, "options": {"mean": [127.5], "std": [127.5]}}]}
LOCATION = {
    "name": "location",
    "content": {
        "content_properties_type": 3,
        "content_properties": {"index": [0, 1, 2, 3], "type": 1, "coordinate_type": 0},
    },
}
SCORE = {"name": "score", "associated_files": [{"name": "labels.txt", "type": 2}]}
POINT = np.full((1, 4, 2), 0.3)


@dataclasses.dataclass(frozen=True)
class TasksFlaw:
    """A model that is bad for Tasks.

    Attributes:
        code, field: of what is found in it, beside a graph that is sound with it.
        model: the file.
        shows: what Tasks does with it: "died", "refused" in the words of the rule, "none": finds
            nothing, or "others" than in a sound model.
        beside: codes of what is found besides.
    """

    code: str
    field: str
    model: bytes
    shows: str
    beside: tuple[str, ...] = ()


def tasks_model(
    decode: TensorsToDetectionsOptions = DECODING,
    anchors: npt.NDArray[np.float32] = ANCHOR_TABLE,
    *,
    outputs: Sequence[npt.ArrayLike] = (BOXES, SCORES),
    dtypes: Sequence[str] = ("float32", "float32"),
    image: dict[str, Any] = IMAGE,
    described: Sequence[dict[str, Any]] = (LOCATION, SCORE),
    labels: bytes = b"cat\n",
    custom: bytes | None = None,
    entry: str = "DETECTOR_METADATA",
) -> bytes:
    """A model that Tasks runs, but for what is given otherwise."""
    builder = ModelBuilder()
    image_tensor = builder.tensor((1, SIDE, SIDE, 3), name="image")
    made = add_constants(builder, outputs, dtypes)
    data = write_detector_metadata(anchors, decode) if custom is None else custom
    graph = {
        "input_tensor_metadata": [image],
        "output_tensor_metadata": list(described),
        "custom_metadata": [{"name": entry, "data": data}],
    }
    record = {"name": "Made for a test", "subgraph_metadata": [graph]}
    builder.metadata["TFLITE_METADATA"] = write_metadata_record(record)
    return join_files(builder.build([image_tensor], made), [ZippedFile(b"labels.txt", labels)])


def without_decoding() -> bytes:
    """Detector metadata with nothing but a version."""
    import flatbuffers

    builder = flatbuffers.Builder(64)
    builder.Finish(write_table(builder, {0: ("text", "1.0.0")}), b"V001")
    return bytes(builder.Output())


def with_decoding(**changes: Any) -> bytes:
    return tasks_model(dataclasses.replace(DECODING, **changes))


def with_location(**properties: int) -> bytes:
    location = copy.deepcopy(LOCATION)
    location["content"]["content_properties"] |= properties  # type: ignore[index]
    return tasks_model(described=(location, SCORE))


SOUND = tasks_model()

FLAWS = {
    "no decoding": TasksFlaw(
        "tasks-metadata-damaged",
        "DETECTOR_METADATA",
        tasks_model(custom=without_decoding()),
        "died",
    ),
    "no values of a keypoint": TasksFlaw(
        "tasks-decoding-invalid",
        "DETECTOR_METADATA.num_values_per_keypoint",
        with_decoding(num_values_per_keypoint=0),
        "died",
    ),
    "columns that are not keypoints": TasksFlaw(
        "tasks-decoding-invalid",
        "DETECTOR_METADATA.num_coords",
        with_decoding(num_keypoints=1),
        "died",
        beside=("tasks-keypoints-over-box",),
    ),
    "an anchor too few": TasksFlaw(
        "tasks-too-few-anchors",
        "DETECTOR_METADATA.anchors",
        tasks_model(anchors=ANCHOR_TABLE[:3]),
        "returned",
    ),
    "a box too few": TasksFlaw(
        "tasks-decoding-not-of-model",
        "DETECTOR_METADATA.num_boxes",
        with_decoding(num_boxes=3),
        "refused",
    ),
    "a class too many": TasksFlaw(
        "tasks-decoding-not-of-model",
        "DETECTOR_METADATA.num_classes",
        with_decoding(num_classes=2),
        "refused",
        beside=("tasks-labels-miscounted",),
    ),
    "names in the other order": TasksFlaw(
        "tasks-decoding-not-of-model",
        "DETECTOR_METADATA.num_coords",
        tasks_model(described=({**LOCATION, "name": "score"}, {**SCORE, **LOCATION})),
        "refused",
    ),
    "no scale": TasksFlaw(
        "tasks-scales-unset",
        "DETECTOR_METADATA.x_scale",
        with_decoding(x_scale=0),
        "none",
        beside=("decoding-not-of-model",),
    ),
    "keypoints over the box": TasksFlaw(
        "tasks-keypoints-over-box",
        "DETECTOR_METADATA.keypoint_coord_offset",
        tasks_model(
            dataclasses.replace(DECODING, num_keypoints=1, num_coords=6),
            outputs=(np.concatenate([BOXES, POINT], 2), SCORES),
        ),
        "others",
        beside=("num-coords-not-columns",),
    ),
    "outputs of int8": TasksFlaw(
        "tasks-output-types",
        "outputs",
        tasks_model(dtypes=("int8", "int8")),
        "refused",
        beside=("model-outputs-quantized",),
    ),
    "outputs of two types": TasksFlaw(
        "tasks-output-types",
        "outputs",
        tasks_model(dtypes=("float32", "uint8")),
        "refused",
        beside=("model-outputs-quantized",),
    ),
    "an output that is not described": TasksFlaw(
        "tasks-outputs-undescribed",
        "output_tensor_metadata",
        tasks_model(described=(LOCATION,)),
        "refused",
    ),
    "a location of no kind": TasksFlaw(
        "tasks-box-properties",
        "output_tensor_metadata.content",
        tasks_model(described=({"name": "location"}, SCORE)),
        "refused",
    ),
    "boxes that are not boundaries": TasksFlaw(
        "tasks-box-properties", "output_tensor_metadata.content", with_location(type=3), "refused"
    ),
    "boxes in pixels": TasksFlaw(
        "tasks-box-properties",
        "output_tensor_metadata.content",
        with_location(coordinate_type=1),
        "refused",
    ),
    "no mean and std": TasksFlaw(
        "tasks-normalization-missing",
        "input_tensor_metadata.process_units",
        tasks_model(image={}),
        "refused",
    ),
    "a label too many": TasksFlaw(
        "tasks-labels-miscounted", "labels", tasks_model(labels=b"background\ncat\n"), "others"
    ),
}


def write(model: bytes) -> Path:
    """A file of it."""
    path = Path(MODELS) / "for_tasks.tflite"
    path.write_bytes(model)
    return path
