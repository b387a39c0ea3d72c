"""What stands beside YOLO labels of their classes and keypoints.

Class names come from classes.txt, obj.names, or the `names` of data.yaml or of the one other YAML
file with `names` and `train`, in the folder of the labels or up to two above it.
"""

from __future__ import annotations

import ast
import itertools
import re
from pathlib import Path
from typing import NamedTuple

from mediapipe_anchors.boxes.source_files import lines_of, open_text

_LARGEST = 1 << 20  # characters of a YAML file that are looked at
_MOST_NAMES = 1 << 20  # of classes


class Description(NamedTuple):
    """The names of the classes by number, and how many columns of keypoints follow a box."""

    names: dict[int, str]
    keypoint_columns: int


def describe(root: Path) -> Description:
    """The description of the labels below a folder."""
    names: dict[int, str] = {}
    keypoint_columns = 0
    for folder in (root, *root.absolute().parents[:2]):
        text = _yaml(folder)
        names = names or _listed_names(folder) or _yaml_names(text)
        keypoint_columns = keypoint_columns or _keypoint_columns(text)
    return Description(names, keypoint_columns)


def _listed_names(folder: Path) -> dict[int, str]:
    for file in (folder / "classes.txt", folder / "obj.names"):
        if file.is_file():
            with open_text(file) as lines:
                names = (line.strip() for line in lines_of(lines, file))
                return dict(enumerate(itertools.islice(names, _MOST_NAMES)))
    return {}


def _yaml(folder: Path) -> str:
    if (folder / "data.yaml").is_file():
        return _text(folder / "data.yaml")
    files = (file for pattern in ("*.yaml", "*.yml") for file in folder.glob(pattern))
    texts = [text for text in map(_text, files) if re.search("^names:", text, re.MULTILINE)]
    texts = [text for text in texts if re.search("^train:", text, re.MULTILINE)]
    return texts[0] if len(texts) == 1 else ""


def _text(path: Path) -> str:
    with open_text(path) as file:
        return file.read(_LARGEST)


def _yaml_names(text: str) -> dict[int, str]:
    """`names` as `[a, b]`, `{0: a}`, lines of `- a`, or lines of `0: a`; {} if otherwise."""
    start = re.search(r"^names:", text, re.MULTILINE)
    if start is None:
        return {}
    text = text[start.end() :]  # to look there alone: else many such lines take quadratic time
    flow = re.match(r"\s*\[([^\]]*)\]", text)
    if flow:
        return dict(enumerate(_flow_entries(flow[1])))
    mapping = re.match(r"\s*\{([^}]*)\}", text)
    if mapping:
        pairs = (entry.partition(":") for entry in mapping[1].split(","))
        return {int(key): _unquoted(name) for key, _, name in pairs if _is_number(key.strip())}
    block = re.match(r"[ \t]*(?:#.*)?\r?\n((?:[ \t]*(?:-|\d+:)[ \t].*\r?\n?)+)", text)
    names = {}
    for index, entry in enumerate(block[1].splitlines() if block else []):
        key, _, name = entry.strip().partition(" ")
        if key == "-" or _is_number(key[:-1]):
            names[index if key == "-" else int(key[:-1])] = _unquoted(name)
    return names


def _is_number(key: str) -> bool:
    return key.isdecimal() and len(key) < 10


def _flow_entries(text: str) -> list[str]:
    try:
        return list(map(str, ast.literal_eval(f"[{text}]")))  # quoted names may hold commas
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return [_unquoted(name) for name in text.split(",") if name.strip()]


def _unquoted(name: str) -> str:
    return name.split(" #")[0].strip().strip("'\"")


def _keypoint_columns(text: str) -> int:
    """Columns that `kpt_shape: [points, 2 or 3]` stands for; 0 without it."""
    shape = re.search(r"^kpt_shape:\s*\[\s*(\d{1,4})\s*,\s*([23])\s*\]", text, re.MULTILINE)
    return int(shape[1]) * int(shape[2]) if shape else 0
