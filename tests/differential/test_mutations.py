"""The random configurations are hostile enough: each small mistake in a reference shows.

A mistake is a replacement in a reference's source. The wrong reference must differ from ours on one
of the seeds that the differential tests run.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from differential.cases.anchors import anchors_case
from differential.cases.decode import decode_case
from differential.cases.decode_postprocessed import postprocessed_case
from differential.cases.nms import nms_case
from differential.cases.projection import loose_numbers, projection_case
from differential.cases.top_score import top_score_case
from differential.compare import assert_same
from differential.test_non_max_suppression import assert_same_detections, joined
from mediapipe_anchors import (
    decode,
    decode_postprocessed,
    generate_anchors,
    non_max_suppression,
    project_detections,
    remove_letterbox,
)
from mediapipe_anchors._core import top_score

SEEDS = range(1000)


def _anchors(seed: int, wrong: Any) -> None:
    options = anchors_case(seed)
    assert_same(generate_anchors(options), wrong(options), seed=seed, options=options)


def _decode(seed: int, wrong: Any) -> None:
    case = decode_case(seed)
    args = case.raw_boxes, case.raw_scores, case.anchor_rows, case.options
    assert_same(decode(*args), wrong(*args), seed=seed, options=case.options)


def _postprocessed(seed: int, wrong: Any) -> None:
    case = postprocessed_case(seed)
    args = case.boxes, case.classes, case.scores, case.num, case.options
    assert_same(decode_postprocessed(*args), wrong(*args), seed=seed, options=case.options)


def _nms(seed: int, wrong: Any) -> None:
    case = nms_case(seed)
    args = joined(case.streams), case.options
    assert_same_detections(non_max_suppression(*args), wrong(*args), case, seed)


def _letterbox(seed: int, wrong: Any) -> None:
    args = projection_case(seed).detections, loose_numbers(seed, 4)
    assert_same(remove_letterbox(*args), wrong(*args), seed=seed, options=args[1])


def _projection(seed: int, wrong: Any) -> None:
    args = projection_case(seed).detections, loose_numbers(seed, 16)
    assert_same(project_detections(*args), wrong(*args), seed=seed, options=args[1])


def _top_score(seed: int, wrong: Any) -> None:
    scores = top_score_case(seed)
    assert top_score(scores) == wrong(scores)


COMPARE = {
    "generate_anchors": _anchors,
    "decode": _decode,
    "decode_postprocessed": _postprocessed,
    "non_max_suppression": _nms,
    "remove_letterbox": _letterbox,
    "project_detections": _projection,
    "top_score": _top_score,
}

# module, what stands there, what a mistaken author might write
MISTAKES = [
    ("generate_anchors", "n = len(options.strides)", "n = options.num_layers or 1"),
    ("generate_anchors", "F(float(low) + float(F(high - low)) * layer / (n - 1))",
     "low + (high - low) * F(layer) / F(n - 1)"),
    ("generate_anchors", "F(F(low + high) * F(0.5))", "low"),
    ("generate_anchors", "layer == 0 and options.reduce", "options.reduce"),
    ("generate_anchors", "aspect_ratio > 0:", "aspect_ratio != 0:"),
    ("generate_anchors", "F(1) if last", "F(0.95) if last"),
    ("generate_anchors", "options.strides[group] == options.strides[layer]", "group == layer"),
    ("generate_anchors", "        layer = group\n", "        layer = layer + 1\n"),
    ("generate_anchors", "F(scale * root) * base", "F(scale * base) * root"),
    ("generate_anchors", "F(scale * base) / root", "F(scale / root) * base"),
    ("generate_anchors", " or size == 1", ""),
    ("generate_anchors", "if size % 2**level == 0", "if True"),
    ("generate_anchors", "math.ceil(F(options.input_size_height or 0) / stride)",
     "int(F(options.input_size_height or 0) / stride)"),
    ("generate_anchors", "stride = F(2.0**level)",
     "stride = F((options.strides or [2.0**level])[0])"),
    ("decode", "BoxFormat.XYWH if options.reverse_output_order else BoxFormat.YXHW",
     "BoxFormat.YXHW"),
    ("decode", "if options.box_format == BoxFormat.UNSPECIFIED:\n        return BoxFormat.YXHW",
     "if options.box_format == BoxFormat.UNSPECIFIED:\n        return BoxFormat.XYWH"),
    ("decode", "(-a + c) / F(2)", "(a + c) / F(2)"),
    ("decode", "y / F(options.y_scale) * anchor_h + anchor_y\n    h",
     "y * anchor_h / F(options.y_scale) + anchor_y\n    h"),
    ("decode", "h, w = expf(h), expf(w)", "h, w = np.exp(h), np.exp(w)"),
    ("decode", "row[:4] = y - h / F(2), x - w / F(2), y + h / F(2), x + w / F(2)",
     "row[:4] = y - h / F(2), x - w / F(2), y - h / F(2) + h, x - w / F(2) + w"),
    ("decode", "box_format == BoxFormat.YXHW else (first, second)", "False else (first, second)"),
    ("decode", "options.keypoint_coord_offset + 2 * k", "4 + 2 * k"),
    ("decode", "if best_score < score:", "if best_score <= score:"),
    ("decode", "best_score, best_class = -FLT_MAX, -1", "best_score, best_class = F(-np.inf), -1"),
    ("decode", "best_score, best_class = -FLT_MAX, -1", "best_score, best_class = scores[0], 0"),
    ("decode", "F(1) / (F(1) + expf(", "F(1) / (F(1) + np.exp("),
    ("decode", "return limit if score > limit else score", "return score"),
    ("decode_postprocessed", "options.min_score_thresh)\n        ]", "None)\n        ]"),
    ("decode_postprocessed", "score < F(threshold)", "score <= F(threshold)"),
    ("decode_postprocessed", "bool(score < F(threshold))", "not score >= F(threshold)"),
    ("decode_postprocessed", "width >= 0 and height >= 0", "width > 0 and height > 0"),
    ("decode_postprocessed", "F(1) - ymax if", "F(1) - ymin if"),
    ("decode_postprocessed", "0 < options.max_results == len(kept)",
     "options.max_results == len(kept) + 1"),
    ("decode_postprocessed", "class_id in self._allow if self._allow else", ""),
    ("decode_postprocessed", "classes[:rows].astype(np.int32)",
     "np.floor(classes[:rows]).astype(np.int32)"),
    ("decode_postprocessed", "options.box_boundaries_indices or ", ""),
    ("decode_postprocessed", "top_score([score for score, _ in pairs])", "0"),
    ("decode_postprocessed", "top_score([score for score, _ in pairs])",
     "int(np.argmax([score for score, _ in pairs]))"),
    ("non_max_suppression", "order = order_by_score([candidate.score for candidate in candidates])",
     "order = np.argsort([-c.score for c in candidates], kind='stable')"),
    ("non_max_suppression", "candidate.box, options) > threshold",
     "candidate.box, options) >= threshold"),
    ("non_max_suppression", "similarity(other.box, candidate.box, options)",
     "similarity(candidate.box, other.box, options)"),
    ("non_max_suppression", "similarity(detection.box, top.box, options)",
     "similarity(top.box, detection.box, options)"),
    ("non_max_suppression", "threshold > 0 and score < threshold", "score < threshold"),
    ("non_max_suppression", "threshold > 0 and score < threshold", "0 < threshold >= score"),
    ("non_max_suppression", "if len(rest) == len(remaining):",
     "if len(rest) == len(remaining) and not rest.pop(0):"),
    ("non_max_suppression", "kept.append(_blend(top, similar) if similar else top)",
     "kept.append(top)"),
    ("non_max_suppression", "xmax = xmax + (left + width) * weight",
     "xmax + left * weight + width * weight"),
    ("non_max_suppression", "keypoints=keypoints / total", "keypoints=keypoints * (F(1) / total)"),
    ("non_max_suppression", "a.empty or b.empty or apart", "apart"),
    ("non_max_suppression", "a.area + b.area - intersection", "a.area - intersection + b.area"),
    ("non_max_suppression", "normalization = _enclosing(a, b).area",
     "normalization = a.area + b.area - intersection"),
    ("non_max_suppression", "if normalization > 0 else F(0)", ""),
    ("non_max_suppression", "std_max(a.xmin, b.xmin)", "std_max(b.xmin, a.xmin)"),
    ("non_max_suppression", "for label in candidate.labels", "for label in candidate.labels[:1]"),
    ("non_max_suppression", "kept[: options.max_num_detections] if", "kept if"),
    ("top_score", "order_by_score(scores)[0]", "max(numbers, key=lambda index: scores[index])"),
    ("top_score", "default=0", "default=len(scores) - 1"),
    ("top_score", "order_by_score(scores)[0]", "order_by_score(scores)[-1]"),
    ("remove_letterbox", "F(1) - (left + right)", "F(1) - left - right"),
    ("remove_letterbox", "detections.boxes[:, 2:] / inner",
     "detections.boxes[:, 2:] * (1 / inner)"),
    ("project_detections", "x * m[0] + y * m[1] + m[3]", "x * m[0] + (y * m[1] + m[3])"),
    ("project_detections", "std_min(left, x)", "np.minimum(left, x)"),
    ("project_detections", "std_max(right, x)", "std_max(x, right)"),
    ("project_detections", "corners.append((xmin, ymin + height))", ""),
]  # fmt: skip


def wrong_reference(module: str, there: str, mistake: str) -> types.ModuleType:
    source = Path(importlib.import_module(f"reference.{module}").__file__).read_text()
    assert source.count(there) == 1, f"{source.count(there)} places hold {there!r}"
    wrong = types.ModuleType("wrong_reference")
    sys.modules["wrong_reference"] = wrong  # dataclasses look their module up
    exec(compile(source.replace(there, mistake), f"wrong {module}", "exec"), wrong.__dict__)
    return wrong


@pytest.mark.parametrize(("module", "there", "mistake"), MISTAKES)
def test_a_mistake_shows(module, there, mistake):
    wrong = getattr(wrong_reference(module, there, mistake), module)
    for seed in SEEDS:
        try:
            COMPARE[module](seed, wrong)
        except AssertionError:
            return
    pytest.fail(f"no seed of {len(SEEDS)} shows it")


@pytest.mark.parametrize("module", COMPARE)
def test_no_mistake_does_not_show(module):
    """The comparisons above hold for the reference as it is."""
    right = getattr(wrong_reference(module, "from __future__", "from __future__"), module)
    for seed in SEEDS[:50]:
        COMPARE[module](seed, right)
