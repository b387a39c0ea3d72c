"""Writes the graphs of this folder, one for each preset: `python graphs/generate.py`.

`object_detector` is left out: its 19,206 anchors, each in the text, make a file of two megabytes.
`mediapipe-anchors emit --preset object_detector -o object_detector.pbtxt` writes it.
"""

from __future__ import annotations

from pathlib import Path

from mediapipe_anchors import emit_graph, list_presets, preset

LEFT_OUT = ("object_detector",)


def graph_texts() -> dict[str, str]:
    """{file name: text} of every graph in this folder."""
    names = [name for name in list_presets() if name not in LEFT_OUT]
    return {f"{name}.pbtxt": emit_graph(preset(name)) for name in names}


if __name__ == "__main__":
    for file_name, text in graph_texts().items():
        Path(__file__).with_name(file_name).write_text(text, encoding="utf-8")
