"""What the comparison of layouts says, in sentences."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from mediapipe_anchors.fit.layouts import DOUBLING_GAIN, LayoutScore
from mediapipe_anchors.fit.reach import finest_reach_px
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.report.words import cells, count, strides

if TYPE_CHECKING:
    from mediapipe_anchors.report.figures import FitReport

FEW = 100  # held-out boxes, below which the order of layouts is no more than a hint
EACH_CLASS = "Each class counts the same in these shares."


@dataclasses.dataclass(frozen=True)
class LayoutChoice:
    """Layouts that keep to a budget.

    Attributes:
        scores: of the layouts, the best first.
        used: the layout of the anchors that were fitted.
        iou_threshold: of recall and reach.
        max_anchors: the most anchors a frame; None is any number.
        smallest_px: the smallest object that matters, the root of its area in pixels of the model
            input; None is any.
    """

    scores: tuple[LayoutScore, ...]
    used: GridLayout
    iou_threshold: float
    max_anchors: int | None = None
    smallest_px: float | None = None

    @property
    def used_score(self) -> LayoutScore | None:
        """That of the layout that was fitted; None where it does not keep to the budget."""
        return next((each for each in self.scores if each.layout == self.used), None)

    @property
    def sentences(self) -> list[str]:
        """Which layout is best, what it costs and reaches, beside the one that was fitted."""
        best = self.scores[0]
        words = f"{_named(best.layout)}: {_figures(best)}, held out.{_caution(best)}"
        is_one, is_used = len(self.scores) == 1, best.layout == self.used
        if is_used:
            verb = " is the one used here:" if is_one else ", the one used here is the best:"
            return [f"{self._subject()}{verb} {words}"]
        verb = " has" if is_one else ", the best has"
        return [f"{self._subject()}{verb} {words}", self._of_used(), _how_to_fit(best)]

    def to_dict(self) -> dict[str, Any]:
        """The budget, the layout that was fitted and the sentences as JSON-ready values."""
        used = self.used_score
        return {
            "max_anchors": self.max_anchors,
            "smallest_px": self.smallest_px,
            "iou_threshold": self.iou_threshold,
            "used": None if used is None else used.to_dict(),
            "sentences": self.sentences,
        }

    def _subject(self) -> str:
        is_one = len(self.scores) == 1
        text = "The only layout" if is_one else f"Of {len(self.scores):,} layouts"
        if self.max_anchors is not None:
            text += f" of at most {count(self.max_anchors, 'anchor')}"
        if self.smallest_px is not None:
            verb = "matches" if is_one else "match"
            text += f" that {verb} a square of {self.smallest_px:g} pixels wherever it lies"
        if self.max_anchors is None and not is_one:
            text += f", where twice the anchors must add {DOUBLING_GAIN:g} of mean best IoU"
        return text

    def _of_used(self) -> str:
        subject, used = f"The one used here has {_named(self.used)}", self.used_score
        if used is not None:
            place = self.scores.index(used) + 1
            return f"{subject}: {_figures(used)}; place {place} of {len(self.scores)}."
        reasons = []
        if self.max_anchors is not None and self.used.num_anchors > self.max_anchors:
            reasons.append(f"has {self.used.num_anchors:,} anchors")
        reach = finest_reach_px(self.used, self.iou_threshold)
        if self.smallest_px is not None and reach > self.smallest_px:
            reasons.append(f"matches squares from {reach:.1f} pixels up alone")
        return f"{subject} and is none of these: it {' and '.join(reasons)}."


def missing_stride(report: FitReport) -> str | None:
    """The first stride that is missing, in words; None where none is."""
    first = next((line for line in report.reach or () if "missing" in line), None)
    if first is not None and report.settings.class_balanced:
        first += " " + EACH_CLASS
    return first


def _caution(score: LayoutScore) -> str:
    if score.held_out >= FEW:
        return ""
    return f" That is of {count(score.held_out, 'box', 'boxes')}: it may well be chance."


def _named(layout: GridLayout) -> str:
    shapes = cells(layout.anchors_per_cell).removesuffix(" each")
    return (
        f"{'stride' if len(layout.strides) == 1 else 'strides'} {strides(layout.strides)} "
        f"with {shapes} {'shape' if shapes == '1' else 'shapes'} a cell"
    )


def _figures(score: LayoutScore) -> str:
    return (
        f"{count(score.anchors_per_frame, 'anchor')}, mean best IoU {score.score:.3f}, recall at "
        f"{score.iou_threshold:g} {score.recall:.3f}"
    )


def _how_to_fit(score: LayoutScore) -> str:
    strides_given, cells_given = (
        ",".join(map(str, values))
        for values in (score.layout.strides, score.layout.anchors_per_cell)
    )
    return f"To fit it: --strides {strides_given} --anchors-per-cell {cells_given}"
