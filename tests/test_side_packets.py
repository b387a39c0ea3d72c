"""Side packets on whose contents stock MediaPipe dies or reads out of bounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from conftest import needs_graph_api
from mediapipe_graphs import ANCHORS_128, ANCHORS_192, MEDIAPIPE_DIR, face_graph, ssd_node
from rule_cases.forwarding import SIDE_PASS, SIDE_SWITCH

from mediapipe_anchors import GraphRunError, GraphRunner, run_graph

pytestmark = needs_graph_api

IMAGE = np.zeros((64, 64, 3), np.uint8)
NO_ANCHORS = """num_layers: 1 feature_map_height: 0 feature_map_width: 0 strides: 8
  min_scale: 0.1 max_scale: 0.9 input_size_width: 8 input_size_height: 8"""
FACES = face_graph().replace(ssd_node(wiring='output_side_packet: "raw_anchors"'), "")
HANDS = MEDIAPIPE_DIR / "modules/hand_landmark/hand_landmark_tracking_cpu.binarypb"
HAND_SIDES = {"num_hands": 2, "use_prev_landmarks": True}
SWITCH = """
output_stream: "out"
input_side_packet: "choice"
input_side_packet: "value"
node {
  calculator: "SwitchContainer"
  input_side_packet: "%s:choice"
  input_side_packet: "A:value"
  output_side_packet: "A:chosen"
  options {
    [mediapipe.SwitchContainerOptions.ext] {
      contained_node { calculator: "PassThroughCalculator" }
      %s
    }
  }
}
node {
  calculator: "SidePacketToStreamCalculator"
  input_side_packet: "chosen"
  output_stream: "AT_ZERO:out"
}
"""
TWO_CHANNELS = 'contained_node { calculator: "PassThroughCalculator" }'


def anchors_packet(options: str) -> Any:
    """Anchors as a packet, from a graph of stock MediaPipe."""
    import mediapipe

    nodes = (
        ssd_node(options)
        + """
        node {
          calculator: "SidePacketToStreamCalculator"
          input_side_packet: "anchors"
          output_stream: "AT_ZERO:stream"
        }"""
    )
    packets: list[Any] = []
    graph = mediapipe.CalculatorGraph(graph_config=nodes)
    graph.observe_output_stream("stream", lambda _, packet: packets.append(packet))
    graph.start_run()
    graph.wait_until_done()
    return packets[0].at(mediapipe.Timestamp.UNSET)  # as side packets have it


def forwarded(nodes: str) -> str:
    """The faces' decoder behind nodes that pass its anchors on."""
    nodes = nodes.replace("palms_anchors", "made")
    return FACES.replace('"ANCHORS:raw_anchors"', '"ANCHORS:passed"') + nodes


GRAPHS = {
    "raw_anchors": FACES,
    "made": forwarded(SIDE_PASS),
    "made by a switch": forwarded(SIDE_SWITCH),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_too_few_anchors(name):
    side = name.split()[0]
    with pytest.raises(GraphRunError) as caught:
        GraphRunner(GRAPHS[name], side_packets={side: anchors_packet(NO_ANCHORS)})
    assert str(caught.value) == (
        f"side_packets['{side}']: got 0, expected at least 896 anchors, the num_boxes of "
        "TensorsToDetectionsCalculator"
    )


@pytest.mark.parametrize("options", [ANCHORS_128, ANCHORS_192])
@pytest.mark.parametrize("name", GRAPHS)
def test_enough_anchors(name, options):
    sides = {name.split()[0]: anchors_packet(options)}
    assert run_graph(GRAPHS[name], {"image": IMAGE}, side_packets=sides)["detections"] is None


def test_anchors_of_another_type_are_refused_by_mediapipe():
    with pytest.raises(GraphRunError, match="MediaPipe: "):
        GraphRunner(FACES, side_packets={"raw_anchors": 3})


@pytest.mark.parametrize("complexity", [-1, 2])
def test_model_that_a_graph_of_the_wheel_lacks(complexity):
    with pytest.raises(GraphRunError) as caught:
        GraphRunner(HANDS, side_packets=HAND_SIDES | {"model_complexity": complexity})
    assert str(caught.value) == (
        f"side_packets['model_complexity']: got {complexity}, expected 0 to 1, the channels of the "
        "graph that it chooses from"
    )


@pytest.mark.parametrize("complexity", [0, 1])
def test_model_that_a_graph_of_the_wheel_has(complexity):
    sides = HAND_SIDES | {"model_complexity": complexity}
    result = run_graph(HANDS, {"image": IMAGE}, side_packets=sides)
    assert result["multi_hand_landmarks"] is None


@pytest.mark.parametrize(
    ("tag", "channels", "choice"),
    [("SELECT", TWO_CHANNELS, 1), ("ENABLE", TWO_CHANNELS, True), ("ENABLE", "", False)],
)
def test_channel_that_is_there(tag, channels, choice):
    sides = {"choice": choice, "value": 7}
    assert run_graph(SWITCH % (tag, channels), {}, side_packets=sides)["out"] == 7


@pytest.mark.parametrize(
    ("tag", "channels", "choice", "expected"),
    [("SELECT", TWO_CHANNELS, 2, "0 to 1"), ("ENABLE", "", True, "0 to 0")],
)
def test_channel_that_is_not_there(tag, channels, choice, expected):
    with pytest.raises(GraphRunError, match=f"'choice'.*: got {int(choice)}, expected {expected}"):
        GraphRunner(SWITCH % (tag, channels), side_packets={"choice": choice, "value": 7})


def run_stock(text: str, sides: dict[str, Any], anchors: str | None = None) -> None:
    """Run a graph on stock MediaPipe, in a process of its own: its packets cannot be sent there."""
    import mediapipe
    from mediapipe.python import packet_creator as create
    from mediapipe.python._framework_bindings import resource_util

    resource_util.set_resource_dir(str(MEDIAPIPE_DIR.parent))
    makers = {bool: create.create_bool, int: create.create_int}
    packets = {name: makers[type(value)](value) for name, value in sides.items()}
    if anchors is not None:
        packets["raw_anchors"] = anchors_packet(anchors)
    graph = mediapipe.CalculatorGraph(graph_config=text)
    graph.start_run(packets)
    if 'input_stream: "image"' in text:
        image = create.create_image_frame(IMAGE, image_format=mediapipe.ImageFormat.SRGB)
        graph.add_packet_to_input_stream("image", image.at(0))
    graph.close_all_packet_sources()
    graph.wait_until_done()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "sides", "anchors", "kind"),
    [
        (FACES, {}, NO_ANCHORS, "crash"),
        (FACES, {}, ANCHORS_192, "ok"),
        (SWITCH % ("SELECT", TWO_CHANNELS), {"choice": 1, "value": 7}, None, "ok"),
        (SWITCH % ("SELECT", TWO_CHANNELS), {"choice": 2, "value": 7}, None, "abort"),
        (SWITCH % ("ENABLE", ""), {"choice": False, "value": 7}, None, "ok"),
        (SWITCH % ("ENABLE", ""), {"choice": True, "value": 7}, None, "abort"),
    ],
)
def test_stock(text, sides, anchors, kind):
    from oracle import stock_outcome

    assert stock_outcome(run_stock, text, sides, anchors, timeout=60).kind == kind
