"""`mediapipe-anchors run`: what it writes, says and returns."""

from __future__ import annotations

import json
import math
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import heed_ctrl_c, needs_graph_api
from mediapipe_graphs import FACE_GRAPH, PREVIOUS, face_graph, pass_through_graph
from PIL import Image
from skimage import data

from mediapipe_anchors import Detections, run_graph
from mediapipe_anchors.cli import cli, main
from mediapipe_anchors.cli.native_log import native_log
from mediapipe_anchors.cli.run_report import Frame, RunReport, to_json
from mediapipe_anchors.draw import draw_detections
from mediapipe_anchors.run.packet_values import Rect
from mediapipe_anchors.run.result import Emitted, GraphResult

FACE = data.astronaut()


@pytest.fixture
def photographs(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    Image.fromarray(FACE).save(folder / "face2.png")
    Image.fromarray(np.ascontiguousarray(FACE[:, ::-1])).save(folder / "face10.png")
    Image.fromarray(data.coffee()).save(folder / "coffee.jpg")
    return folder


def run(*arguments):
    return CliRunner().invoke(cli, ["run", *map(str, arguments)])


def read_lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


# --- images


@needs_graph_api
def test_folder_of_images(photographs, tmp_path):
    out = tmp_path / "out"
    result = run(FACE_GRAPH, photographs, "-o", out)
    assert result.exit_code == 0, result.output
    assert "3 frames, 2 detections (1 frames without), 0 failed" in result.stdout
    lines = read_lines(out / "detections.jsonl")
    assert [line["file"] for line in lines] == [
        str(photographs / name) for name in ("coffee.jpg", "face2.png", "face10.png")
    ]
    coffee, face, _ = lines
    assert (coffee["width"], coffee["height"]) == (600, 400)
    assert (coffee["detections"], coffee["missing"]) == ({}, ["detections"])
    assert (face["frame"], face["timestamp"], face["missing"]) == (0, 0, [])
    found = run_graph(FACE_GRAPH, {"image": FACE})["detections"]
    assert face["detections"] == {"detections": found.to_dicts()}
    picture = np.array(Image.open(out / "face2.png"))
    np.testing.assert_array_equal(picture, draw_detections(FACE, found))
    untouched = np.array(Image.open(photographs / "coffee.jpg"))
    np.testing.assert_array_equal(np.array(Image.open(out / "coffee.png")), untouched)


@needs_graph_api
def test_one_image_and_json_summary(photographs, tmp_path):
    out = tmp_path / "new" / "out"
    result = run(FACE_GRAPH, photographs / "face2.png", "-o", out, "--json", "--no-images")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout) == {
        "frames": 1,
        "detections": 1,
        "frames_without_detection": 0,
        "failed": {},
        "interrupted": False,
        "detections_file": str(out / "detections.jsonl"),
        "annotated_images": [],
    }
    assert sorted(path.name for path in out.iterdir()) == ["detections.jsonl", "mediapipe.log"]


@needs_graph_api
def test_preset_by_name(photographs, tmp_path):
    result = run("face_detection_short_range", photographs / "face2.png", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    (line,) = read_lines(tmp_path / "out" / "detections.jsonl")
    assert len(line["detections"]["detections"]) == 1


@needs_graph_api
def test_bad_image_is_reported_and_the_run_goes_on(photographs, tmp_path):
    (photographs / "broken.png").write_bytes(b"no image")
    Image.new("L", (1, 33000)).save(photographs / "long.png")
    result = run(FACE_GRAPH, photographs, "-o", tmp_path / "out", "--json")
    assert result.exit_code == 1
    assert f"{photographs / 'broken.png'}: cannot be read: not an image" in result.stderr
    summary = json.loads(result.stdout)
    assert summary["frames"] == 3
    assert set(summary["failed"]) == {str(photographs / n) for n in ("broken.png", "long.png")}
    assert "sides of 1 to 32766" in summary["failed"][str(photographs / "long.png")]


@needs_graph_api
def test_streams_are_chosen_by_name(photographs, tmp_path):
    graph = tmp_path / "graph.pbtxt"
    graph.write_text(face_graph() + 'input_stream: "other"')
    image, out = photographs / "face2.png", tmp_path / "out"
    result = run(graph, image, "-o", out)
    assert result.exit_code == 2
    assert "--input-stream" in result.stderr
    assert "image, other" in result.stderr
    arguments = ("--input-stream", "image", "--output-stream", "raw", "--output-stream", "image")
    result = run(graph, image, "-o", out, *arguments)
    assert result.exit_code == 0, result.output
    (line,) = read_lines(out / "detections.jsonl")
    assert list(line["detections"]) == ["raw"]
    assert line["values"] == {"image": {"dtype": "uint8", "shape": [512, 512, 3]}}


@needs_graph_api
def test_side_packets(photographs, tmp_path):
    graph = tmp_path / "graph.pbtxt"
    graph.write_text(
        pass_through_graph()
        + """input_side_packet: "side" output_stream: "tick"
        node {
          calculator: "SidePacketToStreamCalculator"
          input_side_packet: "side"
          input_stream: "TICK:in0"
          output_stream: "AT_TICK:tick"
        }"""
    )
    for given, value in (
        ("2", 2),
        ("0.5", 0.5),
        ("true", True),
        ("[1, 2]", [1, 2]),
        ("a=b", "a=b"),
    ):
        result = run(
            graph, photographs / "face2.png", "-o", tmp_path / "out",
            "--output-stream", "tick", "--side-packet", f"side={given}",
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        (line,) = read_lines(tmp_path / "out" / "detections.jsonl")
        assert line["values"] == {"tick": value}
    result = run(graph, photographs, "--side-packet", "side")
    assert result.exit_code == 2
    assert "expected NAME=VALUE" in result.stderr


@needs_graph_api
def test_images_as_a_stream_share_the_graph(photographs, tmp_path):
    graph = tmp_path / "previous.pbtxt"
    graph.write_text(PREVIOUS)
    out = tmp_path / "out"
    assert run(graph, photographs, "-o", out).exit_code == 0
    alone = read_lines(out / "detections.jsonl")
    assert [line["missing"] for line in alone] == [["previous"]] * 3
    assert run(graph, photographs, "-o", out, "--stream").exit_code == 0
    stream = read_lines(out / "detections.jsonl")
    assert [line["missing"] for line in stream] == [["previous"], [], []]
    assert [line["timestamp"] for line in stream] == [0, 33333, 66666]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("nothing", "{in}"), "not a preset"),
        ((FACE_GRAPH, "{in}/none"), "does not exist"),
        ((FACE_GRAPH, "{in}", "-o", "{in}"), "would replace them"),
        ((FACE_GRAPH, "{in}/face2.png", "-o", "{in}"), "would replace them"),
        ((FACE_GRAPH, "{empty}"), "no image in it"),
        ((FACE_GRAPH, "{in}", "-o", "{in}/face2.png/out"), "Not a directory"),
    ],
)
@needs_graph_api
def test_bad_use(photographs, tmp_path, arguments, text):
    empty = tmp_path / "empty"
    empty.mkdir()
    places = {"in": photographs, "empty": empty}
    result = run(*(str(argument).format(**places) for argument in arguments))
    assert result.exit_code == 2
    assert text in result.stderr
    assert result.stdout == ""


@needs_graph_api
def test_error_of_the_graph_ends_the_run_at_once(photographs, tmp_path, capsys):
    graph = tmp_path / "graph.pbtxt"
    graph.write_text(face_graph(nms="max_num_detections: 0"))
    with pytest.raises(SystemExit) as ended:
        main(["run", str(graph), str(photographs), "-o", str(tmp_path / "out")])
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith(f"mediapipe-anchors: error: {graph}:")
    assert "max_num_detections" in error


# --- a video


@needs_graph_api
def test_video(tmp_path):
    av = pytest.importorskip("av", reason="needs the extra 'video'")
    path = tmp_path / "face.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        for index in range(4):
            frame = np.ascontiguousarray(np.roll(FACE, 8 * index, axis=1)[::2, ::2])
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    out = tmp_path / "out"
    assert run(FACE_GRAPH, path, "-o", out).exit_code == 0
    lines = read_lines(out / "detections.jsonl")
    assert [line["frame"] for line in lines] == [0, 1, 2, 3]
    assert [line["timestamp"] for line in lines] == [0, 40_000, 80_000, 120_000]
    assert all(len(line["detections"]["detections"]) == 1 for line in lines)
    assert list(out.glob("*.png")) == []
    assert run(FACE_GRAPH, path, "-o", out, "--images").exit_code == 0
    names = ["face.png", *(f"face_{index:06d}.png" for index in (1, 2, 3))]
    assert sorted(path.name for path in out.glob("*.png")) == names


# --- Ctrl-C


@pytest.mark.slow
@needs_graph_api
def test_ctrl_c(photographs, tmp_path):
    for index in range(300):
        (photographs / f"more{index}.png").write_bytes((photographs / "face2.png").read_bytes())
    out = tmp_path / "out"
    code = "from mediapipe_anchors.cli import main; main()"
    command = [sys.executable, "-c", code, "run", FACE_GRAPH, photographs, "-o", out, "--json"]
    process = subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    while not (out / "face2.png").exists():
        time.sleep(0.05)
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 130
    assert stderr == "interrupted; what was done until then:\n"
    summary = json.loads(stdout)
    assert summary["interrupted"]
    assert 1 <= summary["frames"] < 300
    assert len(read_lines(out / "detections.jsonl")) == summary["frames"]


# --- the parts


def test_native_log(tmp_path, capfd):
    import os

    with native_log(tmp_path / "log"):
        os.write(2, b"from C++\n")
        print("from Python", file=sys.stderr)
    os.write(2, b"afterwards\n")
    assert (tmp_path / "log").read_bytes() == b"from C++\n"
    assert capfd.readouterr().err.endswith("from Python\nafterwards\n")


def test_pictures_of_files_that_differ_in_their_suffix_only(tmp_path):
    image = np.zeros((9, 9, 3), np.uint8)
    names = ["a.jpg", "a.png", "a.jpg.png", "b.png"]
    with RunReport(tmp_path, annotate=True) as report:
        for name in names:
            report.add(Frame(tmp_path / "in" / name, 0, 0, image), GraphResult(0, []))
    assert len(set(report.pictures)) == 4
    assert [path.name for path in report.pictures][:2] == ["a.png", "a.png.png"]


def test_line_of_a_frame(tmp_path):
    image = np.zeros((9, 8, 3), np.uint8)
    found = Detections([[0, 0, 1, math.inf]], [math.nan], [3])
    result = GraphResult(5, ["d", "rect", "none"])
    result["d"], result["rect"] = found, Rect(0.5, 0.25, 1, 1)
    result.others.append(Emitted("d", 4, found))
    with RunReport(tmp_path, annotate=False) as report:
        report.add(Frame(tmp_path / "ü.png", 7, 5, image), result)
    (line,) = read_lines(tmp_path / "detections.jsonl")
    expected = {"box": [0, 0, 1, None], "score": None, "class_id": 3}
    assert line["detections"] == {"d": [expected]}
    assert line["others"] == [{"stream": "d", "timestamp": 4, "value": [expected]}]
    assert line["values"]["rect"]["x_center"] == 0.5
    assert (line["frame"], line["timestamp"], line["missing"]) == (7, 5, ["none"])
    assert "ü.png" in (tmp_path / "detections.jsonl").read_text()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1, 1),
        (True, True),
        (None, None),
        ("a", "a"),
        (b"a", "b'a'"),
        (math.nan, None),
        (np.float32(0.5), 0.5),
        ([1, (2, math.inf)], [1, [2, None]]),
        ({1: [np.float64(2)]}, {"1": [2.0]}),
        (np.array([1.5, np.nan]), [1.5, None]),
        (np.zeros((40, 50)), {"dtype": "float64", "shape": [40, 50]}),
    ],
)
def test_to_json(value, expected):
    assert to_json(value) == expected
    json.dumps(to_json(value), allow_nan=False)
