"""`emit_graph`: what it writes, what it refuses, and that MediaPipe runs it."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import needs_graph_api
from constant_model import write_constant_model

from mediapipe_anchors.anchors import anchors_from_tensor, generate_anchors
from mediapipe_anchors.decoding import decode
from mediapipe_anchors.detections import Detections
from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.nms import non_max_suppression
from mediapipe_anchors.options import TensorMapping
from mediapipe_anchors.presets import list_presets, preset
from mediapipe_anchors.presets.image_input import BorderMode, ImageInput, MappedBackBy

FACE = preset("face_detection_short_range")
PARTS = {name: getattr(FACE, name) for name in ("anchors", "decode", "nms", "input")}
# The text of 19,206 fixed anchors takes seconds to read.
PRESETS = [
    pytest.param(name, marks=pytest.mark.slow) if name == "object_detector" else name
    for name in list_presets()
]


def options_of(text, calculator):
    (node,) = [node for node in Graph.read(text).nodes if node.calculator == calculator]
    return node.options()


@pytest.mark.parametrize("name", PRESETS)
class TestEveryPreset:
    def test_holds_the_presets_options(self, name):
        row, text = preset(name), emit_graph(preset(name))
        if row.anchors is None:
            assert "SsdAnchorsCalculator" not in text
        else:
            assert options_of(text, "SsdAnchorsCalculator") == row.anchors
        assert options_of(text, "TensorsToDetectionsCalculator") == row.decode
        nms = options_of(text, "NonMaxSuppressionCalculator")
        assert nms.return_empty_detections is True
        assert replace(nms, return_empty_detections=row.nms.return_empty_detections) == row.nms
        assert row.model.path in text

    def test_is_the_same_twice(self, name):
        assert emit_graph(preset(name)) == emit_graph(preset(name))

    def test_connects_every_stream_once(self, name):
        graph = Graph.read(emit_graph(preset(name)))
        made = [*graph.input_streams, *graph.input_side_packets]
        taken = [*graph.output_streams]
        for node in graph.nodes:
            made += [*node.output_streams, *node.output_side_packets]
            taken += [*node.input_streams, *node.input_side_packets]
        names = [entry.rpartition(":")[2] for entry in made]
        assert len(names) == len(set(names))
        assert set(names) == {entry.rpartition(":")[2] for entry in taken}

    def test_comments_every_node_and_every_stream_where_it_begins(self, name):
        lines = emit_graph(preset(name)).splitlines()
        begins = re.compile(r"node \{|(input|output)_stream: |  output_(stream|side_packet): ")
        for before, line in zip(["", *lines], lines, strict=False):
            last = '  output_stream: "DETECTIONS:detections"'  # commented as the graph's output
            if begins.match(line) and line != last:
                assert before.lstrip().startswith("#"), line
        assert max(map(len, lines)) <= 120


def test_options_may_come_without_a_preset():
    text = emit_graph(model_path="my/model.tflite", **PARTS)
    assert (
        text.replace("my/model.tflite", FACE.model.path).partition("\n\n")[2]
        == (emit_graph(FACE).partition("\n\n")[2])
    )


def test_keywords_replace_the_presets_options():
    nms = replace(FACE.nms, min_suppression_threshold=0.45)
    text = emit_graph(FACE, "m.tflite", nms=nms)
    assert options_of(text, "NonMaxSuppressionCalculator").min_suppression_threshold == 0.45
    assert options_of(text, "SsdAnchorsCalculator") == FACE.anchors
    assert "with other nms." in " ".join(text.replace("#", "").split())


def test_an_explicit_return_empty_detections_stays():
    nms = replace(FACE.nms, return_empty_detections=False)
    text = emit_graph(FACE, nms=nms)
    assert options_of(text, "NonMaxSuppressionCalculator") == nms
    assert "No packet for an image where nothing was found." in text


@pytest.mark.parametrize("path", ['we"ird\\model.tflite', "modèle é.tflite", "it's.tflite"])
def test_a_model_path_survives(path):
    (node,) = [
        node
        for node in Graph.read(emit_graph(FACE, path)).nodes
        if node.calculator == "InferenceCalculator"
    ]
    assert node.message("mediapipe.InferenceCalculatorOptions").model_path == path


def test_input_variants():
    image = ImageInput(
        width=96,
        height=64,
        keep_aspect_ratio=True,
        float_range=(0.1, 0.9),
        border_mode=BorderMode.BORDER_REPLICATE,
        mapped_back_by=MappedBackBy.LETTERBOX_REMOVAL,
    )
    text = emit_graph(FACE, input=image)
    assert "output_tensor_width: 96\n" in text
    assert "output_tensor_height: 64\n" in text
    assert "output_tensor_float_range { min: 0.1 max: 0.9 }" in text
    assert "border_mode: BORDER_REPLICATE" in text
    assert "DetectionLetterboxRemovalCalculator" in text
    assert "[1, 64, 96, 3]" in text


class TestRefusals:
    @pytest.mark.parametrize("missing", ["anchors", "decode", "nms", "input", "model_path"])
    def test_a_part_is_missing(self, missing):
        parts = {**PARTS, "model_path": "m.tflite"}
        del parts[missing]
        with pytest.raises(OptionsError, match=missing) as caught:
            emit_graph(**parts)
        assert caught.value.field == missing

    def test_a_count_of_anchors_that_is_not_num_boxes(self):
        wrong = replace(
            preset("face_detection_full_range").anchors, interpolated_scale_aspect_ratio=None
        )
        with pytest.raises(OptionsError, match="set interpolated_scale_aspect_ratio: 0"):
            emit_graph(preset("face_detection_full_range"), anchors=wrong)

    def test_options_that_mediapipe_aborts_on(self):
        with pytest.raises(OptionsError, match="max_results"):
            emit_graph(FACE, decode=replace(FACE.decode, max_results=0))
        with pytest.raises(OptionsError, match="num_layers"):
            emit_graph(FACE, anchors=replace(FACE.anchors, num_layers=None))

    @pytest.mark.parametrize("path", ["", "a\nb.tflite", "a\0b"])
    def test_a_model_path_that_is_none(self, path):
        with pytest.raises(OptionsError, match="model_path"):
            emit_graph(FACE, path)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"preset": "face_detection_short_range"},
            {"anchors": FACE.decode},
            {"decode": {"num_classes": 1}},
            {"nms": 3},
            {"input": (128, 128)},
            {"model_path": 7},
        ],
    )
    def test_a_part_of_another_kind(self, wrong):
        (field,) = wrong
        with pytest.raises(MediaPipeAnchorsError, match=field):
            emit_graph(**{"preset": FACE, **wrong})


class TestModelsWithMoreOutputs:
    def test_anchors_as_third_output(self):
        mapping = TensorMapping(
            detections_tensor_index=0, scores_tensor_index=1, anchors_tensor_index=2
        )
        parts = {**PARTS, "anchors": None, "decode": replace(FACE.decode, tensor_mapping=mapping)}
        text = emit_graph(model_path="m.tflite", **parts)
        assert "SsdAnchorsCalculator" not in text
        assert "ANCHORS" not in text
        assert "anchors [896, 4]" in text

    def test_finished_detections_in_four_outputs(self):
        mapping = TensorMapping(
            detections_tensor_index=0,
            classes_tensor_index=1,
            scores_tensor_index=2,
            num_detections_tensor_index=3,
        )
        parts = {**PARTS, "anchors": None, "decode": replace(FACE.decode, tensor_mapping=mapping)}
        text = emit_graph(model_path="m.tflite", **parts)
        assert "Finished detections in four tensors" in text


@needs_graph_api
@pytest.mark.parametrize("name", PRESETS)
def test_mediapipe_runs_it_as_the_preset_says(name, tmp_path):
    """With a model whose outputs are known, the graph gives what our own decoding gives."""
    from mediapipe_anchors.run import run_graph

    row = preset(name)
    rng = np.random.default_rng(list_presets().index(name))
    n, options = row.decode.num_boxes, row.decode
    boxes = rng.normal(0, 4, (1, n, options.num_coords)).astype(np.float32)
    boxes[..., 2:4] = abs(boxes[..., 2:4])
    scores = rng.normal(-6, 1, (1, n, options.num_classes)).astype(np.float32)
    scores.ravel()[rng.choice(scores.size, 40, replace=False)] = rng.normal(3, 1, 40)
    outputs, anchors = [boxes, scores], row.anchors and generate_anchors(row.anchors)
    if options.tensor_mapping is not None:
        outputs = [scores, boxes]
    if row.anchors is None:
        third = generate_anchors(preset("object_detection_mobile").anchors)[:, [1, 0, 3, 2]]
        outputs, anchors = [*outputs, third], anchors_from_tensor(third)
    dtype = np.uint8 if row.input.float_range is None else np.float32
    path = tmp_path / "constant.tflite"
    write_constant_model(path, (1, row.input.height, row.input.width, 3), dtype, outputs)
    # Square, with a power of two for a side: the way back to the image is exactly the identity.
    image = np.zeros((256, 256, 3), np.uint8)
    found = run_graph(emit_graph(row, path), {"image": image})["detections"]
    expected = non_max_suppression(decode(boxes, scores, anchors, options), row.nms)
    assert len(expected) > 3 or row.nms.max_num_detections == len(expected)
    assert isinstance(found, Detections)
    assert found == expected
