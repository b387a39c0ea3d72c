"""The main job on real input: `python examples/demo.py OUT_FOLDER` (or `make demo`).

Fits anchors to real pedestrian boxes, hands them to MediaPipe, compares what it holds; then runs a
published face detector on a real photograph.
"""

from __future__ import annotations

import json
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import data

import mediapipe_anchors as mpa
from mediapipe_anchors.draw import draw_detections
from mediapipe_anchors.fit import summarize
from mediapipe_anchors.layout import GridLayout

INPUT_SIZE = (300, 300)
SEQUENCE_SIZE = (640, 480)  # the images of both sequences, which their ground truth does not state

# Shows the anchors, which MediaPipe keeps in a side packet, on an output stream.
SHOW_ANCHORS = """
output_stream: "shown"
node {
  calculator: "SidePacketToStreamCalculator"
  input_side_packet: "anchors"
  output_stream: "AT_ZERO:shown"
}
"""


def fit_pedestrians(out: Path) -> list[str]:
    """Boxes -> anchors -> graph -> MediaPipe."""
    truth = Path(str(files("motmetrics"))) / "data"
    boxes = mpa.read_boxes(truth, "mot", image_size=SEQUENCE_SIZE)
    wh = boxes.wh(INPUT_SIZE)
    anchors = mpa.AnchorFitter(9, random_state=0).fit(wh).anchors_
    summary = summarize(wh, anchors, INPUT_SIZE)
    layout = GridLayout.even(INPUT_SIZE, (8, 16, 32), len(anchors))
    graph = out / "pedestrian_anchors.pbtxt"
    graph.write_text(layout.to_graph(anchors))

    ours = mpa.generate_anchors(mpa.SsdAnchorsOptions.from_pbtxt(graph))
    inside = mpa.run_graph(graph.read_text() + SHOW_ANCHORS, {})["shown"]
    same = np.array_equal(ours, inside)
    lines = [
        f"fit     {len(boxes):,} pedestrian boxes (TUD sequences, {SEQUENCE_SIZE[0]}x"
        f"{SEQUENCE_SIZE[1]}): 9 anchors, mean best IoU {summary.mean_best_iou:.3f}",
        f"load    {len(inside):,} anchors inside MediaPipe, equal to ours: {same}",
    ]
    if not same:
        raise SystemExit("\n".join(lines))
    return lines


def detect_face(out: Path) -> list[str]:
    """Preset -> graph -> MediaPipe -> detections on a photograph."""
    photograph = data.astronaut()
    graph = out / "face_detection_short_range.pbtxt"
    graph.write_text(mpa.emit_graph(mpa.preset("face_detection_short_range")))
    detections = mpa.run_graph(graph, {"image": photograph})["detections"]
    (out / "face.json").write_text(json.dumps(detections.to_dicts(), indent=2) + "\n")
    Image.fromarray(draw_detections(photograph, detections)).save(out / "face.png")
    if len(detections) != 1:
        raise SystemExit(f"expected one face in the photograph, found {len(detections)}")
    return [f"run     face preset on a photograph: 1 face, score {detections.scores[0]:.3f}"]


def main(out: Path) -> None:
    """Do both and say what to open."""
    out.mkdir(parents=True, exist_ok=True)
    lines = fit_pedestrians(out) + detect_face(out)
    lines += [
        f"open    {out / 'face.png'}: the face with its box and keypoints",
        f"        {out / 'face.json'}: the same as numbers",
        f"        {out / 'face_detection_short_range.pbtxt'}: the graph that found it",
        f"        {out / 'pedestrian_anchors.pbtxt'}: the fitted anchors, for your graph",
    ]
    print("\n".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
