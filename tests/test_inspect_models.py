"""`inspect_model` on the models of the mediapipe wheel, and on what is no raw SSD detector."""

from __future__ import annotations

import json

import detector_models as made
import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import MEDIAPIPE_DIR
from tflite_builder import ModelBuilder, ssd_model

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.inspection import ModelKind, inspect_model
from mediapipe_anchors.inspection.known import DETECTORS, OTHERS
from mediapipe_anchors.inspection.layouts import layout_of_options
from mediapipe_anchors.presets import list_presets, preset

WHEEL = {
    "face_detection_short_range": ((16, 16, 2, 8), (8, 8, 6, 16)),
    "face_detection_full_range": ((48, 48, 1, 4),),
    "palm_detection_lite": ((24, 24, 2, 8), (12, 12, 6, 16)),
    "palm_detection_full": ((24, 24, 2, 8), (12, 12, 6, 16)),
    "pose_detection": ((28, 28, 2, 8), (14, 14, 2, 16), (7, 7, 6, 32)),
}
NO_DETECTORS = {
    "face_landmark": "landmark",
    "face_landmark_with_attention": "landmark",
    "hand_landmark_full": "landmark",
    "hand_landmark_lite": "landmark",
    "hand_recrop": "one list of 4 numbers",
    "iris_landmark": "landmark",
    "pose_landmark_full": "landmark",
    "selfie_segmentation": "segmenter",
    "selfie_segmentation_landscape": "segmenter",
}


def path_of(name: str) -> str:
    (path,) = MEDIAPIPE_DIR.glob(f"modules/*/{name}.tflite")
    return str(path)


@needs_graph_api
@pytest.mark.parametrize("name", WHEEL)
def test_detectors_of_the_wheel(name):
    row = preset(name)
    report = inspect_model(MEDIAPIPE_DIR.parent / row.model.path)
    assert report.kind is ModelKind.RAW_DETECTOR
    assert report.known is not None
    assert (report.known.name, report.known.match) == (row.model.name, "exact file")
    assert report.known.presets[0] == name
    np.testing.assert_array_equal(report.anchors, generate_anchors(row.anchors))
    assert report.decode == row.decode
    assert report.unknown == ()
    heads = report.heads
    assert heads is not None
    found = tuple((*each.grid, each.anchors_per_cell, each.stride) for each in heads.maps)
    assert found == WHEEL[name]
    assert heads.layout == layout_of_options(row.anchors)
    assert (heads.num_boxes, heads.num_coords) == (row.decode.num_boxes, row.decode.num_coords)
    assert [each.role for each in report.outputs] == ["boxes", "scores"]
    assert [each.preset for each in report.candidates] == [name]


@needs_graph_api
@pytest.mark.parametrize("name", WHEEL)
def test_detectors_of_the_wheel_told_by_their_signature(name):
    """One byte more, and it is no longer the file."""
    row = preset(name)
    data = (MEDIAPIPE_DIR.parent / row.model.path).read_bytes()
    report = inspect_model(data + b"\0")
    assert report.known is not None
    assert report.known.match == "same signature"
    assert name in report.known.presets
    assert row.model.name in report.known.name
    assert report.anchors is None
    assert report.candidates[0].options == row.anchors
    assert report.unknown


@needs_graph_api
@pytest.mark.parametrize("name", NO_DETECTORS)
def test_other_models_of_the_wheel(name):
    path = path_of(name)
    report = inspect_model(path)
    assert report.kind is ModelKind.OTHER
    assert report.known is not None
    assert (report.known.name, report.known.match) == (f"{name}.tflite", "exact file")
    assert NO_DETECTORS[name] in report.summary
    assert report.use
    assert report.heads is None
    with open(path, "rb") as file:  # noqa: PTH123
        changed = inspect_model(file.read() + b"\0")
    assert changed.known is None
    assert changed.kind is ModelKind.OTHER
    assert changed.summary == report.summary


@needs_graph_api
def test_every_model_of_the_wheel_is_here():
    names = {path.stem for path in MEDIAPIPE_DIR.glob("**/*.tflite")}
    detectors = {preset(name).model.name.removesuffix(".tflite") for name in WHEEL}
    assert names == detectors | set(NO_DETECTORS)


def test_known_files():
    presets = set(list_presets())
    assert all(set(known.presets) <= presets for known in DETECTORS.values())
    assert all(bool(known.presets) != bool(known.use) for known in DETECTORS.values())
    assert all(known.use and not known.presets for known in OTHERS.values())
    assert not set(DETECTORS) & set(OTHERS)
    for sha256 in (*DETECTORS, *OTHERS):
        assert len(bytes.fromhex(sha256)) == 32
    for name in list_presets():
        models = [k.name for k in DETECTORS.values() if name in k.presets]
        # The one that the repository of MediaPipe lists without its contents.
        assert bool(models) != (name == "coral_object_detection_desktop_live"), name


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (made.decoded(), "decodes its boxes itself"),
        (made.objectness_times_classes(), "objectness and classes"),
        (made.transformer(), "FULLY_CONNECTED, not from the cells of feature maps"),
        (made.outputs_alone((1, 25200, 85)), "looks like YOLO: one output [1,25200,85]"),
        (made.outputs_alone((1, 84, 8400)), "8400 boxes, a column to each"),
        (made.outputs_alone((1, 8, 8, 255), (1, 4, 4, 255)), "looks like YOLO: grids 8x8, 4x4"),
        (made.outputs_alone((1, 8, 8, 3, 85), (1, 4, 4, 3, 85)), "looks like YOLO: grids"),
        (made.outputs_alone((1, 3, 8, 8, 85)), "looks like YOLO: grids 8x8"),
        (made.outputs_alone((1, 16, 16, 80), (1, 16, 16, 2), (1, 16, 16, 2)), "CenterNet"),
        (made.outputs_alone((1, 1000), last="SOFTMAX"), "classifier: one list of 1000 scores"),
        (made.outputs_alone((1, 5), last="LOGISTIC"), "classifier: one list of 5 scores"),
        (made.outputs_alone((1, 1280)), "a classifier without its softmax, an embedder or"),
        (made.outputs_alone((1, 63), (1, 1), (1, 1)), "looks like a landmark model"),
        (made.outputs_alone((1, 64, 64, 21)), "looks like a segmenter"),
        (made.outputs_alone((1, 16, 16, 100)), "heat maps or features"),
        (made.outputs_alone((1, 3, 3, 2)), "not those of an SSD detector"),
        (made.outputs_alone((1, 7, 3), (1, 7, 5)), "not those of an SSD detector"),
        (made.outputs_alone((3, 4), (3, 5), (7, 1)), "not those of an SSD detector"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_no_ssd_detectors(model, words):
    report = inspect_model(model)
    assert report.kind is ModelKind.OTHER
    assert words in report.summary
    assert report.candidates == ()
    assert report.anchors is None
    json.dumps(report.to_dict(), allow_nan=False)


def test_other_suppression_within_the_model():
    model = ModelBuilder()
    image = made.image_of(model)
    outs = [model.tensor(shape) for shape in ((100,), (100,), ())]
    model.operator("NON_MAX_SUPPRESSION_V5", [image], outs)
    report = inspect_model(model.build([image], outs))
    assert "NON_MAX_SUPPRESSION" in report.summary
    assert "TFLite_Detection_PostProcess" in report.use


def test_a_model_without_an_image_or_outputs():
    model = ModelBuilder()
    source = model.tensor((1, 8))
    assert "no single image" in inspect_model(model.build([source], [source])).summary
    assert "no output" in inspect_model(model.build([source], [])).summary
    open_ = model.tensor((1, 3, 1), signature=[1, -1, -1])
    image = made.image_of(model)
    assert inspect_model(model.build([image], [open_])).kind is ModelKind.OTHER


# -- rows alone


def test_only_the_number_of_rows_is_known():
    report = inspect_model(made.behind_custom_operator(2034, 4, 91, (320, 320)))
    assert report.heads is not None
    assert report.heads.maps == ()
    assert "some-accelerator" in report.heads.why_no_maps
    assert report.known is not None
    assert report.known.presets[0] == "object_detection_mobile"
    assert report.known.match == "same signature"
    assert report.candidates[0].preset == "object_detection_mobile"
    assert all(each.by_count_alone for each in report.candidates)
    for each in report.candidates:
        assert len(generate_anchors(each.options)) == 2034


@pytest.mark.parametrize(
    ("rows", "size", "preset_name", "words"),
    [
        (19206, 320, "object_detector", "as many anchors as object_detector"),
        (76725, 640, None, "as many anchors as an EfficientDet of 640 x 640 pixels"),
        (896, 128, "face_detection_short_range", "as many anchors as face_detection_short_range"),
        (12804, 160, None, "as many anchors: a feature pyramid of levels 2 to 6"),
        (2944, 256, None, "as many anchors: strides 8, 16, 32, 32, 32"),
    ],
)
def test_candidates_by_number(rows, size, preset_name, words):
    report = inspect_model(made.behind_custom_operator(rows, 4, 3, (size, size)))
    assert report.candidates[0].preset == preset_name
    assert words in [each.reason for each in report.candidates]
    for each in report.candidates:
        assert len(generate_anchors(each.options)) == rows


def test_an_unusual_number_has_no_candidate():
    report = inspect_model(made.behind_custom_operator(1237, 4, 3, (320, 320)))
    assert report.candidates == ()
    assert report.notes == ("no usual anchor options give that number of rows",)


def test_as_many_rows_on_other_maps_are_no_published_model():
    """896 rows too, but three anchors in each cell of the first map and two of the second."""
    known = inspect_model(ssd_model((128, 128), (8, 16), (2, 6), num_coords=16)).known
    assert known is not None
    assert "face_detection_short_range" in known.presets
    other = inspect_model(ssd_model((128, 128), (8, 16), (3, 2), num_coords=16))
    assert other.heads is not None
    assert other.heads.num_boxes == 896
    assert other.known is None
    assert all(each.preset is None for each in other.candidates)


# -- candidates


def test_the_layout_of_mobilenet_is_proposed_first():
    report = inspect_model(
        ssd_model((300, 300), (16, 32, 64, 128, 256, 512), (3, 6, 6, 6, 6, 6), num_classes=24)
    )
    assert report.known is not None
    assert report.known.presets == ("object_detection_oid_v4",)
    assert report.candidates[0].options == preset("object_detection_oid_v4").anchors
    assert "same input size" in report.candidates[0].reason
    other = inspect_model(
        ssd_model((416, 288), (16, 32, 64, 128, 256, 512), (3, 6, 6, 6, 6, 6), num_classes=24)
    )
    first = other.candidates[0].options
    assert first.reduce_boxes_in_lowest_layer
    assert tuple(first.strides) == (16, 32, 64, 128, 256, 512)
    assert len(first.aspect_ratios) == 5
    assert (first.input_size_width, first.input_size_height) == (416, 288)


def test_the_layout_of_blaze_face_is_layers_of_two():
    first = inspect_model(ssd_model((160, 96), (8, 16), (2, 6))).candidates[0].options
    assert tuple(first.strides) == (8, 16, 16, 16)
    assert first.fixed_anchor_size


def test_pyramids():
    five = (8, 16, 32, 64, 128)
    first, second, *_ = inspect_model(ssd_model((384, 384), five, (9,) * 5)).candidates
    assert first.options.fixed_anchors is not None
    assert "EfficientDet" in first.reason
    assert second.options.multiscale_anchor_generation
    assert (second.options.min_level, second.options.max_level) == (3, 7)
    wide = inspect_model(ssd_model((384, 256), five, (6,) * 5)).candidates[0].options
    assert wide.multiscale_anchor_generation
    assert wide.scales_per_octave * len(wide.aspect_ratios) == 6


def test_grids_that_no_whole_stride_gives_are_stated():
    """100 columns of 128 pixels, as of a convolution without padding."""
    model = ModelBuilder()
    image = made.image_of(model, (128, 128))
    outputs = []
    for columns in (4, 2):
        head = model.tensor((1, 100, 100, columns))
        model.operator("CONV_2D", [image], [head])
        outputs.append(model.reshape(head, (1, 10000, columns)))
    report = inspect_model(model.build([image], outputs))
    assert report.heads is not None
    assert report.heads.maps[0].stride is None
    assert report.heads.maps[0].cell_px == (1.28, 1.28)
    first = report.candidates[0].options
    assert (tuple(first.feature_map_width), tuple(first.feature_map_height)) == ((100,), (100,))
    assert len(generate_anchors(first)) == 10000


def test_values_of_published_models_of_the_shape():
    unknown = {e.field: e.published for e in inspect_model(ssd_model()).unknown}
    assert set(unknown["min_scale"]) == {"0.1484375"}
    assert set(unknown["x_scale"]) == {"the input's size"}
    assert set(unknown["output_tensor_float_range"]) == {"-1, 1", "0, 1"}
    assert set(unknown["keep_aspect_ratio"]) == {"true"}
    unknown = {
        e.field: e.published
        for e in inspect_model(ssd_model((416, 288), (16, 32), (3, 6), num_classes=5)).unknown
    }
    assert set(unknown["min_scale"]) == {"0.2"}
    assert set(unknown["x_scale"]) == {"10"}
    assert set(unknown["box_format"]) == {"YXHW"}
    five = (8, 16, 32, 64, 128)
    unknown = {
        e.field: e.published for e in inspect_model(ssd_model((512, 256), five, (9,) * 5)).unknown
    }
    assert set(unknown["anchor_scale"]) == {"3", "4"}


# -- models that decode and suppress themselves


def test_a_postprocessed_model():
    anchors = made.some_anchors()
    report = inspect_model(made.postprocessed(anchors))
    assert report.kind is ModelKind.POSTPROCESSED_DETECTOR
    assert [each.role for each in report.outputs] == [
        "boxes",
        "scores",
        "classes",
        "number of detections",
    ]
    np.testing.assert_array_equal(report.anchors, anchors)
    found = report.postprocess
    assert found is not None
    assert found.options["max_detections"] == 10
    assert found.options["y_scale"] == 10.0
    assert (found.num_anchors, found.anchor_dtype) == (len(anchors), "float32")
    assert found.presets == {}
    assert found.anchor_px is not None
    assert found.anchor_px[2] == pytest.approx(anchors[:, 2].max() * made.SIZE[0])
    assert report.heads is not None
    assert (report.heads.num_boxes, report.heads.num_classes) == (len(anchors), made.CLASSES)
    assert report.heads.activation == "sigmoid"
    assert len(report.heads.maps) == 3
    row = report.row(400)
    assert row.anchor == pytest.approx(anchors[400].tolist())
    assert row.cell is not None


def test_quantised_anchors():
    anchors = made.some_anchors()
    report = inspect_model(made.postprocessed(anchors, "uint8"))
    assert report.anchors is not None
    expected = (np.round(anchors * 200)).astype(np.float32) * np.float32(1 / 200)
    np.testing.assert_array_equal(report.anchors, expected)
    assert report.postprocess is not None
    assert report.postprocess.anchor_dtype == "uint8"


def test_anchors_that_an_operator_makes_float32():
    anchors = made.some_anchors()
    report = inspect_model(made.postprocessed(anchors, "float16"))
    np.testing.assert_array_equal(report.anchors, anchors.astype(np.float16).astype(np.float32))
    assert report.postprocess is not None
    assert report.postprocess.anchor_dtype == "float16"


@pytest.mark.parametrize("shift", [0.0, 1e-6, 0.01])
def test_anchors_of_a_preset_in_the_operator(shift):
    anchors = generate_anchors(preset("object_detection_oid_v4").anchors)
    model = ModelBuilder()
    image = made.image_of(model, (300, 300))
    raw = [model.tensor((1, 1917, columns)) for columns in (4, 24)]
    model.operator("CUSTOM_BACKBONE", [image], raw)
    table = anchors[:, [1, 0, 3, 2]] + np.float32(shift)
    constant = model.tensor((1917, 4), constant=table)
    shapes = ((1, 10, 4), (1, 10), (1, 10), (1,))
    outs = [model.tensor(shape) for shape in shapes]
    model.operator("TFLite_Detection_PostProcess", [*raw, constant], outs, custom_options=b"")
    report = inspect_model(model.build([image], outs))
    assert any("options of TFLite_Detection_PostProcess cannot be read" in n for n in report.notes)
    assert report.postprocess is not None
    difference = float(abs(table[:, [1, 0, 3, 2]] - anchors).max())
    expected = {} if shift == 0.01 else {"object_detection_oid_v4": difference}
    assert report.postprocess.presets == expected


def test_anchors_of_another_number_than_rows():
    report = inspect_model(made.postprocessed(made.some_anchors(467)))
    assert report.anchors is None
    assert any("467 anchors for 468 rows" in note for note in report.notes)


# -- damage


def test_damaged_models_give_a_typed_error():
    data = ssd_model((64, 64), (16,), (2,))
    for cut in range(0, len(data) - 1, max(1, len(data) // 60)):
        with pytest.raises(ModelError):
            inspect_model(data[:cut])


@pytest.mark.parametrize("seed", range(4))
def test_any_damage_gives_a_report_or_a_typed_error(seed):
    """Bytes of the tables, not of the weights, which nothing looks at."""
    random = np.random.default_rng(seed)
    sound = [
        ssd_model((64, 64), (16, 32), (2, 3), num_classes=3, sigmoid=True),
        made.postprocessed(made.some_anchors()),
        made.simple(made.strided_rows),
        made.simple(made.packed_rows),
    ][seed]
    errors = 0
    for _ in range(60):
        data = bytearray(sound)
        for place in random.integers(0, len(data), 8):
            data[place] = random.choice([0, 1, 2, 127, 255, random.integers(256)])
        try:
            report = inspect_model(bytes(data))
        except ModelError:
            errors += 1
        else:
            json.dumps(report.to_dict(), allow_nan=False)
    assert errors < 60


@needs_graph_api
def test_no_detector_is_nothing_for_tasks():
    metadata = inspect_model(path_of("face_landmark")).metadata
    assert metadata is not None
    assert metadata.tasks == ("it is no SSD-style detector",)
