"""Damaged files: the reader gives boxes or a `BoxesError`, and nothing else."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from annotation_files import EXTRAS, FILES
from hypothesis import given
from hypothesis import strategies as st

from mediapipe_anchors.boxes import read_boxes
from mediapipe_anchors.errors import BoxesError

PIECES = [
    b"",
    b"\0",
    b"\xff",
    b"nan",
    b"-1",
    b"1e999",
    b"[]",
    b"{}",
    b'"',
    b"<",
    b"&",
    b",",
    b"\n",
    b"\r",
]


def damage(good: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for position, length, piece in edits:
        start = position % (len(good) + 1)
        good = good[:start] + piece + good[start + length :]
    return good


@pytest.mark.parametrize("name", FILES)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5000),
            st.integers(0, 20),
            st.one_of(st.sampled_from(PIECES), st.binary(max_size=4)),
        ),
        max_size=4,
    )
)
def test_a_damaged_file(name: str, edits: list[tuple[int, int, bytes]]) -> None:
    format_name = FILES[name][0]
    if format_name in EXTRAS:
        pytest.importorskip(EXTRAS[format_name], reason=f"needs the extra for {format_name}")
    with tempfile.TemporaryDirectory() as folder:
        for file, (its_format, content) in FILES.items():
            if its_format == format_name:
                content = damage(content, edits) if file == name else content
                (Path(folder) / file).write_bytes(content)
        source = Path(folder) if format_name in ("mot", "yolo") else Path(folder) / name
        try:
            wh = read_boxes(source, format_name, image_size=(9, 9)).wh()
        except BoxesError as error:
            wh = np.ones((1, 2))
            named = str(error.path)
        else:
            named = folder
    assert named.startswith(folder)
    assert (np.isfinite(wh) & (wh > 0)).all()


# --- CSV: what pyarrow makes of a text is what the module csv makes of it ---


cells = st.one_of(
    st.sampled_from(["", " ", "1", " 2 ", "-3.5", "1e3", "nan", "inf", "x", '"7"', '"a,b"', '"']),
    st.sampled_from(['"a\nb"', '"a""b"', 'a"b', "\r", "+4", "1_0", "é", "0x1", "NULL", "\0"]),
)


@given(st.lists(st.lists(cells, min_size=4, max_size=7), max_size=5), st.booleans())
def test_both_read_the_same_of_any_text(rows: list[list[str]], end: bool) -> None:
    pytest.importorskip("pyarrow", reason="needs the extra 'parquet' (pyarrow)")
    lines = ["image,xmin,ymin,xmax,ymax,label", "first,1,2,30,40,x", *map(",".join, rows)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.csv")
        path.write_bytes(("\n".join(lines) + "\n" * end).encode())
        outcomes = []
        for installed in (True, False):
            with pytest.MonkeyPatch.context() as patch:
                if not installed:
                    patch.setitem(sys.modules, "pyarrow", None)
                outcomes.append(outcome(path))
    assert outcomes[0] == outcomes[1]


def outcome(path: Path) -> object:
    try:
        boxes = read_boxes(path, image_size=(64, 48), drop=())
    except BoxesError as error:
        return str(error)
    names = [boxes.image_names[index] for index in boxes.image_ids]
    return boxes.xyxy.tolist(), names, boxes.labels, boxes.class_ids.tolist(), boxes.report
