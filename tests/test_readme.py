"""Runs every example of the README as printed: `sh` and `python` blocks, from top to bottom."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import needs_graph_api
from tflite_builder import ssd_model

README = Path(__file__).resolve().parents[1] / "README.md"


def blocks(*languages: str) -> list[tuple[str, str]]:
    found = re.findall(r"^```(\w+)\n(.*?)^```$", README.read_text(), re.MULTILINE | re.DOTALL)
    return [(language, code) for language, code in found if language in languages]


def prepare(folder: Path) -> None:
    """The files that the examples speak of."""
    data = pytest.importorskip("skimage.data", reason="needs scikit-image for a photograph")
    from PIL import Image

    Image.fromarray(data.astronaut()).save(folder / "photograph.png")
    (folder / "detector.tflite").write_bytes(
        ssd_model((300, 300), (16, 32, 64), (2, 2, 2), num_classes=2, sigmoid=True)
    )
    (folder / "labels.txt").write_text("cup\nspoon\n")
    rows = [f"{i}.jpg,640,480,{i},{i},{3 * i + 20},{2 * i + 30},thing" for i in range(1, 150)]
    header = "image,width,height,xmin,ymin,xmax,ymax,label"
    (folder / "boxes.csv").write_text("\n".join([header, *rows]) + "\n")


def test_there_are_examples() -> None:
    assert len(blocks("sh")) >= 4
    assert len(blocks("python")) >= 6


@needs_graph_api
@pytest.mark.slow
def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = Path(sys.executable).parent  # where mediapipe-anchors is installed
    monkeypatch.setenv("PATH", os.pathsep.join([str(commands), os.environ["PATH"]]))
    names: dict[str, Any] = {}
    for language, code in blocks("sh", "python"):
        if language == "sh":
            subprocess.run(["sh", "-e", "-c", code], check=True)
        else:
            exec(compile(code, "README.md", "exec"), names)
    assert names["anchors"].shape == (1917, 4)
    assert len(names["detections"]) == 1
    assert len(names["seen"]) == sum(map(len, names["large"])) - sum(names["seen"].dropped.values())
    assert len(names["faces"]) == 1
    assert names["report"].row(800).feature_map == 1
    assert names["embedded"].anchors.shape == (972, 4)
    assert names["embedded"].labels == ("cup", "spoon")
    assert (tmp_path / "names.txt").read_text() == "cup\nspoon\n"
    assert "too-few-anchors" in [finding.code for finding in names["findings"]]
    assert names["error_field"] == "num_layers"
