"""The presets agree with themselves, and with the graphs inside the mediapipe wheel."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from conftest import needs_graph_api
from library_graphs import BUNDLED, TASKS, library_nodes, message_of, options_from

from mediapipe_anchors.anchors import count_anchors, generate_anchors
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError, TensorError
from mediapipe_anchors.options import (
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.presets import list_presets, preset
from mediapipe_anchors.presets.efficientdet import efficientdet_anchors
from mediapipe_anchors.presets.image_input import BorderMode, ImageInput, MappedBackBy

# What each published model puts out, boxes and scores: shapes known from the models, not computed.
SHAPES = {
    "face_detection_short_range": ((1, 896, 16), (1, 896, 1)),
    "face_detection_full_range": ((1, 2304, 16), (1, 2304, 1)),
    "palm_detection_lite": ((1, 2016, 18), (1, 2016, 1)),
    "palm_detection_full": ((1, 2016, 18), (1, 2016, 1)),
    "pose_detection": ((1, 2254, 12), (1, 2254, 1)),
    "object_detection_oid_v4": ((1, 1917, 4), (1, 1917, 24)),
    "object_detection_mobile": ((1, 2034, 4), (1, 2034, 91)),
    "object_detection_desktop_tflite": ((1, 2034, 4), (1, 2034, 91)),
    "autoflip_object_detection": ((1, 2034, 4), (1, 2034, 91)),
    "autoflip_face_detection": ((1, 2304, 16), (1, 2304, 1)),
    "front_face_detection": ((1, 896, 16), (1, 896, 1)),
    "coral_face_detection_desktop_live": ((1, 896, 16), (1, 896, 1)),
    "coral_object_detection_desktop_live": ((1, 2034, 4), (1, 2034, 91)),
    "face_detector_short_range": ((1, 896, 16), (1, 896, 1)),
    "face_detector_full_range": ((1, 2304, 16), (1, 2304, 1)),
    "hand_detector": ((1, 2016, 18), (1, 2016, 1)),
    "pose_detector": ((1, 2254, 12), (1, 2254, 1)),
    "object_detector": ((1, 19206, 4), (1, 19206, 90)),
}


def test_lists_every_published_detector_once():
    assert list_presets() == list(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_options_are_valid_and_fit_the_model(name):
    row = preset(name)
    assert row.name == name
    for options in (row.anchors, row.decode, row.nms):
        if options is not None:
            options.validate()
    row.check_tensors(*SHAPES[name])
    row.check_tensors(*((1, *shape) for shape in SHAPES[name]))
    row.check_tensors(*(shape[1:] for shape in SHAPES[name]))
    if row.anchors is not None:
        assert len(generate_anchors(row.anchors)) == row.decode.num_boxes


def test_only_corals_object_detector_brings_its_own_anchors():
    without = [name for name in SHAPES if preset(name).anchors is None]
    assert without == ["coral_object_detection_desktop_live"]


def test_object_detector_has_efficientdets_fixed_anchors():
    np.testing.assert_array_equal(
        generate_anchors(preset("object_detector").anchors), efficientdet_anchors()
    )


@pytest.mark.parametrize(
    ("graph", "name"),
    [
        ("palm_detection_cpu", "palm_detection_full"),
        ("palm_detection_gpu", "palm_detection_full"),
        ("face_detection_short_range_cpu", "face_detection_short_range"),
        ("modules/pose_detection/pose_detection_gpu.pbtxt", "pose_detection"),
        ("mediapipe/modules/objectron/object_detection_oid_v4_cpu", "object_detection_oid_v4"),
        ("object_detection_desktop_tflite_graph.pbtxt", "object_detection_desktop_tflite"),
        ("graphs/object_detection/object_detection_desktop_live", "object_detection_mobile"),
        ("hand_detector_graph.cc", "hand_detector"),
    ],
)
def test_mediapipes_own_graph_names_work(graph, name):
    assert preset(graph).name == name


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("face_detection_shortrange", "face_detection_short_range"),
        ("pose", "pose_detection"),
        ("PALM_DETECTION_LITE", "palm_detection_lite"),
        ("face_detector_graph", "face_detector_short_range, face_detector_full_range"),
        ("object_detection_desktop_live", "coral_object_detection_desktop_live"),
        ("detection_cpu", "pose_detection"),
        ("", "pose_detection"),
    ],
)
def test_an_unknown_or_shared_name_lists_what_is_close(name, near):
    with pytest.raises(OptionsError, match=re.escape(near)) as caught:
        preset(name)
    assert caught.value.field == "preset"


@pytest.mark.parametrize("name", [None, 3, ["pose_detection"]])
def test_a_name_is_text(name):
    with pytest.raises(MediaPipeAnchorsError, match="preset"):
        preset(name)


class TestCheckTensors:
    """The errors of `check_tensors` name what is wrong."""

    def test_the_default_of_the_interpolated_anchor(self):
        row = preset("face_detection_full_range")
        wrong = replace(row, anchors=replace(row.anchors, interpolated_scale_aspect_ratio=None))
        with pytest.raises(OptionsError, match="set interpolated_scale_aspect_ratio: 0 ") as caught:
            wrong.check_tensors((1, 2304, 16), (1, 2304, 1))
        assert caught.value.field == "interpolated_scale_aspect_ratio"
        assert caught.value.value == 1.0

    def test_the_input_size(self):
        with pytest.raises(OptionsError, match=r"2034 anchors.*1917 rows.*input_size_width: 300"):
            preset("object_detection_mobile").check_tensors((1, 1917, 4), (1, 1917, 91))

    def test_a_count_nothing_explains(self):
        with pytest.raises(OptionsError, match="no usual mistake") as caught:
            preset("pose_detection").check_tensors((1, 7, 12), (1, 7, 1))
        assert caught.value.value == 2254

    def test_num_boxes(self):
        row = preset("pose_detection")
        wrong = replace(row, decode=replace(row.decode, num_boxes=896))
        with pytest.raises(OptionsError, match="num_boxes: got 896, expected 2254"):
            wrong.check_tensors((1, 2254, 12), (1, 2254, 1))

    def test_num_boxes_where_the_model_brings_the_anchors(self):
        with pytest.raises(OptionsError, match="num_boxes: got 2034, expected 1917"):
            preset("coral_object_detection_desktop_live").check_tensors((1917, 4), (1917, 91))

    def test_exchanged_tensors(self):
        with pytest.raises(TensorError, match="exchanged: see tensor_mapping"):
            preset("palm_detection_full").check_tensors((1, 2016, 1), (1, 2016, 18))

    @pytest.mark.parametrize(
        ("boxes", "scores", "named"),
        [
            ((1, 2016, 16), (1, 2016, 1), "num_coords"),
            ((1, 2016, 18), (1, 2016, 2), "num_classes"),
            ((1, 2016, 18), (1, 2015, 1), "score_shape"),
            ((2, 2016, 18), (1, 2016, 1), "box_shape"),
            ((2016,), (1, 2016, 1), "box_shape"),
            ((1, 1, 1, 2016, 18), (1, 2016, 1), "box_shape"),
            ((1, 2016, 18), (), "score_shape"),
            ((1, "2016", 18), (1, 2016, 1), "box_shape"),
            (None, (1, 2016, 1), "box_shape"),
        ],
    )
    def test_shapes_that_do_not_fit(self, boxes, scores, named):
        with pytest.raises(TensorError, match=named):
            preset("palm_detection_full").check_tensors(boxes, scores)


class TestImageInput:
    """`ImageInput` refuses what `ImageToTensorCalculator` cannot do."""

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("width", 0),
            ("height", -1),
            ("width", 2**31),
            ("height", True),
            ("width", 1.5),
            ("width", None),
            ("float_range", (1.0, 1.0)),
            ("float_range", (1.0, -1.0)),
            ("float_range", (0.0, float("nan"))),
            ("float_range", (0.0, float("inf"))),
            ("float_range", (0.0,)),
            ("float_range", 1.0),
            ("float_range", "ab"),
        ],
    )
    def test_bad_values(self, field, value):
        with pytest.raises(OptionsError, match=field):
            ImageInput(**{"width": 8, "height": 8, field: value})

    def test_a_letterbox_must_be_undone(self):
        with pytest.raises(OptionsError, match="mapped_back_by"):
            ImageInput(
                width=8, height=8, keep_aspect_ratio=True, mapped_back_by=MappedBackBy.NOTHING
            )

    def test_numpy_numbers_are_numbers(self):
        image = ImageInput(width=np.int64(8), height=8, float_range=np.float32([0, 1]))
        assert image == ImageInput(width=8, height=8, float_range=(0.0, 1.0))


@needs_graph_api
@pytest.mark.parametrize("name", [*BUNDLED, *TASKS])
class TestAgainstTheWheel:
    """Each preset equals the graph that the mediapipe wheel holds, option by option."""

    def nodes(self, name, calculator):
        return [node for node in library_nodes(name) if node.calculator == calculator]

    def options(self, name, calculator, kind, ours):
        (node,) = self.nodes(name, calculator)
        return options_from(message_of(node, kind), ours)

    def test_anchors(self, name):
        from mediapipe.calculators.tflite import ssd_anchors_calculator_pb2 as pb

        theirs = self.options(
            name, "SsdAnchorsCalculator", pb.SsdAnchorsCalculatorOptions, SsdAnchorsOptions
        )
        assert preset(name).anchors == theirs
        assert count_anchors(theirs) == preset(name).decode.num_boxes

    def test_decode(self, name):
        from mediapipe.calculators.tensor import tensors_to_detections_calculator_pb2 as pb

        theirs = self.options(
            name,
            "TensorsToDetectionsCalculator",
            pb.TensorsToDetectionsCalculatorOptions,
            TensorsToDetectionsOptions,
        )
        assert preset(name).decode == theirs

    def test_nms(self, name):
        from mediapipe.calculators.util import non_max_suppression_calculator_pb2 as pb

        theirs = self.options(
            name,
            "NonMaxSuppressionCalculator",
            pb.NonMaxSuppressionCalculatorOptions,
            NonMaxSuppressionOptions,
        )
        assert preset(name).nms == theirs

    def test_input(self, name):
        from mediapipe.calculators.tensor import image_to_tensor_calculator_pb2 as pb

        (node,) = self.nodes(name, "ImageToTensorCalculator")
        message = message_of(node, pb.ImageToTensorCalculatorOptions)
        image = preset(name).input
        assert (image.width, image.height) == (
            message.output_tensor_width,
            message.output_tensor_height,
        )
        assert image.keep_aspect_ratio == message.keep_aspect_ratio
        value_range = message.output_tensor_float_range
        assert image.float_range == (value_range.min, value_range.max)
        if image.keep_aspect_ratio:
            assert image.border_mode == message.border_mode == BorderMode.BORDER_ZERO

    def test_way_back(self, name):
        back = preset(name).input.mapped_back_by
        for way in (MappedBackBy.PROJECTION, MappedBackBy.LETTERBOX_REMOVAL):
            assert len(self.nodes(name, way.value)) == (way is back)

    def test_model(self, name):
        from mediapipe_anchors.run.mediapipe_api import load_mediapipe

        model = preset(name).model
        assert (load_mediapipe().package_dir.parent / model.path).is_file() == model.in_wheel
