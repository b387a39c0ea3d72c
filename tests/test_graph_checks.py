"""Every graph that ends stock MediaPipe's process, hangs it or reads out of bounds is refused."""

from __future__ import annotations

import dataclasses

import pytest
from conftest import needs_graph_api
from mediapipe_graphs import (
    ANCHORS_128,
    ANCHORS_192,
    DECODE_FACE,
    DECODE_PALM,
    FACE_GRAPH,
    FACE_MODEL,
    NMS_FACE,
    PALM_MODEL,
    decoder_nodes,
    face_graph,
    image_to_tensor_node,
    nms_node,
    options_node,
    pass_through_graph,
    ssd_node,
)

from mediapipe_anchors import OptionsError, run_graph
from mediapipe_anchors.graph import Graph
from mediapipe_anchors.graph.checks import check_graph, find_dangers
from mediapipe_anchors.graph.rules import MAX_NUM_DETECTIONS

EVERY_FACE = DECODE_FACE.replace("min_score_thresh: 0.5", "min_score_thresh: 0.001")
IOU = "overlap_type: INTERSECTION_OVER_UNION min_suppression_threshold: 0.01"
IMAGE_IN = 'input_stream: "image"\noutput_stream: "detections"\n'
TWO_DETECTORS = (
    IMAGE_IN
    + decoder_nodes(FACE_MODEL, 128, ANCHORS_128, EVERY_FACE, "faces")
    + decoder_nodes(PALM_MODEL, 192, ANCHORS_192, DECODE_PALM, "palms")
)
PIXEL_BOXES = (
    IMAGE_IN
    + decoder_nodes(FACE_MODEL, 128, ANCHORS_128, EVERY_FACE, "relative")
    + """
node {
  calculator: "ImagePropertiesCalculator"
  input_stream: "IMAGE:image"
  output_stream: "SIZE:size"
}
node {
  calculator: "DetectionTransformationCalculator"
  input_stream: "DETECTIONS:relative"
  input_stream: "IMAGE_SIZE:size"
  output_stream: "PIXEL_DETECTIONS:raw"
}"""
)
DECODE_WIRING = 'input_stream: "TENSORS:t" output_stream: "DETECTIONS:d"'


def both_detectors(options: str) -> str:
    wiring = 'input_stream: "faces" input_stream: "palms" output_stream: "detections"'
    return TWO_DETECTORS + nms_node(f"num_detection_streams: 2 {IOU} {options}", wiring)


def behind_projection(options: str) -> str:
    """As `both_detectors`, with letterbox removal between the decoders and the suppression."""
    removal = "".join(
        f"""
node {{
  calculator: "DetectionLetterboxRemovalCalculator"
  input_stream: "DETECTIONS:{name}"
  input_stream: "LETTERBOX_PADDING:padding"
  output_stream: "DETECTIONS:{name}_out"
}}"""
        for name in ("faces", "palms")
    )
    padding = options_node(
        "ImageToTensorCalculator",
        'input_stream: "IMAGE:image" output_stream: "TENSORS:unused" '
        'output_stream: "LETTERBOX_PADDING:padding"',
        "output_tensor_width: 8 output_tensor_height: 8 keep_aspect_ratio: true "
        "output_tensor_float_range { min: 0 max: 1 }",
    )
    wiring = 'input_stream: "faces_out" input_stream: "palms_out" output_stream: "detections"'
    nms = nms_node(f"num_detection_streams: 2 {IOU} {options}", wiring)
    return TWO_DETECTORS + padding + removal + nms


def with_stream(nms: str) -> str:
    return 'input_stream: "raw"\noutput_stream: "detections"\n' + nms


@dataclasses.dataclass(frozen=True)
class Danger:
    graph: str
    field: str
    stock: str | None  # how stock MediaPipe ends on it, see stock_end; None: not to be tried


DANGERS = {
    "strides that do not count the layers": Danger(
        ssd_node("num_layers: 2 strides: 8 min_scale: 0.1 max_scale: 0.9"), "num_layers", "died"
    ),
    "feature maps without strides": Danger(
        ssd_node("num_layers: 1 feature_map_height: 4 feature_map_width: 4"), "strides", "hung"
    ),
    "anchors with a tag": Danger(
        ssd_node(wiring='output_side_packet: "ANCHORS:anchors"'), "output_side_packet", "died"
    ),
    "anchors that go nowhere": Danger(ssd_node(wiring=""), "output_side_packet", "died"),
    "coordinates that do not fit the keypoints": Danger(
        face_graph(decode=DECODE_FACE.replace("num_coords: 16", "num_coords: 18")),
        "num_coords",
        "died",
    ),
    "no results": Danger(face_graph(decode=DECODE_FACE + " max_results: 0"), "max_results", "died"),
    "no detections": Danger(
        with_stream(nms_node("max_num_detections: 0")), "max_num_detections", "died"
    ),
    "no streams": Danger(
        nms_node("num_detection_streams: 0", 'output_stream: "detections"'),
        "num_detection_streams",
        "died",
    ),
    "billions of streams": Danger(
        with_stream(nms_node("num_detection_streams: 2000000000")), "num_detection_streams", "died"
    ),
    "an overlap of no kind": Danger(
        face_graph(
            decode=EVERY_FACE,
            nms="overlap_type: UNSPECIFIED_OVERLAP_TYPE min_suppression_threshold: 0.3",
        ),
        "overlap_type",
        "died",
    ),
    "memory for billions of detections": Danger(
        face_graph(nms=NMS_FACE + " max_num_detections: 2147483647"), "max_num_detections", "died"
    ),
    "blending 6 keypoints with 7": Danger(
        both_detectors("algorithm: WEIGHTED"), "algorithm", "died"
    ),
    "blending behind letterbox removal": Danger(
        behind_projection("algorithm: WEIGHTED"), "algorithm", "died"
    ),
    "pixel boxes": Danger(PIXEL_BOXES + nms_node(IOU), "input_stream", "died"),
    "pixel boxes, blended beside the image": Danger(
        PIXEL_BOXES
        + nms_node(
            NMS_FACE, 'input_stream: "raw" input_stream: "IMAGE:image" output_stream: "detections"'
        ),
        "input_stream",
        "died",
    ),
    "an option value without a source": Danger(
        pass_through_graph().replace("calculator:", 'option_value: "foo" calculator:'),
        "option_value",
        "died",
    ),
    "a tensor of billions of values": Danger(
        IMAGE_IN + image_to_tensor_node(30000, "detections"),
        "output_tensor_width x output_tensor_height",
        "died",
    ),
    "an image of billions of pixels": Danger(
        IMAGE_IN
        + """
        node {
          calculator: "ImageTransformationCalculator"
          input_stream: "IMAGE:image"
          output_stream: "IMAGE:detections"
          options {
            [mediapipe.ImageTransformationCalculatorOptions.ext] {
              output_width: 2147483647 output_height: 1
            }
          }
        }""",
        "output_width x output_height",
        "died",
    ),
    "thousands of threads for a model": Danger(
        face_graph().replace("xnnpack {}", "xnnpack { num_threads: 100000 }"),
        "delegate.xnnpack.num_threads",
        None,  # hangs, and every other process with it
    ),
    "fewer anchors than boxes": Danger(
        face_graph(anchors=ANCHORS_128.replace("[8, 16, 16, 16]", "[16, 16, 16, 16]")),
        "num_boxes",
        "returned",  # with boxes made of whatever lies behind the anchors
    ),
}

SAFE = {
    "face": face_graph(),
    "more anchors than boxes": face_graph(anchors=ANCHORS_192),
    "suppression of two detectors without blending": both_detectors("algorithm: DEFAULT"),
    "pixel boxes beside the image": PIXEL_BOXES
    + nms_node(IOU, 'input_stream: "raw" input_stream: "IMAGE:image" output_stream: "detections"'),
    "many detections": face_graph(nms=f"{NMS_FACE} max_num_detections: {MAX_NUM_DETECTIONS}"),
    "other calculators": 'node { calculator: "NoSuchCalculator" input_stream: "x" }',
}

SHOWN = [name for name, danger in DANGERS.items() if danger.stock is not None]
by_danger = pytest.mark.parametrize("name", DANGERS)
by_safe = pytest.mark.parametrize("name", SAFE)


def stock_end(text: str, timeout: float = 60) -> str:
    """How stock MediaPipe ends on a graph: "returned", "raised", "died" or "hung"."""
    from oracle import stock_outcome, stock_run_graph

    outcome = stock_outcome(stock_run_graph, text, timeout=timeout)
    words = {"ok": "returned", "error": "raised", "hang": "hung"}
    return words.get(outcome.kind, "died")


@by_danger
def test_danger_is_found(name):
    danger = DANGERS[name]
    with pytest.raises(OptionsError) as caught:
        check_graph(Graph.read(danger.graph))
    assert caught.value.field == danger.field
    assert danger.field in str(caught.value)
    assert caught.value.expected


@by_safe
def test_safe_graph_passes(name):
    assert list(find_dangers(Graph.read(SAFE[name]))) == []


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", SHOWN)
def test_danger_is_real(name):
    danger = DANGERS[name]
    assert stock_end(danger.graph, timeout=5 if danger.stock == "hung" else 60) == danger.stock


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize("name", [name for name in SAFE if name != "other calculators"])
def test_safe_graph_runs_on_stock(name):
    assert stock_end(SAFE[name]) == "returned"


@needs_graph_api
@by_danger
def test_run_graph_refuses(name):
    with pytest.raises(OptionsError):
        run_graph(DANGERS[name].graph, {}, outputs=["detections"])


def test_message_names_file_line_node_and_remedy(tmp_path):
    path = tmp_path / "graph.pbtxt"
    path.write_text(face_graph(decode=DECODE_FACE.replace("896", "900")))
    line = path.read_text().split("TensorsToDetectionsCalculator")[0].count("\n")
    with pytest.raises(OptionsError) as caught:
        check_graph(Graph.read(path))
    message = str(caught.value)
    assert message.startswith(f"{path}:{line}: TensorsToDetectionsCalculator: num_boxes: got 900")
    assert "at most 896" in message
    assert "correct the options of the anchors" in message
    assert caught.value.value == 900


def test_named_node_in_message():
    text = face_graph(nms="max_num_detections: 0").replace(
        'calculator: "NonMax', 'name: "suppress" calculator: "NonMax'
    )
    with pytest.raises(OptionsError, match=r"NonMaxSuppressionCalculator \(suppress\): max_num"):
        check_graph(Graph.read(text))


def test_all_dangers_of_a_graph_are_found():
    text = face_graph(
        anchors="num_layers: 2 strides: 8",
        decode=DECODE_FACE + " max_results: 0",
        nms="num_detection_streams: 3 max_num_detections: 2000000000 "
        "overlap_type: INTERSECTION_OVER_UNION",
    )
    fields = [finding.field for finding in find_dangers(Graph.read(text))]
    assert fields == ["num_layers", "max_results", "num_detection_streams", "max_num_detections"]


@needs_graph_api
def test_options_handed_to_a_subgraph_are_checked():
    text = """
    input_stream: "image"
    output_stream: "detections"
    node {
      calculator: "FaceDetectionShortRangeCpu"
      input_stream: "IMAGE:image"
      output_stream: "DETECTIONS:detections"
      options {
        [mediapipe.FaceDetectionOptions.ext] { num_layers: 3 }
      }
    }"""
    with pytest.raises(OptionsError) as caught:
        run_graph(text, {})
    assert caught.value.field == "num_layers"
    assert "SsdAnchorsCalculator" in str(caught.value)


@pytest.mark.slow
@needs_graph_api
@pytest.mark.parametrize(
    "threads",
    [
        "num_threads: 3000000",
        'executor { type: "ThreadPoolExecutor" '
        "options { [mediapipe.ThreadPoolExecutorOptions.ext] { num_threads: 3000000 } } }",
    ],
)
def test_more_threads_than_a_system_has(threads):
    graph = pass_through_graph() + threads
    with pytest.raises(OptionsError, match="num_threads: got 3000000, expected at most 256"):
        run_graph(graph, {"in0": 1})
    assert stock_end(graph) == "died"


@needs_graph_api
def test_threads_that_fit():
    assert run_graph(pass_through_graph() + "num_threads: 8", {"in0": 1})["out0"] == 1


@needs_graph_api
def test_graphs_of_the_wheel_pass():
    assert list(find_dangers(Graph.read(FACE_GRAPH))) == []


def test_long_graphs_are_checked_in_time():
    chain = "".join(
        f"""
        node {{
          calculator: "DetectionProjectionCalculator"
          input_stream: "DETECTIONS:d{i}"
          output_stream: "DETECTIONS:d{i + 1}"
        }}"""
        for i in reversed(range(500))
    )
    wiring = 'input_stream: "d500" output_stream: "detections"'
    graph = Graph.read(chain + nms_node(NMS_FACE, wiring))
    assert list(find_dangers(graph)) == []


@pytest.mark.parametrize(
    ("face_keypoints", "algorithm"),
    [(0, "DEFAULT"), (0, "WEIGHTED"), (6, "DEFAULT"), (6, "WEIGHTED")],
)
def test_keypoints_of_merged_decoders(face_keypoints, algorithm):
    options = [
        f"num_classes: 1 num_boxes: 9 num_coords: {4 + 2 * count} num_keypoints: {count}"
        for count in (face_keypoints, 6)
    ]
    decoders = "".join(
        options_node(
            "TensorsToDetectionsCalculator",
            DECODE_WIRING.replace("DETECTIONS:d", f"DETECTIONS:d{index}"),
            text,
        )
        for index, text in enumerate(options)
    )
    wiring = 'input_stream: "d0" input_stream: "d1" output_stream: "out"'
    nms = nms_node(f"num_detection_streams: 2 {IOU} algorithm: {algorithm}", wiring)
    found = list(find_dangers(Graph.read(decoders + nms)))
    assert bool(found) == (face_keypoints != 6 and algorithm == "WEIGHTED")


def test_a_leading_dot_hides_nothing():
    graph = """
    node {
      calculator: ".SsdAnchorsCalculator"
      output_side_packet: "anchors"
      options { [mediapipe.SsdAnchorsCalculatorOptions.ext] { num_layers: 3 strides: 8 } }
    }
    """
    with pytest.raises(OptionsError, match="num_layers"):
        check_graph(Graph.read(graph))
