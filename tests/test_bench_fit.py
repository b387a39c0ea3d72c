"""`mediapipe-anchors bench fit`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors import AnchorFitter, MediaPipeAnchorsError, read_boxes
from mediapipe_anchors.bench.fit_bench import bench_fit
from mediapipe_anchors.bench.fit_methods import METHODS, fit_by_evolution
from mediapipe_anchors.cli import main


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    path, random = tmp_path / "boxes.csv", np.random.RandomState(0)
    sides = random.randint(5, 90, (200, 2))
    rows = [f"{i}.jpg,100,100,0,0,{w},{h},x" for i, (w, h) in enumerate(sides)]
    header = "image,width,height,xmin,ymin,xmax,ymax,label"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Any:
    def call(*arguments: object, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(["bench", "fit", *map(str, arguments)])
        captured = capsys.readouterr()
        assert stopped.value.code == code, captured.err
        return captured.out, captured.err

    return call


@pytest.mark.slow
def test_all_methods_side_by_side(boxes: Path, run: Any) -> None:
    out, _ = run(boxes, "-k", "2", "--repeats", 2, "--json")
    figures = json.loads(out)
    assert figures["read"]["kept"] == 200
    rows = {row["method"]: row for row in figures["rows"]}
    assert list(rows) == list(METHODS)
    assert [row["runs"] for row in rows.values()] == [2, 2, 1]
    fitter = AnchorFitter(2).fit(wh := read_boxes(boxes).wh())
    assert rows["ours"]["score"] == fitter.score(wh)
    assert rows["differential evolution"]["score"] == pytest.approx(fitter.score(wh), abs=1e-3)
    assert rows["k-means"]["score"] < rows["ours"]["score"]
    for row in rows.values():
        assert row["seconds"] > 0
        assert 0 <= row["added_mb"] < row["peak_mb"] < 2000
        assert row["seconds_ratio"] == row["seconds"] / rows["k-means"]["seconds"]
        assert row["cpu_ratio"] == row["cpu_seconds"] / rows["k-means"]["cpu_seconds"]
        assert row["peak_ratio"] == row["peak_mb"] / rows["k-means"]["peak_mb"]


def test_the_table(boxes: Path, run: Any) -> None:
    out, _ = run(boxes, "-k", "1", "--repeats", 1, "--no-evolution", "--threads", 1, "--markdown")
    lines = out.splitlines()
    assert lines[0] == "boxes.csv: 200 boxes in 200 images"
    assert lines[2] == "| k | method | mean IoU | recall | s | ratio | CPU s | ratio | MB | ratio |"
    assert lines[4].startswith("| 1 | ours | 0.")
    assert len(lines) == 6
    assert len({line.count("|") for line in lines[2:]}) == 1


def test_what_fails_is_said(run: Any, boxes: Path) -> None:
    _, err = run(boxes, "-k", "1000", "--no-evolution", code=2)
    assert err.startswith("mediapipe-anchors: error: ours with 1000 anchors failed: ")
    assert "n_anchors: got 1000, expected at most" in err
    with pytest.raises(MediaPipeAnchorsError, match="with 2 anchors failed"):
        bench_fit(np.zeros((3, 2)), [2], repeats=1)


def test_evolution_finds_the_one_best_shape() -> None:
    wh = np.array([[0.2, 0.1]] * 5 + [[0.1, 0.2]])
    np.testing.assert_allclose(fit_by_evolution(wh, 1, 0), [[0.2, 0.1]], rtol=1e-2)
