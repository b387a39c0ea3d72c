"""Small graphs for the tests that run MediaPipe."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mediapipe_anchors import Detections

_SPEC = importlib.util.find_spec("mediapipe")
MEDIAPIPE_DIR = Path(_SPEC.origin).parent if _SPEC and _SPEC.origin else Path("mediapipe")
FACE_GRAPH = MEDIAPIPE_DIR / "modules/face_detection/face_detection_short_range_cpu.binarypb"
FACE_MODEL = "mediapipe/modules/face_detection/face_detection_short_range.tflite"
PALM_MODEL = "mediapipe/modules/palm_detection/palm_detection_lite.tflite"

ANCHORS_128 = """input_size_width: 128 input_size_height: 128 min_scale: 0.1484375 max_scale: 0.75
      num_layers: 4 strides: [8, 16, 16, 16] aspect_ratios: 1 fixed_anchor_size: true"""
ANCHORS_192 = ANCHORS_128.replace("128", "192")
DECODE_FACE = """num_classes: 1 num_boxes: 896 num_coords: 16 num_keypoints: 6
      keypoint_coord_offset: 4 x_scale: 128 y_scale: 128 w_scale: 128 h_scale: 128
      box_format: XYWH sigmoid_score: true
      score_clipping_thresh: 100 min_score_thresh: 0.5"""
DECODE_PALM = """num_classes: 1 num_boxes: 2016 num_coords: 18 num_keypoints: 7
      keypoint_coord_offset: 4 x_scale: 192 y_scale: 192 w_scale: 192 h_scale: 192
      box_format: XYWH sigmoid_score: true
      score_clipping_thresh: 100 min_score_thresh: 0.001"""
NMS_FACE = """min_suppression_threshold: 0.3 overlap_type: INTERSECTION_OVER_UNION
      algorithm: WEIGHTED"""


def options_node(calculator: str, wiring: str, options: str) -> str:
    """A node with its options as an extension."""
    return f"""
node {{
  calculator: "{calculator}"
  {wiring}
  options {{
    [mediapipe.{calculator}Options.ext] {{
      {options}
    }}
  }}
}}"""


def plain_node(calculator: str, inputs: str, outputs: str, more: str = "") -> str:
    """A node from the inputs to the outputs, each a list with spaces; `more` is put in as it is."""
    streams = [f'input_stream: "{entry}"' for entry in inputs.split()]
    streams += [f'output_stream: "{entry}"' for entry in outputs.split()]
    return f'node {{ calculator: "{calculator}" {" ".join(streams)} {more} }}'


def ssd_node(options: str = ANCHORS_128, wiring: str = 'output_side_packet: "anchors"') -> str:
    return options_node("SsdAnchorsCalculator", wiring, options)


def nms_node(options: str = NMS_FACE, wiring: str | None = None) -> str:
    wiring = wiring or 'input_stream: "raw" output_stream: "detections"'
    return options_node("NonMaxSuppressionCalculator", wiring, options)


def image_to_tensor_node(size: int, output: str = "tensors", image: str = "image") -> str:
    return options_node(
        "ImageToTensorCalculator",
        f'input_stream: "IMAGE:{image}" output_stream: "TENSORS:{output}"',
        f"output_tensor_width: {size} output_tensor_height: {size} "
        "output_tensor_float_range { min: -1 max: 1 }",
    )


def decoder_nodes(model: str, size: int, anchors: str, decode: str, name: str) -> str:
    """From the stream "image" to the detections `name`."""
    return (
        image_to_tensor_node(size, f"{name}_input")
        + options_node(
            "InferenceCalculator",
            f'input_stream: "TENSORS:{name}_input" output_stream: "TENSORS:{name}_tensors"',
            f'model_path: "{model}" delegate {{ xnnpack {{}} }}',
        )
        + ssd_node(anchors, f'output_side_packet: "{name}_anchors"')
        + options_node(
            "TensorsToDetectionsCalculator",
            f'input_stream: "TENSORS:{name}_tensors" output_stream: "DETECTIONS:{name}" '
            f'input_side_packet: "ANCHORS:{name}_anchors"',
            decode,
        )
    )


def face_graph(
    *,
    anchors: str = ANCHORS_128,
    decode: str = DECODE_FACE,
    nms: str = NMS_FACE,
    model: str = FACE_MODEL,
) -> str:
    """Image in, stretched to a square; faces out, as fractions of the image."""
    return (
        'input_stream: "image"\noutput_stream: "detections"\n'
        + decoder_nodes(model, 128, anchors, decode, "raw")
        + nms_node(nms)
    )


def face(result: Mapping[str, Any]) -> Detections:
    """What a face graph sent."""
    assert isinstance(result["detections"], Detections)
    return result["detections"]


def pass_through_graph(streams: int = 1) -> str:
    """Streams in0, in1, ... that come out as out0, out1, ..."""
    inputs = "".join(f'input_stream: "in{i}" ' for i in range(streams))
    outputs = "".join(f'output_stream: "out{i}" ' for i in range(streams))
    return f'{inputs}{outputs}node {{ calculator: "PassThroughCalculator" {inputs}{outputs}}}'


PREVIOUS = """
input_stream: "in"
output_stream: "previous"
node {
  calculator: "PreviousLoopbackCalculator"
  input_stream: "MAIN:in"
  input_stream: "LOOP:in"
  input_stream_info { tag_index: "LOOP" back_edge: true }
  output_stream: "PREV_LOOP:previous"
}
"""
GATED = """
input_stream: "in"
input_stream: "allow"
output_stream: "out"
node {
  calculator: "GateCalculator"
  input_stream: "in"
  input_stream: "ALLOW:allow"
  output_stream: "out"
}
"""
SOURCES = """
input_side_packet: "side"
output_stream: "zero"
output_stream: "end"
node {
  calculator: "SidePacketToStreamCalculator"
  input_side_packet: "side"
  output_stream: "AT_ZERO:zero"
}
node {
  calculator: "SidePacketToStreamCalculator"
  input_side_packet: "side"
  output_stream: "AT_POSTSTREAM:end"
}
"""
SLOW = 'num_threads: 1 input_stream: "image" output_stream: "t0"' + "".join(
    image_to_tensor_node(6000, f"t{index}") for index in range(40)
)
