"""`sketch_boxes`: many files in one sketch, here or on a Dask cluster."""

from __future__ import annotations

import itertools
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mediapipe_anchors.boxes import BoxSketch, read_boxes, sketch_boxes
from mediapipe_anchors.errors import BoxesError, MediaPipeAnchorsError, MissingExtraError
from mediapipe_anchors.fit.sketch import ShapeSketch

HEADER = "image,width,height,xmin,ymin,xmax,ymax,label"


def write(path: Path, *rows: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def random_rows(seed: int, count: int) -> list[str]:
    corners = np.random.default_rng(seed).uniform(0, 300, (count, 2, 2)).round(2)
    boxes = zip(corners.min(axis=1).tolist(), (corners.max(axis=1) + 1).tolist(), strict=True)
    return [
        f"{seed}/{index // 3},640,480,{low[0]},{low[1]},{high[0]},{high[1]},x"
        for index, (low, high) in enumerate(boxes)
    ]


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Files with more distinct shapes than are kept as they are, and one without a box."""
    folder = tmp_path_factory.mktemp("shards")
    counts = enumerate((30_000, 100, 0, 50_000))
    return [write(folder / f"{seed}.csv", *random_rows(seed, count)) for seed, count in counts]


def same(sketch: ShapeSketch, other: ShapeSketch) -> bool:
    return (
        sketch.num_boxes == other.num_boxes
        and sketch.wh.tobytes() == other.wh.tobytes()
        and sketch.weights.tobytes() == other.weights.tobytes()
    )


def options(**changes: Any) -> dict[str, Any]:
    return {"input_size": (300, 200), "resize": "letterbox"} | changes


@pytest.fixture(scope="module")
def local(shards: list[Path]) -> BoxSketch:
    return sketch_boxes(shards, **options())


def test_the_sketch_is_that_of_all_the_boxes(shards: list[Path], local: BoxSketch) -> None:
    whole = ShapeSketch()
    for path in (shards[0], shards[1], shards[3]):
        whole.add(read_boxes(path).wh((300, 200), resize="letterbox"))
    assert same(local.sketch, whole)
    assert not local.sketch.is_exact
    report = local.report
    assert (report.read, report.kept, report.format) == (80_100, 80_100, "csv")
    assert report.images == 10_000 + 34 + 16_667
    assert report.path == f"{shards[0]} and 3 more"


def test_the_order_of_the_shards_does_not_matter(shards: list[Path], local: BoxSketch) -> None:
    for order in itertools.islice(itertools.permutations(shards), 1, 24, 5):
        assert same(sketch_boxes(order, **options()).sketch, local.sketch)


def test_a_folder_is_as_many_shards_as_files(shards: list[Path], local: BoxSketch) -> None:
    found = sketch_boxes(shards[0].parent, **options())
    assert same(found.sketch, local.sketch)
    assert found.report.detected
    assert not sketch_boxes(str(shards[0].parent), "csv", **options()).report.detected


def test_what_is_left_out_is_counted_once_by_reason(tmp_path: Path) -> None:
    rows = [
        "a,200,100,60,10,140,90,x",
        "a,200,100,60,10,140,90,x",  # twice
        "a,200,100,0,0,40,100,x",  # outside the centre crop
        "a,200,100,40,10,60,40,x",  # cut there
        "a,200,100,70,70,73,90,x",  # small
        "a,200,100,5,5,5,9,x",  # no area
    ]
    first, second = write(tmp_path / "a.csv", *rows), write(tmp_path / "b.csv", *rows[2:5])
    changes = {"resize": "center_crop", "input_size": (50, 50), "min_size": 2}
    found = sketch_boxes([first, second], **changes, drop=["duplicate"])
    assert found.report.dropped == {
        "no area": 1,
        "duplicate": 1,
        "outside the crop": 2,
        "smaller than 2 pixels of the input": 2,
    }
    assert found.report.noted == {"cut at the crop": 2}
    assert (found.report.read, found.report.kept, found.sketch.num_boxes) == (9, 3, 3)
    np.testing.assert_array_equal(found.sketch.wh, [[0.1, 0.3], [0.8, 0.8]])
    np.testing.assert_array_equal(found.sketch.weights, [2, 1])


def test_formats_may_differ(tmp_path: Path) -> None:
    (tmp_path / "faces.txt").write_text("a.jpg\n1\n0 0 64 48 0 0 0 0 0 0\n", encoding="utf-8")
    write(tmp_path / "a.csv", "a,640,480,0,0,64,96,x")
    paths = [tmp_path / "a.csv", tmp_path / "faces.txt"]
    found = sketch_boxes(paths, image_size=(640, 480))
    assert found.report.format == "csv, wider_face"
    np.testing.assert_array_equal(found.sketch.wh, [[0.1, 0.1], [0.1, 0.2]])


def test_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(BoxesError, match="no path given"):
        sketch_boxes([])
    empty = write(tmp_path / "a.csv", "a,9,9,1,1,1,1,x")
    with pytest.raises(BoxesError, match="no usable box among 2, reading it as csv: 2 no area"):
        sketch_boxes([empty, empty])
    small = write(tmp_path / "b.csv", "a,9,9,1,1,2,2,x")
    with pytest.raises(BoxesError, match="1 smaller than 8 pixels of the input"):
        sketch_boxes(small, input_size=(9, 9), min_size=8)
    with pytest.raises(FileNotFoundError, match=r"missing\.csv"):
        sketch_boxes([small, tmp_path / "missing.csv"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"engine": "spark"}, "engine: got 'spark', expected 'local' or 'dask'"),
        ({"client": 3}, "client: got 3, expected None beside 'local'"),
        ({"drop": "crowd"}, "drop: got 'crowd'"),
        ({"resize": "letterbox"}, "input_size: got None"),
    ],
)
def test_arguments_are_checked(shards: list[Path], changes: Any, message: str) -> None:
    with pytest.raises(MediaPipeAnchorsError, match=message):
        sketch_boxes(shards[1], **changes)


# --- On a Dask cluster ---


@pytest.fixture(scope="module", params=[1, 3])
def client(request: pytest.FixtureRequest) -> Any:
    distributed = pytest.importorskip("distributed", reason="needs the extra 'dask'")
    cluster = {"n_workers": request.param, "processes": False, "dashboard_address": "127.0.0.1:0"}
    with distributed.Client(**cluster) as client:
        yield client


def test_dask_gives_the_same_sketch(shards: list[Path], local: BoxSketch, client: Any) -> None:
    for order in (shards, shards[::-1], [*shards[2:], *shards[:2]]):
        found = sketch_boxes(order, **options(), engine="dask", client=client)
        assert same(found.sketch, local.sketch)
        assert found.report == sketch_boxes(order, **options()).report
    assert client.futures == {}  # nothing stays behind on the cluster of the caller


def test_an_error_of_a_shard_comes_with_its_place(tmp_path: Path, client: Any) -> None:
    good = write(tmp_path / "good.csv", "a,9,9,1,1,3,3,x")
    bad = write(tmp_path / "bad.csv", "a,9,9,1,1,3,3,x", "a,9,9,1,1,3,tall,x")
    with pytest.raises(BoxesError, match=r"bad\.csv:3: ymax: got 'tall'") as caught:
        sketch_boxes([good, bad, good], engine="dask", client=client)
    assert (caught.value.path, caught.value.line) == (str(bad), 3)
    assert client.futures == {}  # nor what was still to be done


@pytest.mark.slow
def test_a_cluster_of_its_own(shards: list[Path], local: BoxSketch) -> None:
    pytest.importorskip("distributed", reason="needs the extra 'dask'")
    assert same(sketch_boxes(shards, **options(), engine="dask").sketch, local.sketch)


def test_the_missing_extra_is_said(shards: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r'pip install "mediapipe_anchors\[dask\]"'):
        sketch_boxes(shards[1], engine="dask")


def test_errors_travel_between_processes() -> None:
    for error in (
        BoxesError("wrong", path="a.csv", line=3),
        MissingExtraError("reading Parquet", "parquet", "none"),
        MediaPipeAnchorsError(field="roi", value=3, expected="four numbers"),
    ):
        copy = pickle.loads(pickle.dumps(error))
        assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))
