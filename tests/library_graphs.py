"""The detection graphs that mediapipe 0.10.21 bundles: their options, and how to run them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.presets import preset
from mediapipe_anchors.run.mediapipe_api import load_mediapipe

# Preset, the bundled graph file that holds its nodes, its subgraph, its MODEL_COMPLEXITY if any.
BUNDLED = {
    "face_detection_short_range": (
        "face_detection/face_detection_short_range_cpu",
        "FaceDetectionShortRangeCpu",
        None,
    ),
    "face_detection_full_range": (
        "face_detection/face_detection_full_range_cpu",
        "FaceDetectionFullRangeCpu",
        None,
    ),
    "palm_detection_lite": ("hand_landmark/hand_landmark_tracking_cpu", "PalmDetectionCpu", 0),
    "palm_detection_full": ("hand_landmark/hand_landmark_tracking_cpu", "PalmDetectionCpu", 1),
    "pose_detection": ("pose_landmark/pose_landmark_cpu", "PoseDetectionCpu", None),
    "object_detection_oid_v4": ("objectron/objectron_cpu", "ObjectDetectionOidV4Subgraph", None),
}


# Preset, the subgraph of MediaPipe Tasks that holds its nodes, and its output stream's tag. The
# face detector of 0.10.21 knows the short-range model only.
TASKS = {
    "face_detector_short_range": ("face_detector.FaceDetectorGraph", "DETECTIONS"),
    "hand_detector": ("hand_detector.HandDetectorGraph", "PALM_DETECTIONS"),
    "pose_detector": ("pose_detector.PoseDetectorGraph", "DETECTIONS"),
}


def library_nodes(name: str) -> list[Any]:
    """A preset's nodes in mediapipe's own graph, every subgraph expanded by mediapipe itself."""
    from mediapipe.framework import calculator_pb2

    config = load_mediapipe().validated_graph_config()
    if name in TASKS:
        config.initialize(graph_config=_task_graph(name))
    else:
        path = load_mediapipe().package_dir / "modules" / f"{BUNDLED[name][0]}.binarypb"
        config.initialize(binary_graph_path=str(path))
    nodes = calculator_pb2.CalculatorGraphConfig.FromString(config.binary_config).node
    if name in TASKS:
        return list(nodes)
    # Among several subgraphs, an expanded node bears the name of its own.
    own = [node for node in nodes if BUNDLED[name][1].lower() in node.name]
    return own or list(nodes)


def _task_graph(name: str) -> Any:
    """The subgraph of a task with the options it has by default, around the preset's model."""
    from mediapipe.framework import calculator_pb2
    from mediapipe.tasks.cc.vision.face_detector.proto import face_detector_graph_options_pb2
    from mediapipe.tasks.cc.vision.hand_detector.proto import hand_detector_graph_options_pb2
    from mediapipe.tasks.cc.vision.pose_detector.proto import pose_detector_graph_options_pb2

    kinds = {
        "face_detector.FaceDetectorGraph": face_detector_graph_options_pb2.FaceDetectorGraphOptions,
        "hand_detector.HandDetectorGraph": hand_detector_graph_options_pb2.HandDetectorGraphOptions,
        "pose_detector.PoseDetectorGraph": pose_detector_graph_options_pb2.PoseDetectorGraphOptions,
    }
    subgraph, tag = TASKS[name]
    config = calculator_pb2.CalculatorGraphConfig(
        input_stream=["IMAGE:image", "NORM_RECT:rect"], output_stream=[f"{tag}:detections"]
    )
    node = config.node.add(
        calculator=f"mediapipe.tasks.vision.{subgraph}",
        input_stream=["IMAGE:image", "NORM_RECT:rect"],
        output_stream=[f"{tag}:detections"],
    )
    options = node.options.Extensions[kinds[subgraph].ext]
    model = load_mediapipe().package_dir.parent / preset(name).model.path
    options.base_options.model_asset.file_name = str(model)
    if name == "hand_detector":
        options.num_hands = 1  # it has no default, and the graph does not expand without it
    return config


def message_of(node: Any, kind: type[Any]) -> Any:
    """A node's options message, wherever the node keeps it."""
    message = kind()
    if node.options.HasExtension(kind.ext):
        message.CopyFrom(node.options.Extensions[kind.ext])
    for packed in node.node_options:
        if packed.Is(kind.DESCRIPTOR):
            packed.Unpack(message)
    return message


def options_from(message: Any, kind: type[Any]) -> Any:
    """One of our options objects from mediapipe's message; what is unset there is unset here."""
    values = {}
    for field in dataclasses.fields(kind):
        descriptor = message.DESCRIPTOR.fields_by_name[field.name]
        value = getattr(message, field.name)
        if descriptor.label == descriptor.LABEL_REPEATED:
            values[field.name] = list(value) or None
        elif message.HasField(field.name):
            values[field.name] = value
    return kind(**values)


def library_graph(subgraph: str, model_complexity: int | None) -> tuple[str, dict[str, Any]]:
    """A graph around a subgraph of the library, and the side packets it needs."""
    side_packet, side_packets = "", {}
    if model_complexity is not None:
        side_packet = 'input_side_packet: "MODEL_COMPLEXITY:model_complexity"'
        side_packets = {"model_complexity": load_mediapipe().create.create_int(model_complexity)}
    text = f"""
        input_stream: "IMAGE:image"
        output_stream: "DETECTIONS:detections"
        {side_packet}
        node {{
          calculator: "{subgraph}"
          input_stream: "IMAGE:image"
          {side_packet}
          output_stream: "DETECTIONS:detections"
        }}
    """
    return text, side_packets


class StockRunner:
    """Runs a graph from "image" to "detections" with nothing but mediapipe's own Python."""

    def __init__(self, text: str, side_packets: dict[str, Any] | None = None) -> None:
        from google.protobuf import text_format
        from mediapipe.framework import calculator_pb2

        self._mediapipe = load_mediapipe()
        config = text_format.Parse(text, calculator_pb2.CalculatorGraphConfig())
        self._graph = self._mediapipe.calculator_graph(graph_config=config)
        self._packets: list[Any] = []
        self._graph.observe_output_stream(
            "detections", lambda _, packet: self._packets.append(packet)
        )
        self._graph.start_run(side_packets or {})
        self._frame = 0

    def __call__(self, image: npt.NDArray[np.uint8]) -> Detections | None:
        """The detections of one RGB image; None where the graph sent no packet."""
        create, self._frame = self._mediapipe.create, self._frame + 1
        packet = create.create_image_frame(image, image_format=self._mediapipe.image_format.SRGB)
        self._packets.clear()
        self._graph.add_packet_to_input_stream("image", packet.at(self._frame))
        self._graph.wait_until_idle()
        if not self._packets:
            return None
        return _detections(self._mediapipe.get.get_proto_list(self._packets[0]))

    def close(self) -> None:
        self._graph.close_all_packet_sources()
        self._graph.wait_until_done()


def _detections(messages: list[Any]) -> Detections:
    boxes = [message.location_data.relative_bounding_box for message in messages]
    points = [message.location_data.relative_keypoints for message in messages]
    return Detections(
        np.array([[box.xmin, box.ymin, box.width, box.height] for box in boxes]).reshape(-1, 4),
        [message.score[0] for message in messages],
        [message.label_id[0] for message in messages],
        np.array([[[p.x, p.y] for p in row] for row in points]).reshape(
            len(messages), -1 if messages else 0, 2
        ),
    )
