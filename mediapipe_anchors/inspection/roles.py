"""Which outputs of a model are boxes, and which are scores."""

from __future__ import annotations

import dataclasses
import math
import re
from collections import defaultdict
from collections.abc import Sequence

from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.tflite import Model, Tensor

# Parts of the names that converters and authors give to outputs.
BOX_NAME = re.compile(r"box|bbox|loc|regress|\breg|delta|offset", re.IGNORECASE)
SCORE_NAME = re.compile(r"class|score|conf|logit|prob|\bcls|categor", re.IGNORECASE)

BOXES_FIRST, SCORES_FIRST = "boxes, scores", "scores, boxes"


@dataclasses.dataclass(frozen=True)
class Part:
    """Rows of boxes or of scores that one tensor holds."""

    tensor: Tensor
    rows: int
    columns: int


@dataclasses.dataclass(frozen=True)
class Roles:
    """The box and the score tensors of a detector with raw outputs, in the order of their rows.

    Attributes:
        boxes, scores: a part each; several where the model leaves its feature maps apart.
        anchors: an output that holds the anchors, or None.
        output_order: "boxes, scores" or "scores, boxes", of the first two outputs.
        reason: what tells boxes from scores, in words.
        is_certain: whether something does.
        alternatives: other numbers of (coordinates, classes) that the shapes allow.
    """

    boxes: tuple[Part, ...]
    scores: tuple[Part, ...]
    anchors: Tensor | None
    output_order: str
    reason: str
    is_certain: bool
    alternatives: tuple[tuple[int, int], ...] = ()

    @property
    def num_rows(self) -> int:
        return sum(part.rows for part in self.boxes)


@dataclasses.dataclass(frozen=True)
class _Output:
    """An output as rows: of a grid the cells, whose channels hold some anchors' columns."""

    tensor: Tensor
    place: int
    rows: int
    columns: int
    is_grid: bool


def find_roles(model: Model, names: Sequence[str], has_activation: Sequence[bool]) -> Roles | None:
    """The box and score outputs; None where the outputs are not those of a raw detector.

    Args:
        model: the model.
        names: a name for each output, such as the metadata's beside the tensor's own.
        has_activation: for each output whether a sigmoid or softmax makes it.
    """
    outputs = [_output(place, tensor) for place, tensor in enumerate(model.outputs)]
    anchors = None
    if len(outputs) == 3:
        anchors = _anchors_among(model, outputs)
        if anchors is None:
            return None
        outputs = [out for out in outputs if out is not None and out.tensor is not anchors]
    if not outputs or len(outputs) % 2 or any(out is None for out in outputs):
        return None
    known = [out for out in outputs if out is not None]
    if len({out.is_grid for out in known}) > 1 or max(out.rows for out in known) < 2:
        return None
    pairs = _pairs(known)
    if pairs is None:
        return None
    hints = [_hint(names[out.place], has_activation[out.place]) for out in known]
    hint_of = {out.place: hint for out, hint in zip(known, hints, strict=True)}
    if known[0].is_grid:
        return _grid_roles(pairs, hint_of)
    return _row_roles(pairs, hint_of, anchors)


def _output(place: int, tensor: Tensor) -> _Output | None:
    sizes = sizes_of(tensor)
    if sizes is None or len(sizes) < 2 or (sizes[0] == 1 and len(sizes) == 2):
        return None
    inner = sizes[:-1] if len(sizes) == 2 else sizes[1:-1]
    # A map of a single cell may stand beside larger ones.
    is_grid = len(sizes) == 4 and (min(inner) > 1 or inner == (1, 1))
    return _Output(tensor, place, math.prod(inner), sizes[-1], is_grid)


def _anchors_among(model: Model, outputs: Sequence[_Output | None]) -> Tensor | None:
    """A third output [N, 4] beside raw outputs of as many rows."""
    if any(out is None or out.is_grid for out in outputs):
        return None
    rows = {out.rows for out in outputs if out is not None}
    flat = [t for t in model.outputs if len(t.converted_shape) == 2 and t.converted_shape[1] == 4]
    return flat[0] if len(rows) == 1 and len(flat) == 1 else None


def _pairs(outputs: Sequence[_Output]) -> list[tuple[_Output, _Output]] | None:
    """Outputs of as many rows, two and two, in the order in which the first of each stands."""
    by_rows: dict[tuple[int, ...], list[_Output]] = defaultdict(list)
    for out in outputs:
        sizes = sizes_of(out.tensor) or ()
        by_rows[sizes[1:-1] if out.is_grid else (out.rows,)].append(out)
    if any(len(group) != 2 for group in by_rows.values()):
        return None
    return [(group[0], group[1]) for group in by_rows.values()]


def _hint(name: str, has_activation: bool) -> int:
    """Above 0 for what speaks for scores, below for boxes."""
    return 2 * bool(SCORE_NAME.search(name)) - 2 * bool(BOX_NAME.search(name)) + has_activation


def _row_roles(
    pairs: Sequence[tuple[_Output, _Output]], hint_of: dict[int, int], anchors: Tensor | None
) -> Roles | None:
    possible = [
        swapped
        for swapped in (False, True)
        if all(_could_be_boxes(pair[swapped].columns) for pair in pairs)
        and len({pair[swapped].columns for pair in pairs}) == 1
        and len({pair[not swapped].columns for pair in pairs}) == 1
    ]
    if not possible:
        return None
    swapped, reason, certain = _choose(pairs, hint_of, possible)
    return Roles(
        boxes=tuple(_part(pair[swapped]) for pair in pairs),
        scores=tuple(_part(pair[not swapped]) for pair in pairs),
        anchors=anchors,
        output_order=SCORES_FIRST if swapped else BOXES_FIRST,
        reason=reason,
        is_certain=certain,
    )


def _choose(
    pairs: Sequence[tuple[_Output, _Output]], hint_of: dict[int, int], possible: list[bool]
) -> tuple[bool, str, bool]:
    """Whether the second of each pair is the boxes, why, and whether that is certain."""
    first, second = pairs[0]
    if len(possible) == 1:
        return possible[0], "only one of them can have 4 + 2k columns", True
    hint = hint_of[first.place] - hint_of[second.place]
    if hint:
        return hint > 0, "their names, or a sigmoid or softmax before the scores", True
    if (first.columns == 4) != (second.columns == 4):
        return second.columns == 4, "boxes mostly have 4 columns", False
    return False, "boxes mostly come first; nothing in the file tells them apart", False


def _part(out: _Output) -> Part:
    return Part(out.tensor, out.rows, out.columns)


def _could_be_boxes(columns: int) -> bool:
    return columns >= 4 and columns % 2 == 0


def _grid_roles(pairs: Sequence[tuple[_Output, _Output]], hint_of: dict[int, int]) -> Roles | None:
    """Maps whose channels hold the columns of several anchors: how many must be worked out."""
    splits = {
        swapped: _splits([(pair[swapped].columns, pair[not swapped].columns) for pair in pairs])
        for swapped in (False, True)
    }
    possible = [swapped for swapped in splits if splits[swapped]]
    if not possible:
        return None
    swapped, reason, certain = _choose(pairs, hint_of, possible)
    (coords, classes), *others = splits[swapped]
    return Roles(
        boxes=tuple(_unfolded(pair[swapped], coords) for pair in pairs),
        scores=tuple(_unfolded(pair[not swapped], classes) for pair in pairs),
        anchors=None,
        output_order=SCORES_FIRST if swapped else BOXES_FIRST,
        reason=reason,
        is_certain=certain,
        alternatives=tuple(others),
    )


def _splits(channels: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """(coordinates, classes) that go with some number of anchors on each map; plain boxes first."""
    box_divisor = math.gcd(*(boxes for boxes, _ in channels))
    found = []
    for coords in range(4, min(box_divisor, 200) + 1, 2):
        boxes, scores = channels[0]
        if box_divisor % coords or scores % (boxes // coords):
            continue
        classes = scores // (boxes // coords)
        if all(s == b // coords * classes for b, s in channels):
            found.append((coords, classes))
    return found


def _unfolded(out: _Output, columns: int) -> Part:
    return Part(out.tensor, out.rows * out.columns // columns, columns)
