"""Option values that end MediaPipe's process, or keep it busy for minutes: a table, and its rules.

Only fields that are set count: no default is dangerous. What MediaPipe answers with an error status
is not in the table.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import functools
import math
import os
from collections.abc import Iterator
from typing import Any

from mediapipe_anchors.graph.rules.finding import Ending, Finding, Rule, Severity
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.schema import is_repeated

MAX_THREADS = 256
MAX_XNNPACK_THREADS = max(16, os.cpu_count() or 1)  # they spin: with 64 on two cores for minutes
MAX_WINDOW_SIZE = 100_000  # frames; each takes 48 bytes a landmark, before the first comes


@dataclasses.dataclass(frozen=True)
class OptionRange:
    """The values that a field of a calculator's options may have; NaN is in no range.

    Attributes:
        calculator: its name, or a pattern (of `fnmatch`) for the names of several.
        options: their options message, without its package.
        field: the field; with dots, within messages.
        low, high: the least and the greatest value, of each entry if the field is repeated.
        but_not: a value between them that is not allowed either.
        fix: what to do about it.
    """

    calculator: str
    options: str
    field: str
    low: float = -math.inf
    high: float = math.inf
    but_not: float | None = None
    fix: str | None = None

    def allows(self, value: float) -> bool:
        """Whether MediaPipe survives the value."""
        return self.low <= value <= self.high and value != self.but_not

    @property
    def expected(self) -> str:
        """The range in words."""
        bounds = [f"at least {self.low:.0f}"] if math.isfinite(self.low) else []
        bounds += [f"at most {self.high:.0f}"] if math.isfinite(self.high) else []
        bounds += [] if self.but_not is None else [f"not {self.but_not:.0f}"]
        return " and ".join(bounds)


_SPARE = "leave it unset"
_INFERENCE = ("InferenceCalculator*", "InferenceCalculatorOptions")
_RECTS = ("DetectionsToRectsCalculator", "DetectionsToRectsCalculatorOptions")
_ALIGNED_RECTS = ("AlignmentPointsRectsCalculator", "DetectionsToRectsCalculatorOptions")
_INPUT_INDICES = "input_output_config.input_tensor_indices_map.model_tensor_indices"


def _range_rule(code: str, ending: Ending, *ranges: OptionRange, **texts: Any) -> Rule:
    """A rule that each value is within its range."""
    check = functools.partial(_out_of_range, ranges)
    names = dict.fromkeys(entry.calculator.strip("*") for entry in ranges)
    texts["calculator"] = ", ".join(names)
    return Rule(code, Severity.ERROR, ending, check, **texts)


def _out_of_range(ranges: tuple[OptionRange, ...], subject: Subject) -> Iterator[Finding]:
    for node in subject.graph.nodes:
        for entry in ranges:
            if not fnmatch.fnmatchcase(node.calculator, entry.calculator):
                continue
            message = node.message(f"mediapipe.{entry.options}")
            for value in _values(message, entry.field.split(".")):
                if not entry.allows(value):
                    yield Finding(node, entry.field, value, entry.expected, entry.fix)


RANGE_RULES = (
    _range_rule(
        "negative-similarity-threshold",
        Ending.DIES,
        OptionRange(
            "AssociationNormRectCalculator",
            "AssociationCalculatorOptions",
            "min_similarity_threshold",
            low=0,
        ),
        effect="MediaPipe ends the process when the graph starts.",
        cause="`min_similarity_threshold` is below 0, or is NaN.",
        cure="Write a share of overlap from 0 to 1.",
        before="min_similarity_threshold: -0.5",
        after="min_similarity_threshold: 0.5",
        says=("Check failed: options_.min_similarity_threshold() >= 0",),
    ),
    _range_rule(
        "negative-keypoint-index",
        Ending.STRAYS,
        OptionRange(*_RECTS, "rotation_vector_start_keypoint_index", low=0),
        OptionRange(*_RECTS, "rotation_vector_end_keypoint_index", low=0),
        OptionRange(*_ALIGNED_RECTS, "rotation_vector_start_keypoint_index", low=0),
        OptionRange(*_ALIGNED_RECTS, "rotation_vector_end_keypoint_index", low=0),
        effect="MediaPipe ends the process, or reads out of bounds, at the first detection.",
        cause="The index of a keypoint, from which a calculator makes a rectangle, is below 0.",
        cure="Write an index from 0 to the detector's `num_keypoints` less 1.",
        before="rotation_vector_start_keypoint_index: -1\nrotation_vector_end_keypoint_index: 1",
        after="rotation_vector_start_keypoint_index: 0\nrotation_vector_end_keypoint_index: 1",
    ),
    _range_rule(
        "too-many-inference-threads",
        Ending.DIES,
        OptionRange(*_INFERENCE, "cpu_num_thread", high=MAX_THREADS, fix=_SPARE),
        OptionRange(
            *_INFERENCE, "delegate.xnnpack.num_threads", high=MAX_XNNPACK_THREADS, fix=_SPARE
        ),
        effect="MediaPipe ends the process where the system has no room for the threads; those of "
        "XNNPACK spin, so that the graph takes minutes.",
        cause="`cpu_num_thread`, or `num_threads` of the XNNPACK delegate, is far above the number "
        "of processors.",
        cure="Leave it out, or write the number of processors.",
        before="delegate { xnnpack { num_threads: 1000 } }",
        after="delegate { xnnpack { } }",
    ),
    _range_rule(
        "negative-input-index",
        Ending.DIES,
        OptionRange(*_INFERENCE, _INPUT_INDICES, low=0),
        effect="MediaPipe ends the process when the graph starts.",
        cause="An index of `input_tensor_indices_map` is below 0.",
        cure="Count the model's inputs from 0.",
        before="input_output_config { input_tensor_indices_map {\n  model_tensor_indices: -1 } }",
        after="input_output_config { input_tensor_indices_map {\n  model_tensor_indices: 0 } }",
    ),
    _range_rule(
        "filter-window",
        Ending.DIES,
        OptionRange(
            "*LandmarksSmoothingCalculator",
            "LandmarksSmoothingCalculatorOptions",
            "velocity_filter.window_size",
            low=0,
            high=MAX_WINDOW_SIZE,
        ),
        effect="MediaPipe ends the process: it reserves memory for the whole window.",
        cause="`window_size` of the velocity filter is negative, or of so many frames that memory "
        "does not hold them.",
        cure="Write how many frames the filter looks back, such as 5.",
        before="velocity_filter { window_size: -1 }",
        after="velocity_filter { window_size: 5 }",
        says=("std::bad_alloc",),
    ),
    _range_rule(
        "negative-landmark-index",
        Ending.STRAYS,
        OptionRange(
            "LandmarksToDetectionCalculator",
            "LandmarksToDetectionCalculatorOptions",
            "selected_landmark_indices",
            low=0,
        ),
        effect="MediaPipe reads a landmark that is not there, out of bounds.",
        cause="An entry of `selected_landmark_indices` is below 0.",
        cure="Count landmarks from 0.",
        before="selected_landmark_indices: -1",
        after="selected_landmark_indices: 0",
    ),
    _range_rule(
        "tensor-channels",
        Ending.DIES,
        OptionRange(
            "TensorConverterCalculator",
            "TensorConverterCalculatorOptions",
            "max_num_channels",
            low=1,
            high=4,
            but_not=2,
        ),
        effect="MediaPipe ends the process when the graph starts.",
        cause="`max_num_channels` of TensorConverterCalculator is none of 1, 3 and 4.",
        cure="Write the number of channels of the model's input, mostly 3.",
        before="max_num_channels: 2",
        after="max_num_channels: 3",
        says=(
            "Check failed: max_num_channels_ != 2",
            "Check failed: max_num_channels_ <= 4",
            "Check failed: max_num_channels_ >= 1",
        ),
    ),
    _range_rule(
        "no-landmarks",
        Ending.DIES,
        OptionRange(
            "TensorsToLandmarksCalculator",
            "TensorsToLandmarksCalculatorOptions",
            "num_landmarks",
            low=1,
        ),
        effect="MediaPipe ends the process.",
        cause="`num_landmarks` of TensorsToLandmarksCalculator is 0 or less.",
        cure="Write the number of landmarks that the model gives.",
        before="num_landmarks: 0",
        after="num_landmarks: 21",
        says=(
            "Check failed: num_dimensions > 0",
            "Floating point exception",
        ),
    ),
)


def _values(message: Any | None, path: list[str]) -> list[float]:
    """The values of a field; none where it, or the message it is in, is not set."""
    *outer, last = path
    for name in outer:
        if message is None or not message.HasField(name):
            return []
        message = getattr(message, name)
    for field, value in [] if message is None else message.ListFields():
        if field.name == last:
            return list(value) if is_repeated(field) else [value]
    return []
