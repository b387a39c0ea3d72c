"""Rules for the nodes that run models, whatever the model is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mediapipe_anchors.errors import ModelError
from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.subject import Subject, inference_options, is_inference
from mediapipe_anchors.tflite import read_model


@rule(
    "model-unread",
    Severity.INFO,
    Ending.MISLEADS,
    effect="The model is not compared with the graph; MediaPipe refuses to start where it does not "
    "find it either.",
    cause="The file that `model_path` names is not beside the graph, or cannot be read.",
    cure="Give the file: `mediapipe-anchors lint graph.pbtxt --model detector.tflite`.",
    before='model_path: "elsewhere.tflite"',
    after="# the same, with --model elsewhere.tflite",
    calculator="InferenceCalculator",
    says=("Failed to load resource:",),
)
def models_are_read(subject: Subject) -> Iterator[Finding]:
    """What is not at hand cannot be compared."""
    for node, message in _inferences(subject):
        if message is None or not message.model_path or subject.network(node) is not None:
            continue
        path = subject.model_path(node)
        reason = "no such file" if path is None else _reason(path)
        yield Finding(node, "model_path", message.model_path, "a model that can be read", reason)


@rule(
    "delegate-unset",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe runs the model on a GPU where it is built for one, as its Python wheels are; "
    "on a machine without one it refuses the graph.",
    cause="`delegate` is not set.",
    cure="Write `delegate { xnnpack {} }` for the CPU.",
    before='model_path: "detector.tflite"',
    after='model_path: "detector.tflite"\ndelegate { xnnpack {} }',
    calculator="InferenceCalculator",
    says=(
        'Service "kGpuService", required by node',
        "Unable to initialize EGL",
    ),
)
def delegates_are_chosen(subject: Subject) -> Iterator[Finding]:
    """Without a delegate MediaPipe decides."""
    for node, message in _inferences(subject):
        if node.calculator != "InferenceCalculator" or message is None:
            continue
        if not message.HasField("delegate"):
            yield Finding(node, "delegate", None, "xnnpack for the CPU, gpu for a GPU")


def _inferences(subject: Subject) -> Iterator[tuple[Node, Any]]:
    for node in subject.graph.nodes:
        if is_inference(node) and not node.option_values:
            yield node, inference_options(node)


def _reason(path: Any) -> str:
    try:
        read_model(path)
    except ModelError as error:
        return str(error)
    return "it cannot be read"


INFERENCE_RULES: tuple[Rule, ...] = (models_are_read, delegates_are_chosen)
