"""`mediapipe-anchors fit`."""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import needs_graph_api

from mediapipe_anchors import SsdAnchorsOptions, generate_anchors

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"
ROWS = [
    "a,100,100,0,0,10,20,x",
    "a,100,100,80,80,110,120,x",
    "b,100,100,0,0,50,60,y",
    "b,100,100,5,5,5,9,y",
]


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    path = tmp_path / "boxes.csv"
    path.write_text("\n".join([HEADER, *ROWS]), encoding="utf-8")
    return path


@pytest.fixture
def run(run_command: Any) -> Any:
    return functools.partial(run_command, "fit")


def test_a_table_of_80_columns(boxes: Path, run: Any) -> None:
    out, err = run(boxes, "--input-size", "320x160", "-k", 3)
    assert err == ""
    assert max(map(len, out.splitlines())) <= 80
    assert "Boxes   3 in 2 images, read as csv (detected)" in out
    assert "left out: 1 no area" in out
    assert "kept: 1 clipped to the image" in out
    assert "Input   320 x 160, stretch" in out
    assert "Fit     mean best IoU 1.0000, recall at 0.5 1.0000, by shape" in out
    assert "Placed  mean best IoU 0." in out
    assert "Grid    1,050 anchors, strides 8, 16, 32" in out
    cells = [line.split() for line in out.splitlines() if re.match(r" +\d", line)]
    assert cells == [
        ["1", "0.1000", "0.2000", "32.0", "32.0", "1.00", "8", "1", "33.3%"],
        ["2", "0.2000", "0.2000", "64.0", "32.0", "2.00", "16", "1", "33.3%"],
        ["3", "0.5000", "0.6000", "160.0", "96.0", "1.67", "32", "1", "33.3%"],
    ]


def test_every_option(boxes: Path, run: Any) -> None:
    options = "--input-size 64x32 -k 2 --strides 32,16 --resize letterbox --no-clip --seed 3 --json"
    out, _ = run(boxes, "--format", "csv", *options.split())
    figures = json.loads(out)
    assert figures["read"]["format"] == "csv"
    assert not figures["read"]["detected"]
    assert figures["read"]["noted"] == {"beyond the image": 1}
    assert figures["resize"] == "letterbox"
    # 100 pixels become 32 of 64 x 32; the second shape serves 9.6 x 12.8 and 16 x 19.2, and no
    # shape serves both better than either of them does.
    anchors = np.array(figures["fit"]["anchors_px"])
    np.testing.assert_allclose(anchors[0], [3.2, 6.4], rtol=1e-6)
    assert np.isclose(anchors[1], [[9.6, 12.8], [16, 19.2]], rtol=1e-6).all(axis=1).any()
    np.testing.assert_allclose(anchors / [64, 32], figures["fit"]["anchors"], rtol=1e-6)
    assert figures["fit"]["boxes"] == 3
    assert figures["fit"]["boxes_per_anchor"] == [1, 2]
    assert figures["layout"] == {
        "input_size": [64, 32],
        "strides": [32, 16],
        "anchors_per_cell": [1, 1],
        "num_anchors": 2 * 1 + 4 * 2,
    }
    assert figures["output"] is None


def test_the_image_size_can_be_stated(tmp_path: Path, run: Any) -> None:
    path = tmp_path / "gt.txt"
    path.write_text("1,1,1,1,64,240,1,-1,-1,-1\n", encoding="utf-8")
    _, err = run(path, "--input-size", "300x300", "-k", 1, code=2)
    assert re.fullmatch(
        r"mediapipe-anchors: error: .*gt\.txt: no seqinfo\.ini .*--image-size\)\n", err
    )
    out, _ = run(path, "--input-size", "300x300", "-k", 1, "--image-size", "640x480", "--json")
    np.testing.assert_allclose(json.loads(out)["fit"]["anchors"], [[0.1, 0.5]], rtol=1e-6)
    assert json.loads(out)["layout"]["strides"] == [8]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "Missing option '--input-size'"),
        ("--input-size 300", "'300': expected pixels as WxH"),
        ("--input-size 0x300", "'0x300': expected pixels as WxH"),
        ("--input-size 64x64 --strides 8,,16", "'8,,16': expected numbers with commas"),
        (
            "--input-size 64x64 -k 2 --strides 8,16,32",
            "strides: got (8, 16, 32), expected at most 2",
        ),
        ("--input-size 64x64 -k 0", "'0': expected a number of 1 or more, or auto"),
        ("--input-size 64x64 -k 4", "n_anchors: got 4, expected at most 3"),
        ("--input-size 64x64 --format excel", "format: got 'excel', expected one of coco"),
        ("--input-size 999999x999999 --strides 1,2,3", "strides: got (1, 2, 3), expected at most"),
    ],
)
def test_bad_use_is_said_in_a_line_and_ends_with_2(
    boxes: Path, run: Any, options: str, message: str
) -> None:
    out, err = run(boxes, *options.split(), code=2)
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_a_folder_that_is_not_there(boxes: Path, run: Any) -> None:
    missing = boxes.parent / "missing" / "anchors.pbtxt"
    _, err = run(boxes, "--input-size", "64x64", "-k", 3, "-o", missing, code=2)
    assert "there is no folder" in err


def test_a_file_of_another_kind(boxes: Path, run: Any) -> None:
    _, err = run(boxes, "--input-size", "64x64", "-k", 3, "-o", boxes.parent / "a.csv", code=2)
    assert "ends in .pbtxt" in err


# --- What is written ---


@pytest.fixture
def written(boxes: Path, run: Any) -> Path:
    path = boxes.with_name("anchors.pbtxt")
    _, err = run(boxes, "--input-size", "300x200", "-k", 3, "--strides", "16,32", "-o", path)
    assert f"Wrote {path}" in err
    return path


def test_the_written_graph_reads_back_as_the_anchors(written: Path) -> None:
    anchors = generate_anchors(SsdAnchorsOptions.from_pbtxt(written))
    assert len(anchors) == 19 * 13 * 2 + 10 * 7 * 1
    np.testing.assert_array_equal(anchors[0], np.float32([0.5 / 19, 0.5 / 13, 0.1, 0.2]))
    np.testing.assert_array_equal(anchors[3], np.float32([1.5 / 19, 0.5 / 13, 0.2, 0.2]))
    np.testing.assert_array_equal(anchors[-1], np.float32([9.5 / 10, 6.5 / 7, 0.5, 0.6]))


def test_the_comment_states_the_fit_and_the_order(written: Path) -> None:
    comment = [line for line in written.read_text().splitlines() if line.startswith("#")]
    assert max(map(len, comment)) <= 100
    text = "\n".join(comment)
    assert "fitted to 3 boxes in 2 images (csv)" in text
    assert "shape 3: 150.00 x 120.00 on stride 32" in text
    assert "564 anchors; anchor r decodes row r" in text
    assert "anchors 494 to 563: stride 32, 10 columns x 7 rows, shapes 3 to 3" in text


@needs_graph_api
def test_mediapipe_loads_the_written_graph_with_the_same_anchors(written: Path) -> None:
    from google.protobuf import text_format
    from mediapipe.framework import calculator_pb2
    from mediapipe.python import packet_getter
    from mediapipe.python._framework_bindings.calculator_graph import CalculatorGraph

    config = text_format.Parse(written.read_text(), calculator_pb2.CalculatorGraphConfig())
    config.output_stream.append("anchor_stream")
    config.node.add(
        calculator="SidePacketToStreamCalculator",
        input_side_packet=["anchors"],
        output_stream=["AT_ZERO:anchor_stream"],
    )
    packets = []
    graph = CalculatorGraph(graph_config=config)
    graph.observe_output_stream("anchor_stream", lambda _, packet: packets.append(packet))
    graph.start_run()
    graph.wait_until_done()
    assert len(packets) == 1
    inside = packet_getter.get_proto_list(packets[0])
    columns = [[each.x_center, each.y_center, each.w, each.h] for each in inside]
    ours = generate_anchors(SsdAnchorsOptions.from_pbtxt(written))
    np.testing.assert_array_equal(np.float32(columns).view(np.int32), ours.view(np.int32))
