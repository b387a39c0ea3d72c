"""SVG elements as text: everything that is put into one is escaped."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

Number = int | float


def tag(name: str, *children: str | Markup, **attributes: object) -> Markup:
    """An element. `class_` and `clip_path` stand for `class` and `clip-path`; None is left out."""
    written = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), number(value))
        for key, value in attributes.items()
        if value is not None
    )
    inner = join(children)
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(name), written, inner)


def number(value: object) -> object:
    """A coordinate with one digit after the point, and none that is 0; other values as they are."""
    if isinstance(value, float):
        text = f"{value:.1f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return value


def join(parts: Iterable[str | Markup]) -> Markup:
    """The parts one after the other; those that are no markup escaped."""
    return Markup("").join(escape(part) for part in parts)


def picture(width: Number, height: Number, label: str, *children: Markup) -> Markup:
    """An `svg` that scales to the width it is given; `label` is read out in place of it."""
    box = f"0 0 {number(width)} {number(height)}"
    return tag("svg", *children, viewBox=box, role="img", aria_label=label, class_="chart")


def text(
    x: Number,
    y: Number,
    words: str,
    class_: str = "",
    anchor: str = "middle",
    transform: str | None = None,
) -> Markup:
    """A line of text; `anchor` is start, middle or end."""
    named = {"class_": class_ or None, "text_anchor": anchor, "transform": transform}
    return tag("text", words, x=x, y=y, **named)


def title(words: str) -> Markup:
    """What a browser shows when the mouse rests on the element that this is a child of."""
    return tag("title", words)


def line(x1: Number, y1: Number, x2: Number, y2: Number, class_: str) -> Markup:
    """A straight line."""
    return tag("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def rect(
    x: Number, y: Number, width: Number, height: Number, class_: str, *children: Markup
) -> Markup:
    """A rectangle."""
    return tag("rect", *children, x=x, y=y, width=width, height=height, class_=class_)


def circle(x: Number, y: Number, r: Number, class_: str, *children: Markup) -> Markup:
    """A circle."""
    return tag("circle", *children, cx=x, cy=y, r=r, class_=class_)


def polyline(points: Sequence[tuple[Number, Number]]) -> str:
    """The `d` of a path through points."""
    return "M" + "L".join(f"{number(float(x))} {number(float(y))}" for x, y in points)


@dataclasses.dataclass(frozen=True)
class Axis:
    """Maps values from `low` to `high` to coordinates from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float
    is_log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.is_log:
            low, high, at = math.log(low), math.log(high), math.log(value)
        return self.start + (at - low) / (high - low) * (self.stop - self.start)

    def ticks(self) -> list[float]:
        """Round values on the axis, some four to ten."""
        if self.is_log:
            decades = range(math.floor(math.log10(self.low)), math.ceil(math.log10(self.high)) + 1)
            steps = (1, 2, 5) if self.high / self.low < 2000 else (1,)
            every = [step * 10.0**decade for decade in decades for step in steps]
        else:
            step = nice_step((self.high - self.low) / 4)
            first = math.ceil(self.low / step - 1e-9)
            every = [round(step * i, 10) for i in range(first, first + 12)]
        return [each for each in every if self.low * 0.9999 <= each <= self.high * 1.0001]


def nice_step(least: float) -> float:
    """1, 2, 2.5 or 5 times a power of ten, no less than `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= least * 0.9999)
