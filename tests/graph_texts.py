"""Graphs, options and serialized fields that the tests of graphs share."""

from __future__ import annotations

from mediapipe_anchors import (
    NonMaxSuppressionOptions,
    OverlapType,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)

GRAPH_TYPE = "mediapipe.CalculatorGraphConfig"

KNOWN = """\
# A detector.
type: "Detector"
input_stream: "IMAGE:image"
output_stream: "DETECTIONS:detections"
input_side_packet: "labels"

node {  # the anchors
  name: "anchors"
  calculator: "SsdAnchorsCalculator"
  output_side_packet: "anchors"
  options: {
    [mediapipe.SsdAnchorsCalculatorOptions.ext] {
      # Sizes in pixels.
      input_size_width: 128  # wide
      input_size_height: 128
      num_layers: 4
      anchor_offset_x: 0.5  # its default, said aloud
      strides: [8, 16, 16, 16]
    }
  }
}
node {
  calculator: "TensorsToDetectionsCalculator"
  input_stream: "TENSORS:tensors"
  input_stream: "TENSORS:1:more"
  input_side_packet: "ANCHORS:anchors"
  output_stream: "DETECTIONS:raw"
  node_options: {
    [type.googleapis.com/mediapipe.TensorsToDetectionsCalculatorOptions] {
      num_classes: 1
      num_coords: 16
      tensor_mapping { detections_tensor_index: 1 scores_tensor_index: 0 }
    }
  }
}
node {
  calculator: "NonMaxSuppressionCalculator"
  input_stream: "raw"
  output_stream: "detections"
}
"""

UNKNOWN = (
    KNOWN.replace("strides:", "of_tomorrow: 7  # kept\n      strides:")
    + """\
node {
  calculator: "MyCalculator"
  options { [my.Options.ext] { a: 1 b < c: "}" > } }  # mine
  node_options { [example.com/my.More] { d: [1, 2] } }
  new_field: SOME
}
"""
)

ANCHORS = SsdAnchorsOptions(
    input_size_width=128, input_size_height=128, num_layers=4, strides=[8, 16, 16, 16]
)

DECODE = TensorsToDetectionsOptions(
    num_classes=1,
    num_coords=16,
    tensor_mapping=TensorMapping(detections_tensor_index=1, scores_tensor_index=0),
)

NMS = NonMaxSuppressionOptions(
    min_suppression_threshold=0.3, overlap_type=OverlapType.INTERSECTION_OVER_UNION
)


def field(number: int, data: bytes) -> bytes:
    """A length-delimited field as protobuf serializes it; `number` takes a tag of two bytes."""
    tag = number << 3 | 2
    return bytes([tag & 127 | 128, tag >> 7, len(data)]) + data


def varint(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 127 | 128]) + varint(number >> 7)
