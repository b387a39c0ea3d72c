"""What the figures say, in sentences."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup

from mediapipe_anchors.fit.coverage import Coverage
from mediapipe_anchors.fit.coverage_groups import Group

if TYPE_CHECKING:
    from mediapipe_anchors.report.figures import FitReport

FEW = 20  # boxes: a class with fewer is not worth a sentence
LOST = 0.02  # recall between shape alone and where the anchors stand that is worth one


def percent(share: float) -> str:
    """A share with a digit after the point, two below 1; 100% and 0% only where it is just that."""
    if share in (0, 1):
        return f"{share:.0%}"
    text = f"{share * 100:.1f}" if share >= 0.01 else f"{share * 100:.2f}"
    return {"100.0": "99.9", "0.00": "0.01"}.get(text, text) + "%"


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 image`, `2 images`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def sentence(text: str) -> str:
    """A remark as a sentence in the page's type."""
    for plain, typeset in ((" +- ", " ± "), (" %", "%")):
        text = text.replace(plain, typeset)
    return text[:1].upper() + text[1:].rstrip(".") + "."


def options(text: str) -> Markup:
    """A sentence whose command-line options no line break cuts."""
    return Markup(" ").join(
        Markup('<span class="option">{}</span>').format(word) if word.startswith("--") else word
        for word in text.split(" ")
    )


def strides(values: Sequence[int]) -> str:
    """`8, 16`, or where each is twice the one before, `8 to 512`."""
    doubles = all(after == 2 * before for before, after in itertools.pairwise(values))
    if doubles and len(values) > 3:
        return f"{values[0]} to {values[-1]}"
    return ", ".join(map(str, values))


def cells(counts: Sequence[int]) -> str:
    """`3, then 6 each`, where all but the first are the same; `6 each`, where all are."""
    if len(counts) > 1 and len(set(counts)) == 1:
        return f"{counts[0]} each"
    if len(counts) > 2 and len(set(counts[1:])) == 1:
        return f"{counts[0]}, then {counts[1]} each"
    return ", ".join(map(str, counts))


def headline(coverage: Coverage) -> str:
    """The verdict in a few words: how many shapes reach how much."""
    shapes = len(coverage.anchor_shapes)
    end = "es" if shapes == 1 else ""
    subject = count(shapes, "anchor shape")
    for least, words in (
        (0.995, "every object, or nearly so"),
        (0.95, "nearly all objects"),
        (0.85, "most objects"),
    ):
        if coverage.best.recall >= least:
            return f"{subject} reach{end} {words}"
    many = "many" if coverage.best.recall >= 0.7 else "far too many"
    return f"{subject} leave{end[1:]} {many} objects out of reach"


def summary(coverage: Coverage) -> str:
    """The verdict in a sentence or two."""
    best, shape = coverage.best, coverage.shape
    text = (
        f"{percent(best.recall)} of {count(coverage.boxes, 'object')} have an anchor with an IoU "
        f"of 0.5 or more; the mean best IoU is {best.mean_best_iou:.3f}."
    )
    if coverage.placed is None:
        return text + " That is by shape alone, as if each object stood in the middle of a cell."
    lost = shape.recall - best.recall
    if lost >= 0.005:
        text += (
            f" By shape alone it would be {percent(shape.recall)}: {lost * 100:.1f}% of the "
            "objects are lost because they stand between the cells of the feature maps."
        )
    return text


def findings(coverage: Coverage) -> list[str]:
    """What stands out: sizes and classes that anchors miss, feature maps that do little."""
    found = []
    missed = coverage.unreached
    if missed.boxes:
        found += [_missed_sizes(coverage.by_side, missed.boxes)]
    worst = [group for group in coverage.by_class if group.score.boxes >= FEW]
    if len(worst) > 1:
        least = min(worst, key=lambda group: group.score.recall)
        if least.score.recall < coverage.best.recall - 0.02:
            found.append(
                f"The class missed most is “{least.name}”: {percent(least.score.recall)} of its "
                f"{count(least.score.boxes, 'object')} are reached."
            )
    if missed.images:
        found.append(
            f"{count(missed.images, 'image')} of {missed.of_images:,} hold objects out of reach; "
            f"in {missed.images_in_all:,} of them no object is reached."
        )
    if coverage.placed is not None:
        found += _idle_maps(coverage)
    return found


def advice(report: FitReport) -> list[str]:
    """What another fit could do better."""
    placed = report.coverage.placed
    if placed is None or report.settings.on_grid:
        return []
    if report.coverage.shape.recall - placed.recall < LOST:
        return []
    return [
        "The anchors were fitted by shape alone; --grid free fits them where they stand, on the "
        "cells of the feature maps."
    ]


def _missed_sizes(by_side: Sequence[Group], missed: int) -> str:
    """Below which size most of the boxes out of reach are."""
    of_group = [group.score.boxes * (1 - group.score.recall) for group in by_side]
    so_far = 0.0
    for group, boxes in zip(by_side, of_group, strict=True):
        so_far += boxes
        if so_far >= 0.75 * missed and group.high is not None:
            break
    else:
        return f"{count(missed, 'object')} are out of reach, of all sizes."
    share = percent(min(1.0, so_far / missed))
    return (
        f"Of the {count(missed, 'object')} out of reach, {share} are smaller than {group.high:g} × "
        f"{group.high:g} pixels of the model input."
    )


def _idle_maps(coverage: Coverage) -> list[str]:
    idle = [
        f"{each.stride:g}"
        for each in coverage.by_map
        if (each.score.boxes if each.score else 0) < 0.01 * coverage.boxes
    ]
    if not idle:
        return []
    one = len(idle) == 1
    return [
        f"The feature map{'' if one else 's'} of stride {' and '.join(idle)} "
        f"{'is' if one else 'are'} the best place for less than 1% of the objects"
        f"{'' if one else ' each'}."
    ]
