"""The reports of `inspect` as text of at most 80 columns."""

from __future__ import annotations

import itertools
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediapipe_anchors.inspection import (
        Candidate,
        HeadsReport,
        MetadataReport,
        ModelReport,
        PostprocessReport,
        RowReport,
        TensorReport,
        UnknownOption,
    )

WIDTH = 80
_LABEL = 12
_UNKNOWN_WORDS = "Not to be known from the file; published models of this shape have"


def report_text(report: ModelReport) -> str:
    """All that is known of a model."""
    blocks = [
        _head(report),
        _maps(report.heads),
        _postprocess(report.postprocess),
        _anchors(report),
        _candidates(report.candidates),
        _decode(report),
        _unknown(report.unknown),
        _metadata(report.metadata),
        _notes(report.notes),
    ]
    return "\n\n".join("\n".join(block) for block in map(list, blocks) if block)


def row_text(report: ModelReport, row: RowReport) -> str:
    """What a row of the raw output is."""
    assert report.heads is not None
    lines = [f"row {row.row} of {report.heads.num_boxes}"]
    if row.grid is not None and row.cell is not None:
        stride = f", stride {row.stride}" if row.stride else ""
        grid = f"{row.grid[0]}x{row.grid[1]} cells{stride}"
        lines += _labelled("map", f"{row.feature_map} ({grid}), told from {row.layout_source}")
        lines += _labelled("cell", f"x {row.cell[0]}, y {row.cell[1]}")
        lines += _labelled(
            "anchor", f"{row.anchor_in_cell} of the {row.anchors_per_cell} in its cell, from 0"
        )
    else:
        lines += _labelled("map", f"unknown: {report.heads.why_no_maps}")
    if row.cell_px is not None:
        lines += _labelled("cell", _box(row.cell_px))
    if row.centre_px is not None:
        lines += _labelled("centre", f"{row.centre_px[0]:g}, {row.centre_px[1]:g} px")
    if row.anchor is not None:
        lines += _labelled("x, y, w, h", ", ".join(f"{value:g}" for value in row.anchor))
        if row.box_px is not None:
            lines += _labelled("box", _box(row.box_px))
        lines += _labelled("from", row.anchors_source)
        if row.anchor[2:] == (1.0, 1.0):
            unit = "w = h = 1, as of fixed_anchor_size: the model puts out sizes themselves"
            lines += _labelled("", unit)
    else:
        lines += _labelled("box", f"unknown: the file holds no anchors; {_where_to_get(report)}")
    return "\n".join(lines)


def _where_to_get(report: ModelReport) -> str:
    presets = [each.preset for each in report.candidates if each.preset is not None]
    if presets:
        return f"if they are those of a preset that fits, give --preset {presets[0]}"
    return "give them with --graph GRAPH or --anchors FILE"


def _box(box: Sequence[float]) -> str:
    left, top, right, bottom = box
    return f"{left:g}, {top:g} to {right:g}, {bottom:g} px ({right - left:g} x {bottom - top:g})"


def _head(report: ModelReport) -> Iterator[str]:
    name = "model" if report.path is None else PurePath(report.path).name
    yield from _wrapped(f"{name}: {report.summary}", "")
    if report.known is not None:
        yield from _labelled("known as", f"{report.known.name} ({report.known.match})")
        if report.known.presets:
            yield from _labelled("presets", ", ".join(report.known.presets))
    if report.use:
        yield from _labelled("use", report.use)
    for number, tensor in enumerate(report.inputs):
        yield from _labelled("input" if number == 0 else "", _tensor(tensor))
    for number, tensor in enumerate(report.outputs):
        text = f"{number}: {_tensor(tensor)}"
        yield from _labelled("outputs" if number == 0 else "", text)
    if report.heads is not None:
        yield from _columns(report.heads, report.postprocess is not None)


def _tensor(tensor: TensorReport) -> str:
    shape = ",".join("?" if size == -1 else str(size) for size in tensor.shape)
    text = f"{tensor.name} [{shape}] {tensor.dtype}"
    if tensor.scale is not None:
        text += f" (scale {tensor.scale:.6g}, zero point {tensor.zero_point})"
    return f"{text}, {tensor.role}" if tensor.role else text


def _columns(heads: HeadsReport, is_within: bool) -> Iterator[str]:
    where = " within the model" if is_within else ""
    text = f"{heads.num_boxes} rows{where} of {heads.num_coords} columns"
    if heads.num_keypoints:
        text += f": 4 of the box and {heads.num_keypoints} keypoints of 2"
    yield from _labelled("boxes", text)
    made = (
        "logits, which the decoding makes probabilities (sigmoid_score)"
        if heads.activation is None
        else f"probabilities: the model has a {heads.activation} (no sigmoid_score)"
    )
    classes = f"{heads.num_classes} class{'es' * (heads.num_classes > 1)}"
    yield from _labelled("scores", f"{classes}; {made}")
    yield from _labelled("background", heads.background)
    if not is_within:
        yield from _labelled("order", f"{heads.output_order}: {heads.order_reason}")


def _maps(heads: HeadsReport | None) -> Iterator[str]:
    if heads is None:
        return
    if not heads.maps:
        yield from _labelled("maps", f"unknown: {heads.why_no_maps}")
        return
    rows = [("map", "rows", "grid", "stride", "cell, px", "anchors", "order")]
    for number, each in enumerate(heads.maps):
        cell = "?" if each.cell_px is None else "{:g} x {:g}".format(*_rounded(each.cell_px))
        last = each.first_row + each.num_rows - 1
        rows.append(
            (
                str(number),
                f"{each.first_row} to {last}",
                f"{each.grid[0]}x{each.grid[1]}",
                "?" if each.stride is None else str(each.stride),
                cell,
                str(each.anchors_per_cell),
                each.order,
            )
        )
    yield from _table(rows)
    yield "anchors: rows in each cell; order: which varies slowest, next and fastest"


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(value, 2) for value in values]


def _postprocess(found: PostprocessReport | None) -> Iterator[str]:
    if found is None:
        return
    yield "TFLite_Detection_PostProcess"
    for name, value in found.options.items():
        yield from _wrapped(f"{name}: {_value(value)}", "  ", "    ")
    if found.num_anchors is None:
        yield "  its anchors are no constant [N, 4]"
        return
    yield f"  {found.num_anchors} anchors, {found.anchor_dtype}"
    if found.anchor_px is not None:
        w, h, widest, highest = found.anchor_px
        yield f"  from {w:.4g} to {widest:.4g} px wide, {h:.4g} to {highest:.4g} px high"
    for name, difference in found.presets.items():
        exact = "exactly" if difference == 0 else f"within {difference:.1g}"
        yield f"  {exact} those of preset {name}"
    if not found.presets:
        yield "  of no preset"


def _anchors(report: ModelReport) -> Iterator[str]:
    if report.anchors is None:
        return
    name = "MODEL" if report.path is None else PurePath(report.path).name
    yield from _labelled("anchors", f"{len(report.anchors)}, from {report.anchors_source}")
    command = f"mediapipe-anchors generate {name} -o anchors.csv"
    yield from _labelled("", f"write them with: {command}")


def _candidates(candidates: Sequence[Candidate]) -> Iterator[str]:
    if not candidates:
        return
    alone = " by their number alone" if candidates[0].by_count_alone else ""
    yield f"Anchor options that fit{alone}, the likeliest first"
    if candidates[0].preset is None:
        yield "(scales and aspect ratios are of published models, and not told by the file)"
    for number, each in enumerate(candidates, 1):
        name = f"preset {each.preset}: " if each.preset else ""
        yield from _wrapped(f"{name}{each.reason}", f"{number}. ", "   ")
        yield from _wrapped(_options(each.options), "   ", "     ")


def _options(options: Any) -> str:
    """The layout's options in one line; the rest by `generate --preset` or from the trainer."""
    if options.fixed_anchors is not None:
        return f"{len(options.fixed_anchors)} fixed_anchors"
    lines = options.to_pbtxt().splitlines()
    merged: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        merged.setdefault(name, []).append(value)
    return ", ".join(f"{name} {' '.join(values)}" for name, values in merged.items())


def _decode(report: ModelReport) -> Iterator[str]:
    if report.decode is None:
        return
    certain = not report.unknown
    yield "Decoding" if certain else "Decoding, as far as the file tells"
    lines = report.decode.to_pbtxt().splitlines()
    yield from _wrapped(", ".join(line.strip() for line in lines), "  ", "  ")


def _unknown(unknown: Sequence[UnknownOption]) -> Iterator[str]:
    if not unknown:
        return
    yield _UNKNOWN_WORDS
    for published, group in itertools.groupby(unknown, lambda each: each.published):
        values = "; ".join(f"{value} ({_some(names)})" for value, names in published.items())
        fields = ", ".join(each.field for each in group)
        yield from _wrapped(f"{fields}: {values or 'no published value'}", "  ", "    ")


def _some(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def _metadata(found: MetadataReport | None) -> Iterator[str]:
    if found is None:
        return
    if found.tables:
        yield from _wrapped(f"Metadata: {found.name}" if found.name else "Metadata", "", "  ")
        yield from _wrapped(", ".join(found.tables), "  holds ", "  ")
    if found.num_labels is not None:
        yield f"  {found.num_labels} label{'s' * (found.num_labels != 1)}"
    if found.mean is not None and found.std is not None:
        mean, std = (", ".join(f"{v:g}" for v in values) for values in (found.mean, found.std))
        yield from _wrapped(f"input: (pixel - {mean}) / {std}", "  ", "    ")
    if found.output_names:
        yield from _wrapped(", ".join(found.output_names), "  outputs: ", "  ")
    if found.options:
        text = ", ".join(f"{name}: {_value(value)}" for name, value in found.options.items())
        yield from _wrapped(text, "  ", "  ")
    if found.tasks:
        yield "MediaPipe Tasks ObjectDetector does not take it:"
        for text in found.tasks:
            yield from _wrapped(text, "- ", "  ")
    elif found.tables:
        yield "Nothing in it speaks against MediaPipe Tasks ObjectDetector."


def _value(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(_value(entry) for entry in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if hasattr(value, "name"):
        return str(value.name)
    if value is None:
        return "null"
    return f"{value:.7g}" if isinstance(value, (int, float)) else str(value)


def _notes(notes: Sequence[str]) -> Iterator[str]:
    if notes:
        yield "Notes"
    for note in notes:
        yield from _wrapped(note, "- ", "  ")


def _labelled(label: str, text: str) -> Iterator[str]:
    return _wrapped(text, f"{label:{_LABEL}}", " " * _LABEL)


def _wrapped(text: str, first: str, then: str | None = None) -> Iterator[str]:
    """Lines of at most 80 columns; control characters of names in the file are shown as "?"."""
    printable = "".join(letter if letter.isprintable() else "?" for letter in text)
    yield from textwrap.wrap(
        printable,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first and " " * len(first) if then is None else then,
        break_on_hyphens=False,
    ) or [first.rstrip()]


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(f"{text:{width}}" for text, width in zip(row, widths, strict=True)).rstrip()
