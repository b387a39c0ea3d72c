"""How many pixels of the input a cell of a feature map stands for."""

from __future__ import annotations

import math
from collections.abc import Sequence, Set
from fractions import Fraction

from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.inspection.step import Step, UnmovedError, computed_inputs
from mediapipe_anchors.tflite import Model, Operator

# Where the options of an operator hold its steps along x and y.
_STEP_FIELDS = {
    "CONV_2D": (1, 2),
    "DEPTHWISE_CONV_2D": (1, 2),
    "AVERAGE_POOL_2D": (1, 2),
    "MAX_POOL_2D": (1, 2),
    "L2_POOL_2D": (1, 2),
}
_Steps = tuple[Fraction, Fraction]


def network_stride(model: Model, constants: Set[int], tensor: int) -> _Steps | None:
    """The product of the steps along x and y of all operators from the input to a feature map.

    None where an operator on the way has none that the file states.
    """
    x = y = Fraction(1)
    for _ in range(len(model.operators)):
        operator = model.producer(tensor)
        if operator is None:
            is_input = any(tensor == given.index for given in model.inputs)
            return (x, y) if is_input else None
        try:
            step = Step(model, operator, constants, operator.outputs.index(tensor))
            tensor, steps = _back(step)
        except UnmovedError:
            return None
        x, y = x * steps[0], y * steps[1]
    return None


def _back(step: Step) -> tuple[int, _Steps]:
    """The input that an operator's output lies over, and its step along x and y."""
    operator = step.operator
    source = computed_inputs(step)
    if not source:
        raise UnmovedError
    before, after = step.shape_of(source[0]), step.shape
    if len(before) != 4 or len(after) != 4:
        raise UnmovedError
    if operator.name in _STEP_FIELDS:
        return source[0], _steps(operator)
    if operator.name == "TRANSPOSE_CONV":
        x, y = _stated(operator, (1, 2))
        return source[0], (Fraction(1, x), Fraction(1, y))
    if before[1:3] == after[1:3]:
        return source[0], (Fraction(1), Fraction(1))
    resizes = operator.name.startswith("RESIZE_") or operator.name == "DEPTH_TO_SPACE"
    if resizes or operator.name == "SPACE_TO_DEPTH":
        return source[0], (Fraction(before[2], after[2]), Fraction(before[1], after[1]))
    if operator.name == "PAD":  # for the convolution behind it
        return source[0], (Fraction(1), Fraction(1))
    raise UnmovedError


def _steps(operator: Operator) -> _Steps:
    x, y = _stated(operator, _STEP_FIELDS[operator.name])
    return Fraction(x), Fraction(y)


def _stated(operator: Operator, fields: tuple[int, int]) -> tuple[int, int]:
    if operator.options is None:
        raise UnmovedError
    x, y = (operator.options.integer(field, "i") for field in fields)
    if min(x, y) < 1:
        raise UnmovedError
    return x, y


def fitting_strides(input_size: tuple[int, int], grid: tuple[int, int]) -> range:
    """The strides with which MediaPipe's ceil(input / stride) gives a grid along both sides."""
    ranges = [_fitting(size, cells) for size, cells in zip(input_size, grid, strict=True)]
    start = max(each.start for each in ranges)
    return range(start, max(start, min(each.stop for each in ranges)))


def _fitting(size: int, cells: int) -> range:
    """Strides s with ceil(size / s) == cells; for one cell all from the size on."""
    if cells == 1:
        return range(size, 2**31)
    return range(-(-size // cells), -(-size // (cells - 1)))


def likely_strides(
    input_size: tuple[int, int],
    grids: Sequence[tuple[int, int]],
    networks: Sequence[_Steps | None],
) -> list[int | None]:
    """For each map the stride to state in anchor options; None where no whole number gives it.

    The network's own where it gives the grid; else twice the one before, or a power of two.
    """
    found: list[int | None] = []
    for grid, network in zip(grids, networks, strict=True):
        fitting = fitting_strides(input_size, grid)
        found.append(_likely(fitting, network, found[-1] if found else None))
    return found


def _likely(fitting: range, network: _Steps | None, before: int | None) -> int | None:
    if network is not None and network[0] == network[1] and network[0] in fitting:
        return int(network[0])
    if before is not None and 2 * before in fitting:
        return 2 * before
    if not fitting:
        return None
    power = 1 << math.ceil(math.log2(fitting.start))
    return power if power in fitting else fitting.start


def pixels_a_cell(input_size: tuple[int, int], grid: tuple[int, int]) -> tuple[float, float]:
    """Input pixels a cell along x and y: a cell's true extent."""
    return input_size[0] / grid[0], input_size[1] / grid[1]


def sizes_along(model: Model, tensor: int) -> tuple[int, int] | None:
    """(width, height) of a [batch, height, width, channels] tensor; None for another."""
    sizes = sizes_of(model.tensors[tensor])
    return (sizes[2], sizes[1]) if sizes is not None and len(sizes) == 4 else None
