"""What row N is: by the model, by its anchors, and by anchors that are given."""

from __future__ import annotations

import json

import detector_models as made
import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import MEDIAPIPE_DIR
from tflite_builder import ssd_model

from mediapipe_anchors import GridLayout, SsdAnchorsOptions, TensorError, write_anchors
from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.emit import emit_graph
from mediapipe_anchors.errors import MediaPipeAnchorsError, OptionsError
from mediapipe_anchors.inspection import inspect_model
from mediapipe_anchors.presets import preset

SHORT_RANGE = MEDIAPIPE_DIR / "modules/face_detection/face_detection_short_range.tflite"


@needs_graph_api
def test_a_row_of_a_published_model():
    report = inspect_model(SHORT_RANGE)
    row = report.row(511)
    assert (row.feature_map, row.grid, row.stride) == (0, (16, 16), 8)
    assert (row.cell, row.anchor_in_cell, row.anchors_per_cell) == ((15, 15), 1, 2)
    assert row.cell_px == (120, 120, 128, 128)
    assert row.centre_px == (124, 124)
    assert row.anchor == (0.96875, 0.96875, 1, 1)
    assert row.box_px == (60, 60, 188, 188)
    assert (row.layout_source, row.anchors_source) == ("the model", report.anchors_source)
    row = report.row(512)
    assert (row.feature_map, row.grid, row.cell, row.anchor_in_cell) == (1, (8, 8), (0, 0), 0)
    assert row.centre_px == (8, 8)


@needs_graph_api
def test_every_row_of_published_models_is_at_its_anchor():
    """The cell that is told from the graph of operators is the one on which the anchor stands."""
    for name in ("face_detection_short_range", "pose_detection", "palm_detection_full"):
        report = inspect_model(MEDIAPIPE_DIR.parent / preset(name).model.path)
        assert report.heads is not None
        assert report.anchors is not None
        for number in range(report.heads.num_boxes):
            row = report.row(number)
            assert row.cell is not None
            assert row.grid is not None
            assert row.anchor is not None
            centre = (np.float32(row.cell) + np.float32(0.5)) / np.float32(row.grid)
            assert row.anchor[:2] == tuple(centre.tolist())


SHAPES = np.array([[0.1, 0.2], [0.3, 0.1], [0.5, 0.4]])
LAYOUT = GridLayout((96, 64), (16, 32), (1, 2))


def test_anchors_that_are_given():
    report = inspect_model(ssd_model(LAYOUT.input_size, LAYOUT.strides, LAYOUT.anchors_per_cell))
    anchors = LAYOUT.place(SHAPES)
    alone = report.row(30)
    assert (alone.feature_map, alone.cell, alone.anchor_in_cell) == (1, (0, 1), 0)
    assert alone.anchor is None
    assert alone.box_px is None
    assert alone.centre_px == (16, 48)
    assert alone.anchors_source == ""
    for given in (anchors, LAYOUT.options(SHAPES)):
        row = report.row(30, given)
        assert row.anchor == tuple(anchors[30].tolist())
        x, y, w, h = (float(value) for value in anchors[30])
        left, top = (x - w / 2) * 96, (y - h / 2) * 64
        assert row.box_px == (left, top, left + w * 96, top + h * 64)
        assert row.anchors_source == "the anchors given"
        assert row.layout_source == "the model"
    json.dumps(row.to_dict(), allow_nan=False)


def test_anchors_in_pixels_become_fractions():
    options = SsdAnchorsOptions(
        input_size_width=64,
        input_size_height=32,
        multiscale_anchor_generation=True,
        min_level=3,
        max_level=3,
        strides=[8],
        aspect_ratios=[1.0],
        scales_per_octave=1,
        normalize_coordinates=False,
    )
    report = inspect_model(ssd_model((64, 32), (8,), (1,)))
    row = report.row(9, options)
    assert row.centre_px == (12, 12)
    assert row.box_px == (-4, -4, 28, 28)


def test_the_layout_of_options_where_the_model_tells_none():
    report = inspect_model(made.behind_custom_operator(2254, 12, 1, (224, 224)))
    nothing = report.row(2000)
    assert nothing.cell is None
    assert nothing.centre_px is None
    assert nothing.layout_source == ""
    row = report.row(2000, "pose_detection")
    assert (row.feature_map, row.cell, row.anchor_in_cell) == (2, (6, 0), 4)
    assert row.layout_source == "the anchor options, not the model"
    assert row.anchors_source == "preset pose_detection"
    expected = generate_anchors(preset("pose_detection").anchors)[2000]
    assert row.anchor == tuple(expected.tolist())


@pytest.mark.parametrize("row", [-1, 30, 1.5, "3", None, 2**70])
def test_no_such_row(row):
    report = inspect_model(ssd_model((96, 64), (16,), (1,)))
    with pytest.raises(MediaPipeAnchorsError, match="from 0 to 23"):
        report.row(row)


def test_no_rows_at_all():
    report = inspect_model(made.outputs_alone((1, 1000), last="SOFTMAX"))
    with pytest.raises(MediaPipeAnchorsError, match="classifier"):
        report.row(0)


def test_anchors_of_another_number():
    report = inspect_model(ssd_model((128, 128), (8, 16), (2, 6)))
    with pytest.raises(OptionsError, match="896 rows"):
        report.row(0, "palm_detection_full")
    with pytest.raises(OptionsError, match="puts them out itself"):
        report.row(0, "coral_object_detection_desktop_live")
    with pytest.raises(TensorError, match="anchors"):
        report.row(0, np.zeros((895, 4), np.float32))
    with pytest.raises(OptionsError):
        report.row(0, SsdAnchorsOptions(fixed_anchors=np.zeros((3, 4))))


# -- the command


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mine.tflite"
    path.write_bytes(ssd_model((128, 128), (8, 16), (2, 6), num_coords=16))
    return path


def test_the_command_for_a_row(run_command, model, tmp_path):
    out, _ = run_command("inspect", model, "--row", 700)
    assert "row 700 of 896" in out
    assert "x 7, y 3" in out
    assert "--preset face_detection_short_range" in out
    given, _ = run_command("inspect", model, "--row", 700, "--preset", "face_detection_short_range")
    assert "from        preset face_detection_short_range" in given
    assert "fixed_anchor_size" in given
    row = preset("face_detection_short_range")
    graph, bare, csv = (tmp_path / name for name in ("g.pbtxt", "o.pbtxt", "a.csv"))
    graph.write_text(emit_graph(row))
    bare.write_text(row.anchors.to_pbtxt())
    write_anchors(csv, generate_anchors(row.anchors))
    for option, path in (("--graph", graph), ("--graph", bare), ("--anchors", csv)):
        out, _ = run_command("inspect", model, "--row", 700, option, path, "--json")
        assert json.loads(out)["box_px"] == [56, -8, 184, 120]


def test_the_command_where_nothing_is_known(run_command, tmp_path):
    path = tmp_path / "compiled.tflite"
    path.write_bytes(made.behind_custom_operator(1237, 4, 3, (320, 320)))
    out, _ = run_command("inspect", path, "--row", 3)
    assert "unknown: the rows come from some-accelerator" in " ".join(out.split())
    assert "--graph GRAPH or --anchors FILE" in " ".join(out.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--row", "896"], "from 0 to 895"),
        (["--row", "x"], "'x' is not a valid integer"),
        (["--preset", "pose_detection"], "go with --row"),
        (["--row", "1", "--preset", "pose_detection", "--graph", "g"], "at most one"),
        (["--row", "1", "--preset", "palm_detection_full"], "for 896 set"),
        (["--row", "1", "--anchors", "none.csv"], "none.csv"),
        (["--row", "1", "--anchors", "none.txt"], ".csv, .json, .npy or .pbtxt"),
    ],
)
def test_bad_use(run_command, model, arguments, message):
    _, err = run_command("inspect", model, *arguments, code=2)
    assert message in err
    assert "Traceback" not in err
