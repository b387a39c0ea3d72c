"""What a model states of itself: metadata, anchors in it, and whether MediaPipe Tasks takes it."""

from __future__ import annotations

import copy
import dataclasses

import detector_models as made
import numpy as np
import pytest
from tflite_builder import ModelBuilder, ssd_model

from mediapipe_anchors import GridLayout, embed_anchors
from mediapipe_anchors.inspection import ModelReport, inspect_model
from mediapipe_anchors.options import TensorsToDetectionsOptions
from mediapipe_anchors.tflite.associated_files import ZippedFile, join_files
from mediapipe_anchors.tflite.detector_metadata import write_detector_metadata
from mediapipe_anchors.tflite.metadata import write_metadata_record

DECODE = TensorsToDetectionsOptions(
    num_classes=3,
    num_boxes=468,
    num_coords=4,
    x_scale=10,
    y_scale=10,
    w_scale=5,
    h_scale=5,
    apply_exponential_on_box_size=True,
    sigmoid_score=True,
)
ANCHORS = made.some_anchors()
LOCATION = {
    "name": "location",
    "content": {
        "content_properties_type": 3,
        "content_properties": {"index": [0, 1, 2, 3], "type": 1, "coordinate_type": 0},
    },
}
SCORE = {"name": "score", "associated_files": [{"name": "labels.txt", "type": 2}]}
IMAGE = {
    "name": "image",
    "process_units": [{"options_type": 1, "options": {"mean": [127.5], "std": [127.5]}}],
}


def record(decode: TensorsToDetectionsOptions = DECODE, anchors: np.ndarray = ANCHORS) -> dict:
    data = write_detector_metadata(anchors, decode)
    return {
        "name": "Mine",
        "subgraph_metadata": [
            {
                "input_tensor_metadata": [copy.deepcopy(IMAGE)],
                "output_tensor_metadata": [copy.deepcopy(LOCATION), copy.deepcopy(SCORE)],
                "custom_metadata": [{"name": "DETECTOR_METADATA", "data": data}],
            }
        ],
    }


def report_of(metadata: dict | None, *, finish=None, swapped: bool = False) -> ModelReport:
    model = ModelBuilder()
    image = made.image_of(model)
    ends = []
    for name, parts in zip(
        ("one", "two"), made.heads(model, image, made.plain_rows, columns=(4, 3)), strict=True
    ):
        rows = made.joined(model, parts, name)
        ends.append(rows if finish is None else finish(model, rows, 0, model.shape(rows)[2]))
    if metadata is not None:
        model.metadata["TFLITE_METADATA"] = write_metadata_record(metadata)
    data = model.build([image], ends[::-1] if swapped else ends)
    return inspect_model(join_files(data, [ZippedFile(b"labels.txt", b"cat\ndog\n")]))


def test_what_is_in_it():
    report = report_of(record())
    found = report.metadata
    assert found is not None
    assert found.name == "Mine"
    assert found.tables == ("TFLITE_METADATA", "DETECTOR_METADATA")
    assert found.num_labels == 2
    assert (found.mean, found.std) == ((127.5,), (127.5,))
    assert found.output_names == ("location", "score")
    assert found.options["num_fixed_anchors"] == 468
    assert found.options["x_scale"] == 10
    assert found.tasks == ()
    np.testing.assert_array_equal(report.anchors, ANCHORS)
    assert report.anchors_source == "DETECTOR_METADATA"
    assert report.decode is not None
    assert (report.decode.x_scale, report.decode.w_scale) == (10, 5)
    assert report.unknown == ()
    assert report.heads is not None
    assert report.heads.background.startswith("class 0 is the background: 2 labels")
    row = report.row(467)
    assert row.anchor == tuple(ANCHORS[467].tolist())
    assert row.cell == (2, 1)


def without(*path: str) -> dict:
    """The metadata less one of its parts."""
    found = record()
    part = found["subgraph_metadata"][0]
    for key in path[:-1]:
        part = part[int(key)] if key.isdecimal() else part[key]
    del part[int(path[-1]) if path[-1].isdecimal() else path[-1]]
    return found


def named(*names: str) -> dict:
    found = record()
    outputs = found["subgraph_metadata"][0]["output_tensor_metadata"]
    for entry, name in zip(outputs, names, strict=True):
        entry["name"] = name
    return found


def replaced(**changes: object) -> dict:
    return record(dataclasses.replace(DECODE, **changes))


OUTPUTS = "output_tensor_metadata"


@pytest.mark.parametrize(
    ("metadata", "words"),
    [
        (None, "no TFLite metadata"),
        (without("input_tensor_metadata"), "does not state mean and std"),
        (without("input_tensor_metadata", "0", "process_units"), "does not state mean and std"),
        (without(OUTPUTS, "1"), "describes 1 outputs of 2"),
        (without(OUTPUTS, "0", "content"), "no BoundingBoxProperties"),
        (without("custom_metadata", "0"), "has no DETECTOR_METADATA"),
        (named("score", "location"), "Tasks takes them for scores, boxes"),
        (replaced(num_values_per_keypoint=0), "the process aborts"),
        (replaced(h_scale=0), "a scale in DETECTOR_METADATA is 0"),
        (replaced(num_boxes=467), "468 anchors for num_boxes: 467"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_tasks_says_against_it(metadata, words):
    report = report_of(metadata)
    assert report.metadata is not None
    assert any(words in text for text in report.metadata.tasks), report.metadata.tasks


def test_boxes_that_are_not_boundaries():
    metadata = record()
    outputs = metadata["subgraph_metadata"][0][OUTPUTS]
    outputs[0]["content"]["content_properties"]["type"] = 2
    found = report_of(metadata).metadata
    assert found is not None
    assert found.tasks == ("the BoundingBoxProperties of its boxes are not BOUNDARIES in RATIO",)


def test_scores_first_and_names_that_say_nothing():
    found = report_of(named("a", "b"), swapped=True).metadata
    assert found is not None
    assert any("for boxes, scores, as their names" in text for text in found.tasks)
    swapped = named("score", "location")
    outputs = swapped["subgraph_metadata"][0][OUTPUTS]
    outputs[0].pop("content")
    outputs[1]["content"] = LOCATION["content"]
    found = report_of(swapped, swapped=True).metadata
    assert found is not None
    assert found.tasks == ()


def test_int8_outputs():
    found = report_of(record(), finish=made.quantised("int8")).metadata
    assert found is not None
    assert found.tasks == ("its outputs are int8, int8, not all float32 or all uint8",)
    found = report_of(record(), finish=made.quantised("uint8")).metadata
    assert found is not None
    assert found.tasks == ()


def test_anchors_of_another_number_are_not_taken():
    report = report_of(record(anchors=ANCHORS[:400]))
    assert report.anchors is None
    assert any("400 anchors for 468 rows" in note for note in report.notes)


@pytest.mark.parametrize("name", ["TFLITE_METADATA", "DETECTOR_METADATA"])
def test_damaged_metadata_are_told_and_the_rest_is(name):
    metadata = record()
    if name == "DETECTOR_METADATA":
        custom = metadata["subgraph_metadata"][0]["custom_metadata"]
        custom[0]["data"] = custom[0]["data"][:40]
        report = report_of(metadata)
    else:
        model = ModelBuilder()
        image = made.image_of(model)
        ends = [
            made.joined(model, parts, end)
            for end, parts in zip("ab", made.heads(model, image, made.plain_rows), strict=True)
        ]
        model.metadata[name] = write_metadata_record(metadata)[:60]
        report = inspect_model(model.build([image], ends))
    assert any("cannot be read" in note for note in report.notes)
    assert report.heads is not None
    assert len(report.heads.maps) == 3


def test_no_metadata_of_what_is_no_detector():
    assert inspect_model(made.outputs_alone((1, 1000))).metadata is None
    found = inspect_model(ssd_model()).metadata
    assert found is not None
    assert found.tables == ()


@pytest.mark.parametrize("scores_first", [False, True])
def test_what_embed_wrote(scores_first):
    """Nothing in it speaks against Tasks, and the anchors are told again."""
    layout = GridLayout((128, 96), (16, 32), (1, 2))
    anchors = layout.place([[0.1, 0.2], [0.3, 0.1], [0.5, 0.4]])
    decode = dataclasses.replace(DECODE, num_boxes=layout.num_anchors, num_classes=7)
    model = ssd_model((128, 96), (16, 32), (1, 2), num_classes=7, scores_first=scores_first)
    labels = [f"thing {number}" for number in range(7)]
    report = inspect_model(
        embed_anchors(model, anchors, decode, labels=labels, mean=127.5, std=127.5)
    )
    assert report.metadata is not None
    assert report.metadata.tasks == ()
    assert report.metadata.num_labels == 7
    np.testing.assert_array_equal(report.anchors, anchors)
    assert report.decode is not None
    for field in ("num_boxes", "num_classes", "x_scale", "w_scale", "sigmoid_score"):
        assert getattr(report.decode, field) == getattr(decode, field)


def test_a_model_without_an_input():
    model = ModelBuilder()
    ends = [
        model.tensor((1, 468, columns), constant=np.ones((1, 468, columns))) for columns in (4, 3)
    ]
    model.metadata["TFLITE_METADATA"] = write_metadata_record(record())
    report = inspect_model(model.build([], ends))
    assert report.input_size is None
    assert report.heads is not None
    assert report.heads.why_no_maps == "rows are constants"
    assert report.metadata is not None
    assert report.metadata.tasks == ("it has 0 inputs, not 1",)
    bare = inspect_model(model.build([], ends[:1]))
    assert "no single image" in bare.summary
