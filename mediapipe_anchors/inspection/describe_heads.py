"""From the box and score tensors of a detector to its feature maps, coordinates and classes."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence, Set

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.inspection.heads import Head, HeadMap, walk_head
from mediapipe_anchors.inspection.movement import ACTIVATIONS
from mediapipe_anchors.inspection.report import HeadsReport, MapReport
from mediapipe_anchors.inspection.roles import Part, Roles
from mediapipe_anchors.inspection.strides import likely_strides, network_stride, pixels_a_cell
from mediapipe_anchors.tflite import Model

# Columns of scores in detectors trained on well-known data, with the background first.
_WITH_BACKGROUND = {91: "COCO's 90 numbers", 81: "COCO's 80 classes", 21: "VOC's 20 classes"}
_WITHOUT = {90: "COCO's 90 numbers", 80: "COCO's 80 classes", 20: "VOC's 20 classes"}
# What mixes all places of an image: rows behind it belong to no cell.
_MIX_PLACES = ("FULLY_CONNECTED", "BATCH_MATMUL")


@dataclasses.dataclass(frozen=True, eq=False)
class Heads:
    """What is found out about a detector's heads.

    Attributes:
        report: the report.
        places: int32 [N, 4], feature map, y, x and anchor in its cell of each row; None where no
            feature map is known.
        notes: what else to know.
        verdict: in words why the heads are not those of an SSD detector, "" where they are.
    """

    report: HeadsReport
    places: npt.NDArray[np.int32] | None
    notes: tuple[str, ...]
    verdict: str


def examine_heads(
    model: Model,
    constants: Set[int],
    roles: Roles,
    input_size: tuple[int, int] | None,
    num_labels: int | None = None,
) -> Heads:
    """Walk back from boxes and scores, and compare what both say."""
    boxes = [_walk(model, constants, part) for part in roles.boxes]
    scores = [_walk(model, constants, part) for part in roles.scores]
    box_maps, score_maps = _joined(boxes), _joined(scores)
    maps, why_none, mismatch = _agreed(box_maps, score_maps, boxes, scores)
    activation = _activation(scores)
    coords, classes = roles.boxes[0].columns, roles.scores[0].columns
    report = HeadsReport(
        num_boxes=roles.num_rows,
        num_coords=coords,
        num_keypoints=(coords - 4) // 2,
        num_classes=classes,
        maps=_map_reports(model, constants, maps, score_maps, input_size),
        why_no_maps=why_none,
        activation=activation,
        background=_background(classes, activation, num_labels),
        output_order=roles.output_order,
        order_reason=roles.reason,
        order_is_certain=roles.is_certain,
        alternatives=roles.alternatives,
    )
    return Heads(report, _places(maps), tuple(mismatch), _verdict(boxes, scores))


def _walk(model: Model, constants: Set[int], part: Part) -> Head:
    return walk_head(model, constants, part.tensor.index, part.rows, part.columns)


def _joined(heads: Sequence[Head]) -> list[HeadMap]:
    """The maps of all parts, their rows counted through; [] where one part has none."""
    maps: list[HeadMap] = []
    for head in heads:
        if not head.maps:
            return []
        first = maps[-1].first_row + maps[-1].num_rows if maps else 0
        maps += [dataclasses.replace(each, first_row=first + each.first_row) for each in head.maps]
    return maps


def _agreed(
    box_maps: list[HeadMap],
    score_maps: list[HeadMap],
    boxes: Sequence[Head],
    scores: Sequence[Head],
) -> tuple[list[HeadMap], str, list[str]]:
    """The maps, why there are none, and what boxes and scores disagree on."""
    why_boxes = next((head.why_none for head in boxes if not head.maps), "")
    why_scores = next((head.why_none for head in scores if not head.maps), "")
    if not box_maps and not score_maps:
        return [], why_boxes, []
    if not score_maps:
        note = f"the feature maps are those of the boxes; of the scores none is known: {why_scores}"
        return box_maps, "", [note]
    if not box_maps:
        note = f"the feature maps are those of the scores; of the boxes none is known: {why_boxes}"
        return score_maps, "", [note]
    if _same(box_maps, score_maps):
        return box_maps, "", []
    return (
        box_maps,
        "",
        [
            "boxes and scores do not agree on what a row is: boxes "
            f"{_layout_text(box_maps)}, scores {_layout_text(score_maps)}; the model is wrong, or "
            "is decoded row by row in another way than MediaPipe's"
        ],
    )


def _same(one: Iterable[HeadMap], other: Iterable[HeadMap]) -> bool:
    one, other = list(one), list(other)
    return len(one) == len(other) and all(
        (a.grid, a.num_rows) == (b.grid, b.num_rows)
        and np.array_equal(a.y, b.y)
        and np.array_equal(a.x, b.x)
        for a, b in zip(one, other, strict=True)
    )


def _layout_text(maps: Iterable[HeadMap]) -> str:
    return ", ".join(
        f"{each.grid[0]}x{each.grid[1]} with {each.anchors_per_cell} a cell ({each.order})"
        for each in maps
    )


def _activation(scores: Sequence[Head]) -> str | None:
    for head in scores:
        for name, word in ACTIVATIONS.items():
            if name in head.walk.names():
                return word
    return None


def _background(classes: int, activation: str | None, num_labels: int | None) -> str:
    if classes == 1:
        return "one class, so none is the background"
    if num_labels == classes - 1:
        return f"class 0 is the background: {num_labels} labels or classes for {classes} columns"
    if num_labels == classes:
        return f"none probably: as many labels or classes as columns ({classes})"
    if activation == "softmax":
        return f"class 0 probably is: a softmax over {classes} columns needs one"
    if classes in _WITH_BACKGROUND:
        return f"class 0 probably is: {classes} is one more than {_WITH_BACKGROUND[classes]}"
    if classes in _WITHOUT:
        return f"none probably: {_WITHOUT[classes]}"
    return "not to be known from the file; where class 0 is the background, ignore_classes: 0"


def _verdict(boxes: Sequence[Head], scores: Sequence[Head]) -> str:
    passed = [each for head in boxes for each in head.walk.passed]
    decoding = sorted({each.operator.name for each in passed if each.varies_by_row})
    if decoding:
        return (
            "a detector that decodes its boxes itself: on the way to them stand constants that "
            f"differ from row to row ({', '.join(decoding)}), so its anchors or cells are in the "
            "model"
        )
    if any(each.mixes for head in scores for each in head.walk.passed):
        return (
            "looks like YOLO: scores are products of two tensors, of objectness and classes, which "
            "MediaPipe does not expect, though they work as scores"
        )
    for head in (*boxes, *scores):
        for name in _MIX_PLACES:
            if name in head.why_none:
                return (
                    f"its rows come from {name}, not from the cells of feature maps, as in DETR: "
                    "there are no anchors"
                )
    return ""


def _map_reports(
    model: Model,
    constants: Set[int],
    maps: Sequence[HeadMap],
    score_maps: Sequence[HeadMap],
    input_size: tuple[int, int] | None,
) -> tuple[MapReport, ...]:
    grids = [each.grid for each in maps]
    strides: list[int | None] = [None] * len(maps)
    if input_size is not None:
        networks = [network_stride(model, constants, each.tensor) for each in maps]
        strides = likely_strides(input_size, grids, networks)
    same_number = len(score_maps) == len(maps)
    return tuple(
        MapReport(
            grid=each.grid,
            stride=stride,
            cell_px=None if input_size is None else pixels_a_cell(input_size, each.grid),
            anchors_per_cell=each.anchors_per_cell,
            first_row=each.first_row,
            num_rows=each.num_rows,
            order=each.order,
            box_tensor=model.tensors[each.tensor].name,
            score_tensor=model.tensors[score_maps[number].tensor].name if same_number else "",
        )
        for number, (each, stride) in enumerate(zip(maps, strides, strict=True))
    )


def _places(maps: Sequence[HeadMap]) -> npt.NDArray[np.int32] | None:
    if not maps:
        return None
    places = np.empty((sum(each.num_rows for each in maps), 4), np.int32)
    for number, each in enumerate(maps):
        own = places[each.first_row : each.first_row + each.num_rows]
        own[:, 0] = number
        own[:, 1], own[:, 2], own[:, 3] = each.y, each.x, each.anchor
    return places
