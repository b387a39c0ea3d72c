"""Where the elements of an operator's output come from, for operators that move elements.

Each function here takes a `Step` and the flat indices of elements of one of its outputs, and gives
`Origin`s: which input holds the elements, and where. Element-wise operators count too, since their
output has each element where the input has it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.inspection.step import Step, UnmovedError, computed_inputs

Indices = npt.NDArray[np.int64]


class Origin(NamedTuple):
    """Elements that one input holds.

    Attributes:
        tensor: the number of the input; -1 for the filling of a padding.
        chosen: which of the asked-for elements these are; None for all.
        flat: their flat indices in the input.
    """

    tensor: int
    chosen: npt.NDArray[np.bool_] | None
    flat: Indices


def origins(step: Step, flat: Indices) -> list[Origin]:
    """Where elements of an operator's output come from.

    Raises:
        UnmovedError: not from one element each, or the file does not say.
        ModelError: the file is damaged.
    """
    move = _MOVES.get(step.operator.name)
    if move is None or step.operator.is_custom:
        raise UnmovedError
    found = [origin for origin in move(step, flat) if len(origin.flat)]
    for origin in found:
        if origin.tensor >= 0:
            limit = math.prod(step.shape_of(origin.tensor))
            if origin.flat.min() < 0 or origin.flat.max() >= limit:
                raise UnmovedError  # shapes that do not belong together
    return found


def _same_place(step: Step, flat: Indices) -> Iterator[Origin]:
    source = step.input(0)
    if math.prod(step.shape_of(source)) != math.prod(step.shape):
        raise UnmovedError
    yield Origin(source, None, flat)


def _element_wise(step: Step, flat: Indices) -> Iterator[Origin]:
    """Of several computed inputs the largest: the others are seen by `walk`."""
    computed = computed_inputs(step)
    if not computed:
        raise UnmovedError
    shape = step.shape_of(computed[0])
    yield Origin(computed[0], None, _broadcast(flat, shape, step.shape))


def _broadcast(flat: Indices, shape: Sequence[int], out: Sequence[int]) -> Indices:
    if tuple(shape) == tuple(out):
        return flat
    if len(shape) > len(out):
        raise UnmovedError
    padded = (1,) * (len(out) - len(shape)) + tuple(shape)
    if any(mine not in (1, theirs) for mine, theirs in zip(padded, out, strict=True)):
        raise UnmovedError
    places = _split(flat, out)
    for axis, size in enumerate(padded):
        if size == 1:
            places[axis] = np.zeros_like(flat)
    return _join(places, padded)


def _transpose(step: Step, flat: Indices) -> Iterator[Origin]:
    order = step.integers(1)
    source = step.shape_of(step.input(0))
    if sorted(order) != list(range(len(source))) or len(step.shape) != len(source):
        raise UnmovedError
    places = _split(flat, step.shape)
    yield Origin(
        step.input(0), None, _join([places[order.index(a)] for a in range(len(order))], source)
    )


def _concatenation(step: Step, flat: Indices) -> Iterator[Origin]:
    axis = step.axis(step.option(0))
    lengths = [step.length(index, axis) for index in step.operator.inputs]
    yield from _parts(step, flat, axis, lengths)


def _pack(step: Step, flat: Indices) -> Iterator[Origin]:
    axis = step.axis(step.option(1))
    yield from _parts(step, flat, axis, [1] * len(step.operator.inputs))


def _parts(step: Step, flat: Indices, axis: int, lengths: Sequence[int]) -> Iterator[Origin]:
    """Inputs that lie one after the other along an axis of the output."""
    places = _split(flat, step.shape)
    along = places[axis]
    ends = np.cumsum(lengths)
    part = np.searchsorted(ends, along, side="right")
    if len(flat) and part.max() >= len(lengths):
        raise UnmovedError
    for number, length in enumerate(lengths):
        chosen = part == number
        if chosen.any():
            own = [place[chosen] for place in places]
            own[axis] = own[axis] - (ends[number] - length)
            shape = (*step.shape[:axis], length, *step.shape[axis + 1 :])
            yield Origin(step.input(number), chosen, _join(own, shape))


def _split_even(step: Step, flat: Indices) -> Iterator[Origin]:
    source = step.input(1)
    axis = step.axis(step.integer(0))
    yield _shifted(step, flat, source, axis, step.output * step.shape[axis])


def _split_sizes(step: Step, flat: Indices) -> Iterator[Origin]:
    axis = step.axis(step.integer(2))
    sizes = [step.length(index, axis) for index in step.operator.outputs[: step.output]]
    yield _shifted(step, flat, step.input(0), axis, sum(sizes))


def _unpack(step: Step, flat: Indices) -> Iterator[Origin]:
    source = step.shape_of(step.input(0))
    axis = step.axis(step.option(1), len(source))
    full = (*step.shape[:axis], 1, *step.shape[axis:])
    if len(full) != len(source):
        raise UnmovedError
    places = _split(flat, full)
    places[axis] = places[axis] + step.output
    yield Origin(step.input(0), None, _join(places, source))


def _shifted(step: Step, flat: Indices, source: int, axis: int, start: int) -> Origin:
    shape = step.shape_of(source)
    if len(shape) != len(step.shape):
        raise UnmovedError
    places = _split(flat, step.shape)
    places[axis] = places[axis] + start
    return Origin(source, None, _join(places, shape))


def _slice(step: Step, flat: Indices) -> Iterator[Origin]:
    begin = step.integers(1)
    yield _strided(step, flat, step.shape, begin, [1] * len(begin))


def _strided_slice(step: Step, flat: Indices) -> Iterator[Origin]:
    begin, steps = step.integers(1), step.integers(3)
    source = step.shape_of(step.input(0))
    begin_mask, _, ellipsis, new_axis, shrink = (step.option(field) for field in range(5))
    if ellipsis or new_axis or not len(begin) == len(steps) == len(source) or 0 in steps:
        raise UnmovedError
    kept = iter(step.shape)
    full = [1 if shrink >> axis & 1 else next(kept, 0) for axis in range(len(source))]
    if next(kept, None) is not None:
        raise UnmovedError
    for axis, size in enumerate(source):
        if begin_mask >> axis & 1 and not shrink >> axis & 1:
            begin[axis] = 0 if steps[axis] > 0 else size - 1
        elif begin[axis] < 0:
            begin[axis] = max(begin[axis] + size, 0)
        elif steps[axis] < 0:
            begin[axis] = min(begin[axis], size - 1)
    yield _strided(step, flat, full, begin, steps)


def _strided(
    step: Step, flat: Indices, full: Sequence[int], begin: Sequence[int], steps: Sequence[int]
) -> Origin:
    source = step.shape_of(step.input(0))
    if not len(full) == len(begin) == len(source) or math.prod(full) != math.prod(step.shape):
        raise UnmovedError
    places = [place * steps[axis] + begin[axis] for axis, place in enumerate(_split(flat, full))]
    for place, size in zip(places, source, strict=True):
        if len(place) and (place.min() < 0 or place.max() >= size):
            raise UnmovedError
    return Origin(step.input(0), None, _join(places, source))


def _pad(step: Step, flat: Indices) -> Iterator[Origin]:
    padding = step.integers(1)
    source = step.shape_of(step.input(0))
    if len(padding) != 2 * len(source) or len(step.shape) != len(source):
        raise UnmovedError
    places = _split(flat, step.shape)
    inside = np.ones(len(flat), bool)
    for axis, size in enumerate(source):
        places[axis] = places[axis] - padding[2 * axis]
        inside &= (places[axis] >= 0) & (places[axis] < size)
    yield Origin(step.input(0), inside, _join([place[inside] for place in places], source))
    yield Origin(-1, ~inside, flat[~inside])


def _gather(step: Step, flat: Indices) -> Iterator[Origin]:
    source = step.shape_of(step.input(0))
    axis = step.axis(step.option(0), len(source))
    chosen = np.array(step.integers(1), np.int64)
    full = (*source[:axis], len(chosen), *source[axis + 1 :])
    if step.option(1) or math.prod(full) != math.prod(step.shape) or chosen.min(initial=0) < 0:
        raise UnmovedError
    places = _split(flat, full)
    places[axis] = chosen[places[axis]]
    if len(flat) and places[axis].max() >= source[axis]:
        raise UnmovedError
    yield Origin(step.input(0), None, _join(places, source))


def _reverse(step: Step, flat: Indices) -> Iterator[Origin]:
    places = _split(flat, step.shape)
    for value in step.integers(1):
        axis = step.axis(value)
        places[axis] = step.shape[axis] - 1 - places[axis]
    yield Origin(step.input(0), None, _join(places, step.shape))


def _split(flat: Indices, shape: Sequence[int]) -> list[Indices]:
    """The place along each axis."""
    places: list[Indices] = []
    rest = flat
    for size in reversed(shape):
        rest, place = np.divmod(rest, size)
        places.append(place)
    return places[::-1]


def _join(places: Sequence[Indices], shape: Sequence[int]) -> Indices:
    if len(places) != len(shape):
        raise UnmovedError
    flat = np.zeros_like(places[0]) if places else np.zeros(0, np.int64)
    for place, size in zip(places, shape, strict=True):
        flat = flat * size + place
    return flat


ACTIVATIONS = {"LOGISTIC": "sigmoid", "SOFTMAX": "softmax"}
_UNARY = (
    *("LOGISTIC", "SOFTMAX", "LOG_SOFTMAX", "TANH", "RELU", "RELU6", "RELU_N1_TO_1", "RELU_0_TO_1"),
    *("LEAKY_RELU", "ELU", "GELU", "HARD_SWISH", "DEQUANTIZE", "QUANTIZE", "CAST", "FAKE_QUANT"),
    *("EXP", "LOG", "SQRT", "RSQRT", "SQUARE", "ABS", "NEG", "FLOOR", "CEIL", "ROUND"),
)
_BINARY = (
    *("ADD", "SUB", "MUL", "DIV", "MAXIMUM", "MINIMUM", "POW", "PRELU", "SQUARED_DIFFERENCE"),
)
_Move = Callable[[Step, Indices], Iterator[Origin]]
_MOVES: dict[str, _Move] = {
    **dict.fromkeys((*_UNARY, "RESHAPE", "SQUEEZE", "EXPAND_DIMS"), _same_place),
    **dict.fromkeys(_BINARY, _element_wise),
    "TRANSPOSE": _transpose,
    "CONCATENATION": _concatenation,
    "PACK": _pack,
    "UNPACK": _unpack,
    "SPLIT": _split_even,
    "SPLIT_V": _split_sizes,
    "SLICE": _slice,
    "STRIDED_SLICE": _strided_slice,
    "PAD": _pad,
    "PADV2": _pad,
    "GATHER": _gather,
    "REVERSE_V2": _reverse,
}
