"""Which images MediaPipe's calculators survive."""

from __future__ import annotations

import numpy
import pytest
from conftest import needs_graph_api
from image_graphs import (
    ALPHA,
    OPTIONS,
    TO_TENSOR,
    graph_of,
    image,
    stock,
    uses,
)
from mediapipe_graphs import plain_node

from mediapipe_anchors import GraphRunError, run_graph
from mediapipe_anchors.run.image_takers import ENDS, IMAGE_TAKERS
from mediapipe_anchors.run.packet_images import IMAGE_FORMATS

# (calculator, tag): a graph from "in" at that tag to "out".
TAKERS = {
    ("FromImageCalculator", "IMAGE"): ("IMAGE:in", "IMAGE_CPU:out"),
    ("ImageCloneCalculator", ""): ("in", "out"),
    ("ImageToTensorCalculator", "IMAGE"): ("IMAGE:in", "TENSORS:out", TO_TENSOR),
    ("SegmentationSmoothingCalculator", "MASK"): (
        "MASK:in MASK_PREVIOUS:mask",
        "MASK_SMOOTHED:out",
    ),
    ("SegmentationSmoothingCalculator", "MASK_PREVIOUS"): (
        "MASK:mask MASK_PREVIOUS:in",
        "MASK_SMOOTHED:out",
    ),
    ("SetAlphaCalculator", "IMAGE"): ("IMAGE:in", "IMAGE:out", ALPHA),
}


# What becomes of a format that is not taken, where MediaPipe does not abort on it.
ERRORS = {
    **{("ImageToTensorCalculator", "float32", channels): "error" for channels in (1, 2)},
    ("SegmentationSmoothingCalculator", "float32", 2): "error",
    **{("SegmentationSmoothingCalculator", "uint8", channels): "error" for channels in (1, 3, 4)},
    **{("SetAlphaCalculator", "float32", channels): "undefined" for channels in (1, 2)},
    **{("SetAlphaCalculator", "uint16", channels): "undefined" for channels in (3, 4)},
    ("SetAlphaCalculator", "uint16", 1): "reads beyond",
}


def test_every_taker_is_tried():
    assert set(TAKERS) == {(t.calculator, tag) for t in IMAGE_TAKERS for tag in t.tags}


@needs_graph_api
@pytest.mark.parametrize(("dtype", "channels"), IMAGE_FORMATS)
@pytest.mark.parametrize(("calculator", "tag"), TAKERS)
def test_formats_that_a_taker_takes(calculator, tag, dtype, channels):
    (taker,) = [t for t in IMAGE_TAKERS if t.calculator == calculator]
    kind = "ImageFrame" if calculator == "SetAlphaCalculator" else "Image"
    text = graph_of(plain_node(calculator, *TAKERS[calculator, tag]))
    pixels = image(dtype, channels, side=700)  # beyond what may lie there by chance
    outcome = stock(text, pixels, kind)
    if (dtype, channels) in taker.formats:
        assert outcome.kind == "ok"
        assert len(outcome.result) == 2
        return
    expected = ERRORS.get((calculator, dtype, channels), "death")
    if expected == "undefined":  # memory that nobody has written to
        assert outcome.kind == "ok"
        assert not all((result[:, :, 3] == 100).all() for result in outcome.result)
    elif expected == "reads beyond":  # it dies unless other memory happens to lie there
        assert outcome.kind in ("ok", "abort", "crash")
    else:
        assert outcome.kind in (("abort", "crash") if expected == "death" else (expected,))


@needs_graph_api
@pytest.mark.parametrize(("dtype", "channels"), IMAGE_FORMATS)
@pytest.mark.parametrize(("calculator", "tag"), TAKERS)
def test_formats_that_run_graph_refuses(calculator, tag, dtype, channels):
    (taker,) = [t for t in IMAGE_TAKERS if t.calculator == calculator]
    text = graph_of(plain_node(calculator, *TAKERS[calculator, tag]))
    inputs = {"in": image(dtype, channels)}
    if uses(text, "mask"):
        inputs["mask"] = image("float32", 1)
    kind = "ImageFrame" if calculator == "SetAlphaCalculator" else "Image"
    types = dict.fromkeys(inputs, kind)
    if (dtype, channels) in taker.formats:
        assert run_graph(text, inputs, packet_types=types)["out"] is not None
        return
    with pytest.raises(GraphRunError, match=rf"inputs\['in'\]: got 'an image of {dtype}") as caught:
        run_graph(text, inputs, packet_types=types)
    assert calculator in caught.value.expected
    if caught.value.fix is not None:  # what it says to pass is taken
        expression = caught.value.fix.partition(" pass ")[2]
        inputs["in"] = eval(expression, {"numpy": numpy, "image": inputs["in"]})
        assert run_graph(text, inputs, packet_types=types)["out"] is not None


ENDING = {
    "AnnotationOverlayCalculator": ("IMAGE:in", "IMAGE:out"),
    "FlatColorImageCalculator": (
        "IMAGE:in",
        "IMAGE:out",
        OPTIONS.format("FlatColorImageCalculator", "color { r: 1 }"),
    ),
    "ImagePropertiesCalculator": ("IMAGE:in", "SIZE:out"),
    "ImageToTensorCalculator": ("IMAGE:in", "TENSORS:out", TO_TENSOR),
    "NonMaxSuppressionCalculator": (
        "detections IMAGE:in",
        "out",
        OPTIONS.format("NonMaxSuppressionCalculator", "return_empty_detections: true"),
    ),
    "SetAlphaCalculator": ("IMAGE:in", "IMAGE:out", ALPHA),
    "TensorConverterCalculator": ("IMAGE:in", "TENSORS:out"),
}


@needs_graph_api
@pytest.mark.parametrize("name", ENDING)
def test_nodes_where_an_image_ends(name):
    assert set(ENDING) == set(ENDS)
    kind = "Image" if name == "FlatColorImageCalculator" else "ImageFrame"
    pixels = image("uint8", 3 if name == "SetAlphaCalculator" else 1)
    text = graph_of(plain_node(name, *ENDING[name]))
    if name == "NonMaxSuppressionCalculator":
        text += 'input_stream: "detections"'
    outcome = stock(text, pixels, kind)
    assert outcome.kind == "ok"
    assert len(outcome.result) == 2
    for sent in outcome.result:
        assert isinstance(sent, str) or sent.shape != pixels.shape
