"""What may stand where files are expected: links, pipes, folders, and lines without an end."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

import pytest

from mediapipe_anchors.boxes import read_boxes, source_files
from mediapipe_anchors.errors import BoxesError

CSV = "image,width,height,xmin,ymin,xmax,ymax\n{},9,9,1,2,3,4\n"
HOSTILE = {"name.txt", "name.json", "name.xml", "name.csv", "name.parquet", "name.record"}


def test_links_to_folders_are_followed_once(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_text(CSV.format("a"))
    data = tmp_path / "data"
    data.mkdir()
    (data / "b.csv").write_text(CSV.format("b"))
    (data / "linked").symlink_to(tmp_path / "elsewhere")
    (data / "linked again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "back").symlink_to(data)
    (data / "itself").symlink_to(data / "itself")
    assert read_boxes(data).image_names == ("b", "a")


def test_hidden_files_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._a.csv").write_bytes(b"\0\5\x16\7")
    (tmp_path / ".ipynb_checkpoints").mkdir()
    for name in (".ipynb_checkpoints/a-checkpoint.csv", "a.csv"):
        (tmp_path / name).write_text(CSV.format("a"))
    assert read_boxes(tmp_path).report.read == 1


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_folder_named_like_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / "a.csv").write_text(CSV.format("a"))
    assert len(read_boxes(tmp_path)) == 1


@pytest.mark.parametrize("name", sorted(HOSTILE))
@pytest.mark.parametrize("make", [os.mkfifo, lambda path: path.symlink_to("nothing")])
def test_a_pipe_or_a_link_to_nothing_among_the_files(tmp_path: Path, name: str, make: Any) -> None:
    make(tmp_path / name)
    with pytest.raises(BoxesError, match=rf"{name}: neither a file nor a folder, but such as a"):
        read_boxes(tmp_path)
    if not (tmp_path / name).is_symlink():
        with pytest.raises(BoxesError, match=rf"{name}: neither a file nor a folder"):
            read_boxes(tmp_path / name)


def test_a_name_too_long_for_the_system() -> None:
    # Python 3.12 and later take it for a name that is not there.
    with pytest.raises((BoxesError, FileNotFoundError), match=r"File name too long|No such file"):
        read_boxes("a" * 5000)


def test_what_the_system_says_names_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CSV.format("a"))

    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(BoxesError, match=r"a\.csv: not readable: Permission denied") as caught:
        read_boxes(path)
    assert caught.value.path == str(path)


@pytest.mark.parametrize(
    ("name", "format_name"),
    [("a.csv.gz", "csv"), ("a.txt.gz", "yolo"), ("a.gt.gz", "mot"), ("a.gz", "wider_face")],
)
def test_text_without_line_breaks_is_not_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, format_name: str
) -> None:
    monkeypatch.setattr(source_files, "_LONGEST_LINE", 1000)
    (tmp_path / name).write_bytes(gzip.compress(b"1" * 2000))
    with pytest.raises(BoxesError, match=rf"{name}:1: a line of 1000 characters or more"):
        read_boxes(tmp_path / name, format_name)


@pytest.mark.parametrize("paths", [["a.csv", "b.csv"], (Path("a.csv"), Path("b.csv"))])
def test_several_paths_are_refused_with_what_takes_them(paths: Any) -> None:
    with pytest.raises(BoxesError, match=r"several paths, expected one; sketch_boxes takes"):
        read_boxes(paths)
