"""What cannot be embedded: each with an error that names it and says what to do."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from embed_models import add_postprocess, decoding, heads_of_pixels
from embed_samples import (
    ANCHORS,
    DECODE,
    FILES,
    FILLED,
    NORMALIZATION,
    OPTIONS,
    embedded,
    postprocess_model,
    raw_model,
    stretching_graph,
)
from tflite_builder import ModelBuilder

from mediapipe_anchors import (
    AnchorFitter,
    GridAnchorFitter,
    GridLayout,
    SsdAnchorsOptions,
    TensorMapping,
    embed_anchors,
    extract_anchors,
    preset,
)
from mediapipe_anchors.errors import (
    GraphError,
    MediaPipeAnchorsError,
    ModelError,
    OptionsError,
    TensorError,
)
from mediapipe_anchors.options import BoxFormat
from mediapipe_anchors.tflite.associated_files import ZippedFile


def decoded(**changes):
    return dataclasses.replace(DECODE, **changes)


@pytest.mark.parametrize(
    ("changes", "field", "fix"),
    [
        ({"box_format": BoxFormat.XYWH}, "box_format", r"gather the columns \[1, 0, 3, 2\]"),
        ({"reverse_output_order": True}, "reverse_output_order", r"\[1, 0, 3, 2\]"),
        ({"box_format": BoxFormat.XYXY}, "box_format", "put out y, x, h, w, or run it with"),
        ({"score_clipping_thresh": 20.0}, "score_clipping_thresh", "clip the scores in the model"),
        ({"flip_vertically": True}, "flip_vertically", "run it with run_graph"),
        ({"ignore_classes": [0]}, "ignore_classes", "category_denylist"),
        ({"allow_classes": [1]}, "allow_classes", "category_allowlist"),
        ({"x_scale": 0.0}, "x_scale", "a number but 0"),
        ({"h_scale": float("inf")}, "h_scale", "a number but 0"),
        ({"num_values_per_keypoint": 3}, "num_values_per_keypoint", "2"),
    ],
)
def test_what_tasks_cannot_do(changes, field, fix):
    with pytest.raises(OptionsError, match=fix) as raised:
        embedded(decode=decoded(**changes))
    assert field in raised.value.field


def test_box_offset():
    """Boxes that do not begin in the first column: Tasks knows no box_coord_offset."""
    decode = decoding(12, 6, 3, num_keypoints=1, box_coord_offset=2, keypoint_coord_offset=0)
    with pytest.raises(OptionsError, match="box_coord_offset") as raised:
        embedded(raw_model((12, 6, 3)), decode=decode)
    assert "put the box first" in str(raised.value) or "keypoint" in str(raised.value)


def test_columns_of_keypoints_that_a_gather_would_swap():
    decode = decoding(12, 8, 3, box_format=BoxFormat.XYWH)
    with pytest.raises(OptionsError, match=r"\[1, 0, 3, 2, 5, 4, 7, 6\]"):
        embedded(raw_model((12, 8, 3)), decode=decode)


@pytest.mark.parametrize(
    "name", ["face_detection_short_range", "palm_detection_full", "pose_detection"]
)
def test_presets_that_tasks_cannot_run(name):
    row = preset(name)
    decode = row.decode
    boxes, scores = (1, decode.num_boxes, decode.num_coords), (1, decode.num_boxes, 1)
    data = raw_tensors((1, 64, 64, 3), boxes, scores)
    with pytest.raises(OptionsError, match="reverse_output_order"):
        embed_anchors(data, preset=name)
    upright = dataclasses.replace(decode, reverse_output_order=False)
    with pytest.raises(OptionsError, match="keep_aspect_ratio: got True") as raised:
        embed_anchors(data, decode=upright, preset=row)
    assert "stretch=True" in raised.value.fix
    assert embed_anchors(data, decode=upright, preset=row, stretch=True)


def test_graph_that_letterboxes(tmp_path):
    path = stretching_graph(tmp_path, DECODE)
    text = path.read_text()
    letterboxing = text.replace("keep_aspect_ratio: false", "keep_aspect_ratio: true")
    with pytest.raises(OptionsError, match="keep_aspect_ratio: got True"):
        embed_anchors(raw_model(), graph=letterboxing)
    assert embed_anchors(raw_model(), graph=letterboxing, stretch=True) == embed_anchors(
        raw_model(), graph=text
    )


def raw_tensors(image, boxes, scores, dtypes=("float32",) * 3, **quantization) -> bytes:
    """A model of nothing but tensors."""
    model = ModelBuilder()
    inputs = [model.tensor(image, dtypes[0], name="image")]
    outputs = [
        model.tensor(shape, dtype, name=name, **(quantization if dtype != "float32" else {}))
        for shape, dtype, name in zip((boxes, scores), dtypes[1:], ("boxes", "scores"), strict=True)
    ]
    return model.build(inputs, outputs)


IMAGE, BOXES, SCORES = (1, 8, 8, 3), (1, 12, 4), (1, 12, 3)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (((1, 8, 8, 1), BOXES, SCORES), r"\[1, 8, 8, 1\], expected \[1, height, width, 3\]"),
        (((2, 8, 8, 3), BOXES, SCORES), "expected"),
        (((1, 192), BOXES, SCORES), "expected"),
        ((IMAGE, (12, 4), (12, 3)), r"shape \[12, 4\], expected \[1, boxes, columns\]"),
        ((IMAGE, (2, 12, 4), (2, 12, 3)), "expected"),
        ((IMAGE, BOXES, SCORES, ("int8", "float32", "float32")), "'image' is int8"),
        ((IMAGE, BOXES, SCORES, ("uint8", "int8", "int8")), "int8, int8, expected all float32"),
        ((IMAGE, BOXES, SCORES, ("uint8", "uint8", "float32")), "uint8, float32, expected all"),
        ((IMAGE, BOXES, SCORES, ("uint8", "uint8", "uint8")), "without a scale"),
    ],
)
def test_models_that_tasks_does_not_load(tensors, message):
    with pytest.raises(ModelError, match=message):
        embedded(raw_tensors(*tensors))


@pytest.mark.parametrize("count", [0, 1, 3, 5])
def test_other_numbers_of_outputs(count):
    model = ModelBuilder()
    image = model.tensor(IMAGE)
    data = model.build([image], [model.tensor(BOXES) for _ in range(count)])
    with pytest.raises(ModelError, match=f"it has {count} outputs, expected two"):
        embedded(data)
    with pytest.raises(ModelError, match="no anchors in it"):
        extract_anchors(data)


@pytest.mark.parametrize(
    "changes", [{"num_boxes": 13}, {"num_coords": 6, "num_keypoints": 1}, {"num_classes": 4}]
)
def test_decoding_of_another_model(changes):
    with pytest.raises(OptionsError, match=r"those of the model, whose outputs are \[1, 12, 4\]"):
        embedded(decode=decoded(**changes))


def test_outputs_that_nothing_tells_apart():
    shape = (12, 4, 4)
    for names in (("a", "b"), ("box_scores", "score_boxes"), ("boxes", "locations")):
        data = raw_model(shape, names=names)
        with pytest.raises(OptionsError, match="which output holds the boxes") as raised:
            embedded(data, decode=decoding(*shape))
        assert raised.value.field == "decode.tensor_mapping"
    for order in ((0, 1), (1, 0)):
        mapping = TensorMapping(detections_tensor_index=order[0], scores_tensor_index=order[1])
        written = embedded(data, decode=decoding(*shape, tensor_mapping=mapping))
        assert extract_anchors(written).decode.tensor_mapping == mapping
    with pytest.raises(OptionsError, match="detections_tensor_index 1, scores_tensor_index 0"):
        embedded(decode=decoded(tensor_mapping=mapping))


def test_missing_parts():
    with pytest.raises(OptionsError, match="decode: got None"):
        embed_anchors(raw_model(), ANCHORS, **NORMALIZATION)
    with pytest.raises(OptionsError, match="anchors: got None"):
        embed_anchors(raw_model(), decode=DECODE, **NORMALIZATION)
    with pytest.raises(OptionsError, match="anchors: got None"):
        embed_anchors(postprocess_model())
    with pytest.raises(MediaPipeAnchorsError, match="mean, std: got None") as raised:
        embed_anchors(raw_model(), ANCHORS, DECODE)
    assert "mean=127.5, std=127.5" in raised.value.fix


@pytest.mark.parametrize(
    "options",
    [
        {"mean": [0.0, 1.0, 0.0], "std": [1.0, 1.0, 1.0]},
        {"mean": [0.0], "std": [1.0, 1.0]},
        {"mean": [0.0, 0.0], "std": [1.0, 1.0]},
        {"mean": [0.0], "std": [0.0]},
        {},
    ],
)
def test_normalisation_that_tasks_refuses(options):
    unit = {"options_type": 1, "options": options}
    record = {"subgraph_metadata": [{"input_tensor_metadata": [{"process_units": [unit]}]}]}
    with pytest.raises(MediaPipeAnchorsError, match="the same for all channels"):
        embed_anchors(raw_model(record=record), ANCHORS, DECODE)
    assert extract_anchors(embedded(raw_model(record=record))).mean == 127.5


def test_two_normalisations():
    """FindFirstProcessUnit of MediaPipe refuses more than one."""
    unit = {"options_type": 1, "options": {"mean": [0.0], "std": [1.0]}}
    record = {"subgraph_metadata": [{"input_tensor_metadata": [{"process_units": [unit] * 2}]}]}
    with pytest.raises(MediaPipeAnchorsError, match="mean, std"):
        embed_anchors(raw_model(record=record), ANCHORS, DECODE)


def test_a_graph_that_contradicts_the_model(tmp_path):
    data = raw_model(record=FILLED, files=FILES)  # from 0 to 1
    with pytest.raises(OptionsError, match="the model and the graph contradict each other"):
        embed_anchors(data, graph=stretching_graph(tmp_path, DECODE))
    assert embed_anchors(data, graph=stretching_graph(tmp_path, DECODE, (0.0, 1.0)))


@pytest.mark.parametrize(
    "given", [{"mean": 1.0}, {"std": 1.0}, {"mean": 0, "std": 0}, {"mean": "a", "std": 1}]
)
def test_half_a_normalisation(given):
    with pytest.raises(MediaPipeAnchorsError, match="two finite numbers, std not 0"):
        embed_anchors(raw_model(), ANCHORS, DECODE, **given)


def test_uint8_input_needs_no_normalisation():
    data = raw_tensors(IMAGE, BOXES, SCORES, ("uint8",) * 3, scale=0.5, zero_point=3)
    assert extract_anchors(embed_anchors(data, ANCHORS, DECODE)).mean is None


@pytest.mark.parametrize(
    "labels",
    [["a", "b"], ["a", "b", "c", "d"], ["a", "b", "c\n"], ["a", "b", ""], [], [1, 2, 3], 5],
)
def test_labels_that_would_not_be_read_as_meant(labels):
    with pytest.raises(MediaPipeAnchorsError, match="labels"):
        embedded(labels=labels)


def test_labels_of_the_model_that_do_not_fit():
    few = [ZippedFile(b"classes.txt", b"x\ny\n"), *FILES[2:]]
    with pytest.raises(OptionsError, match="got '2 labels in the model', expected 3"):
        embed_anchors(raw_model(record=FILLED, files=few), ANCHORS, DECODE)
    with pytest.raises(ModelError, match=r"'classes\.txt', but this file is not behind the model"):
        embed_anchors(raw_model(record=FILLED), ANCHORS, DECODE)
    assert embedded(raw_model(record=FILLED), labels=["a", "b", "c"])


def test_files_of_labels(tmp_path):
    path = tmp_path / "labels.txt"
    path.write_bytes(b"\xef\xbb\xbfcat\r\ndog\r\nbird")
    assert extract_anchors(embedded(labels=path)).labels == ("cat", "dog", "bird")
    path.write_bytes(b"\xff\xfe\xfd")
    for wrong in (path, tmp_path, tmp_path / "nothing", "a\0b"):
        with pytest.raises(MediaPipeAnchorsError, match="a text file in UTF-8"):
            embedded(labels=wrong)


def test_files_behind_the_model_that_cannot_be_kept():
    data = bytearray(raw_model(record=FILLED, files=FILES))
    data[data.index(b"x\ny\nz\n")] ^= 1  # no longer what the checksum says
    with pytest.raises(ModelError, match=r"b'classes\.txt' behind the model cannot be read"):
        embed_anchors(bytes(data), ANCHORS, DECODE)


def test_anchors_that_are_none():
    for anchors, error, message in [
        (ANCHORS[:11], OptionsError, "got '11 anchors', expected 12"),
        (np.full((12, 4), np.nan), TensorError, r"anchors\[0\]"),
        (np.zeros((12, 3)), TensorError, "shape"),
        (OPTIONS.to_pbtxt(), MediaPipeAnchorsError, "expected"),
        ("nothing.csv", OSError, "No such file"),
        (AnchorFitter(), MediaPipeAnchorsError, "shapes stand nowhere yet"),
        (
            GridAnchorFitter(GridLayout(input_size=(8, 8), strides=[4], anchors_per_cell=[3])),
            MediaPipeAnchorsError,
            "that is fitted",
        ),
    ]:
        with pytest.raises(error, match=message):
            embedded(anchors=anchors)
    pixels = SsdAnchorsOptions(
        multiscale_anchor_generation=True, normalize_coordinates=False, min_level=3, max_level=3
    )
    with pytest.raises(OptionsError, match="normalize_coordinates"):
        embedded(anchors=pixels)


def test_kinds_of_arguments():
    with pytest.raises(MediaPipeAnchorsError, match="a graph or a preset, and not both"):
        embed_anchors(raw_model(), graph="graph.pbtxt", preset="object_detector")
    with pytest.raises(MediaPipeAnchorsError, match="decode"):
        embedded(decode={"num_classes": 3})
    with pytest.raises(MediaPipeAnchorsError, match="preset"):
        embedded(preset=5)
    with pytest.raises(ModelError):
        embedded(b"no model")


def test_graphs_with_several_detectors(tmp_path):
    path = stretching_graph(tmp_path, DECODE)
    text = path.read_text()
    start = text.index("node {", text.index("Turns rows") - 20)
    with pytest.raises(GraphError, match="2 nodes of TensorsToDetectionsCalculator"):
        embed_anchors(raw_model(), graph=text + text[start:])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"apply_exponential_on_box_size": False}, "apply_exponential_on_box_size"),
        ({"box_format": BoxFormat.XYWH}, "box_format"),
        ({"reverse_output_order": True}, "reverse_output_order"),
        ({"num_boxes": 13}, "num_boxes"),
        ({"w_scale": 0.0}, "w_scale"),
    ],
)
def test_what_the_operator_cannot_do(changes, field):
    decode = decoding(12, 4, 4, **changes)
    with pytest.raises(OptionsError, match=f"decode.{field}"):
        embed_anchors(postprocess_model(), ANCHORS, decode)


def test_models_with_odd_operators():
    for anchors, message in [
        (np.zeros((12, 5), np.float32), r"float32 \[12, 5\], expected"),
        (np.zeros((12, 4), np.int32), "int32"),
        (np.zeros((12, 4), np.uint8), "expected one scale and one zero point"),
    ]:
        with pytest.raises(ModelError, match=message):
            extract_anchors(postprocess_model(anchors))
    model, image, boxes, scores = heads_of_pixels((8, 8), 12, 4, 4)
    outputs = add_postprocess(model, boxes, scores, np.zeros((12, 4), np.float32))
    model.operators[-1].inputs[2] = boxes
    with pytest.raises(ModelError, match="are no constant"):
        embed_anchors(model.build([image], outputs), ANCHORS)
    model.operators.append(model.operators[-1])
    with pytest.raises(ModelError, match="2 operators"):
        embed_anchors(model.build([image], outputs), ANCHORS)
    model.operators.pop()
    model.operators[-1].inputs.pop()
    with pytest.raises(ModelError, match="2 inputs and 4 outputs, expected one with 3 and 4"):
        embed_anchors(model.build([image], outputs), ANCHORS)


def test_outputs_beside_those_of_the_operator():
    model, image, boxes, scores = heads_of_pixels((8, 8), 12, 4, 4)
    outputs = add_postprocess(model, boxes, scores, np.zeros((12, 4), np.float32))
    data = model.build([image], [*outputs[:3], scores])
    assert embed_anchors(data, ANCHORS)
    with pytest.raises(ModelError, match="are not those of TFLite_Detection_PostProcess"):
        embed_anchors(data, ANCHORS, labels=["a", "b", "c"], **NORMALIZATION)


def test_neither_flatbuffers_nor_anything_heavy_is_needed_to_read():
    """Nor mediapipe, TensorFlow or a TFLite runtime to write."""
    code = """
import sys
import mediapipe_anchors
mediapipe_anchors.embed_anchors, mediapipe_anchors.extract_anchors
heavy = {"flatbuffers", "mediapipe", "tensorflow", "ai_edge_litert", "sklearn"}
print(*heavy & set(sys.modules))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) <= {"flatbuffers"}
