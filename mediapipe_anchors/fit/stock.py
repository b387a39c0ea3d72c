"""Fits what the plain options of `SsdAnchorsCalculator` can say, so that any MediaPipe runs it.

The layout of given options stays (strides, number of aspect ratios, which extra anchors there are);
their numbers change: `min_scale`, `max_scale`, `aspect_ratios` and
`interpolated_scale_aspect_ratio`.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.fit.placed_value import HIGHEST, LOWEST, shapes_of_options, value_of_shapes
from mediapipe_anchors.fit.population import Population
from mediapipe_anchors.layout import GridLayout
from mediapipe_anchors.options import SsdAnchorsOptions

Floats = npt.NDArray[np.float64]

STARTS = 10  # at most
NUMBERS = 120  # in all starts together, but two starts there are: many aspect ratios take long
SAMPLE = 3000  # boxes on which starts are compared
RAMP = 0.1  # width of the slope in place of the step of recall, while searching
_DIGITS = 4  # of the options that are written: a side moves by less than 0.05 %


class StockShapes:
    """The shapes that numbers in place of those of `template` stand for.

    Attributes:
        counts: how many shapes each feature map has.
        template: the options whose layout is kept.
    """

    def __init__(self, template: SsdAnchorsOptions) -> None:
        check_template(template)
        self.template = template
        layers = range(len(template.strides))
        self._groups = [
            list(group) for _, group in itertools.groupby(layers, lambda i: template.strides[i])
        ]
        self._has_extra = template.interpolated_scale_aspect_ratio > 0
        self.counts = [sum(self._count(layer) for layer in group) for group in self._groups]

    def _count(self, layer: int) -> int:
        if layer == 0 and self.template.reduce_boxes_in_lowest_layer:
            return 3
        return len(self.template.aspect_ratios) + self._has_extra

    def shapes(self, numbers: Floats) -> Floats:
        """[k, 2], w, h, map by map.

        Args:
            numbers: logs of min_scale, max_scale, the aspect ratios, and the interpolated one.
        """
        low, high = np.exp(numbers[:2])
        aspects, extra = np.exp(numbers[2:]), None
        if self._has_extra:
            aspects, extra = aspects[:-1], aspects[-1]
        total = len(self.template.strides)
        steps = [layer / (total - 1) for layer in range(total)] if total > 1 else [0.5]
        scales = [*(low + (high - low) * step for step in steps), 1.0]
        pairs = []
        for layer in itertools.chain(*self._groups):
            if layer == 0 and self.template.reduce_boxes_in_lowest_layer:
                pairs += [(1.0, 0.1), (2.0, scales[0]), (0.5, scales[0])]
                continue
            pairs += [(aspect, scales[layer]) for aspect in aspects]
            if extra is not None:
                pairs.append((extra, np.sqrt(scales[layer] * scales[layer + 1])))
        aspect, scale = np.array(pairs).T
        root = np.sqrt(aspect)
        return np.stack([scale * root, scale / root], axis=1)

    def options(self, numbers: Floats) -> SsdAnchorsOptions:
        """The template with these numbers, rounded to four digits."""
        values = [float(f"{value:.{_DIGITS}g}") for value in np.exp(numbers)]
        aspects = values[2:-1] if self._has_extra else values[2:]
        extra = values[-1] if self._has_extra else self.template.interpolated_scale_aspect_ratio
        return dataclasses.replace(
            self.template,
            min_scale=values[0],
            max_scale=values[1],
            aspect_ratios=aspects,
            interpolated_scale_aspect_ratio=extra,
        )

    def own_numbers(self) -> Floats | None:
        """The template's own numbers, as `shapes` takes them; None where one is not positive."""
        template = self.template
        values = [template.min_scale or 0.0, template.max_scale or 0.0, *template.aspect_ratios]
        if self._has_extra:
            values.append(template.interpolated_scale_aspect_ratio)
        return np.log(values) if min(values) > 0 else None

    def random_numbers(self, wh: Floats, random: np.random.RandomState) -> Floats:
        """Numbers to start from: scales and aspect ratios as the boxes have them."""
        sizes, aspects = np.log(wh.prod(axis=1)) / 2, np.log(wh[:, 0] / wh[:, 1])
        low, high = np.quantile(sizes, [random.uniform(0, 0.4), random.uniform(0.7, 1)])
        count = len(self.template.aspect_ratios)
        spread = np.quantile(aspects, (np.arange(count) + random.uniform(size=count)) / count)
        extra = [np.quantile(aspects, random.uniform())] if self._has_extra else []
        return np.array([low, high, *spread, *extra])


def check_template(template: SsdAnchorsOptions) -> None:
    """Raise unless the shapes of `template` follow from scales and aspect ratios."""
    for field, expected in (("multiscale_anchor_generation", False), ("fixed_anchor_size", False)):
        if getattr(template, field) != expected:
            raise MediaPipeAnchorsError(
                field=field,
                value=getattr(template, field),
                expected=f"{expected}, so that scales and aspect ratios make the shapes",
                fix='fit free shapes (kind="free")',
            )
    if template.fixed_anchors is not None:
        raise MediaPipeAnchorsError(
            field="fixed_anchors", value="set", expected="None", fix='use kind="free"'
        )
    if template.num_layers != len(template.strides):
        raise MediaPipeAnchorsError(
            field="strides",
            value=template.strides,
            expected=f"one entry for each of num_layers: {template.num_layers}",
        )
    template.validate()


def fit_stock_options(
    boxes: Population,
    template: SsdAnchorsOptions,
    objective: Objective,
    random: np.random.RandomState,
) -> SsdAnchorsOptions:
    """The template with the scales and aspect ratios that fit the boxes best; never worse than it.

    Args:
        boxes: with distances to the cells of the template's feature maps, in their order.
        template: options whose layout is kept.
        objective: of the placed IoU.
        random: where the starts and the samples come from.
    """
    stock = StockShapes(template)
    sample = boxes.sampled(SAMPLE, random)
    count = max(2, min(STARTS, NUMBERS // (3 + len(template.aspect_ratios))))
    starts = [stock.random_numbers(sample.sides.T, random) for _ in range(count)]
    own = stock.own_numbers()
    if own is not None:
        starts[0] = own
    soft = objective.softened(RAMP)
    found = [_climb(_measure(stock, sample, soft), start, 0.2, 0.02) for start in starts]
    best = max(found, key=lambda each: each[0])[1]
    best = _climb(_measure(stock, boxes, soft), best, 0.04, 0.01)[1]
    fitted = stock.options(_climb(_measure(stock, boxes, objective), best, 0.02, 0.002)[1])
    return max((fitted, template), key=lambda each: _worth(each, boxes, objective))


def _worth(options: SsdAnchorsOptions, boxes: Population, objective: Objective) -> float:
    """The objective of the anchors as MediaPipe generates them; -1 where one is beyond limits."""
    layout = GridLayout.of_options(options)
    shapes = shapes_of_options(options, layout)
    if shapes is None:
        return -1.0
    return value_of_shapes(boxes, shapes, layout.anchors_per_cell, objective)


def _measure(
    stock: StockShapes, boxes: Population, objective: Objective
) -> Callable[[Floats], float]:
    """What numbers reach, as a function of them.

    Below 0 where a side is beyond what anchors may have, the more so the farther it is.
    """

    def measure(numbers: Floats) -> float:
        shapes = stock.shapes(numbers)
        beyond = np.log([LOWEST / shapes.min(), shapes.max() / HIGHEST]).max()
        if beyond > 0:
            return -float(beyond)
        return value_of_shapes(boxes, shapes, stock.counts, objective)

    return measure


def _climb(
    measure: Callable[[Floats], float], numbers: Floats, first_step: float, last_step: float
) -> tuple[float, Floats]:
    """A pattern search: one number up or down at a time, by ever smaller steps."""
    best, step = measure(numbers), first_step
    while step >= last_step:
        moved = False
        for index in range(len(numbers)):
            for change in (step, -step):
                trial = numbers.copy()
                trial[index] += change
                value = measure(trial)
                if value > best:
                    best, numbers, moved = value, trial, True
                    break
        step = step if moved else step / 2
    return best, numbers
