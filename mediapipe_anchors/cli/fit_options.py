"""The values of the options of `fit`, from text: callbacks that refuse what cannot be meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mediapipe_anchors.errors import MediaPipeAnchorsError

if TYPE_CHECKING:
    from mediapipe_anchors.options import SsdAnchorsOptions

AUTO = "auto"


def numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    """Whole numbers with commas."""
    if value is None:
        return None
    if re.fullmatch(r"[1-9]\d{0,5}(,[1-9]\d{0,5})*", value, re.ASCII) is None:
        raise click.BadParameter(f"{value!r}: expected numbers with commas, such as 8,16,32")
    return tuple(map(int, value.split(",")))


def count(_: click.Context, __: click.Parameter, value: str | None) -> int | str | None:
    """A number of 1 or more, or "auto"."""
    if value is None or value == AUTO:
        return value
    if re.fullmatch(r"[1-9]\d{0,5}", value, re.ASCII) is None:
        raise click.BadParameter(f"{value!r}: expected a number of 1 or more, or auto")
    return int(value)


def region(
    _: click.Context, __: click.Parameter, value: str | None
) -> tuple[float, float, float, float] | None:
    """Four fractions: left, top, right, bottom."""
    if value is None:
        return None
    try:
        left, top, right, bottom = map(float, value.split(","))
    except ValueError:
        raise click.BadParameter(
            f"{value!r}: expected left,top,right,bottom as fractions, such as 0,0.5,1,1"
        ) from None
    return left, top, right, bottom


def objective(_: click.Context, __: click.Parameter, value: str) -> str | dict[str, float]:
    """The name of a measure, or a blend, name=weight with commas."""
    if "=" not in value:
        return value
    weights = {}
    for part in value.split(","):
        name, _equals, weight = part.partition("=")
        try:
            weights[name] = float(weight)
        except ValueError:
            raise click.BadParameter(
                f"{value!r}: expected name=weight with commas, such as mean_iou=0.8,recall=0.2"
            ) from None
    return weights


def anchor_options(
    _: click.Context, __: click.Parameter, value: str | None
) -> tuple[str, SsdAnchorsOptions] | None:
    """A name and the anchor options of that file or preset."""
    if value is None:
        return None
    from mediapipe_anchors.options import SsdAnchorsOptions
    from mediapipe_anchors.presets import preset

    if Path(value).exists():
        return Path(value).name, SsdAnchorsOptions.from_pbtxt(Path(value))
    try:
        found = preset(value)
    except MediaPipeAnchorsError as error:
        raise click.BadParameter(f"no such file, and not a {error}") from None
    if found.anchors is None:
        raise click.BadParameter(f"{value}: its model holds its anchors; pass them as a .pbtxt")
    return found.name, found.anchors


def html_output(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    """An output page: refuses other suffixes and missing folders at once."""
    if value is None:
        return None
    if value.suffix not in (".html", ".htm"):
        raise click.BadParameter(f"{str(value)!r}: expected a name that ends in .html")
    if not value.parent.is_dir():
        raise click.BadParameter(f"{str(value)!r}: there is no folder {str(value.parent)!r}")
    return value


def in_words(objective: str | dict[str, Any]) -> str:
    """An objective as it is said: mean_iou, or 0.8 mean_iou + 0.2 recall."""
    if isinstance(objective, str):
        return objective
    return " + ".join(f"{weight:g} {name}" for name, weight in objective.items())
