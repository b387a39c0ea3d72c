"""An operator as it is walked through backwards, from one of its outputs."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Set

from mediapipe_anchors.inspection.sizes import sizes_of
from mediapipe_anchors.tflite import Model, Operator


class UnmovedError(Exception):
    """The operator does not just move elements, or how it does is not written in the file."""


@dataclasses.dataclass(frozen=True)
class Step:
    """An operator as it is walked through backwards, from one of its outputs.

    Attributes:
        constants: numbers of the tensors that are not computed.
        output: which of its outputs.
    """

    model: Model
    operator: Operator
    constants: Set[int]
    output: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Sizes of the output."""
        return self.shape_of(self.operator.outputs[self.output])

    def shape_of(self, index: int) -> tuple[int, ...]:
        sizes = sizes_of(self.model.tensors[index]) if index >= 0 else None
        if sizes is None:
            raise UnmovedError
        return sizes

    def input(self, number: int) -> int:
        """The number of the tensor that is the operator's input `number`."""
        if number >= len(self.operator.inputs) or self.operator.inputs[number] < 0:
            raise UnmovedError
        return self.operator.inputs[number]

    def integers(self, number: int, limit: int = 2**20) -> list[int]:
        """The values of a constant input."""
        tensor = self.input(number)
        if math.prod(self.shape_of(tensor)) > limit:
            raise UnmovedError
        values = self.model.constant(tensor)
        if values is None or values.dtype.kind not in "iu":
            raise UnmovedError
        return [int(value) for value in values.ravel()]

    def integer(self, number: int) -> int:
        """The value of a constant input that has one."""
        values = self.integers(number)
        if len(values) != 1:
            raise UnmovedError
        return values[0]

    def length(self, index: int, axis: int) -> int:
        """The size along an axis of a tensor that has as many axes as the output."""
        shape = self.shape_of(index)
        if len(shape) != len(self.shape):
            raise UnmovedError
        return shape[axis]

    def option(self, field: int, kind: str = "i") -> int:
        options = self.operator.options
        return 0 if options is None else options.integer(field, kind)

    def axis(self, value: int, rank: int | None = None) -> int:
        rank = len(self.shape) if rank is None else rank
        if not -rank <= value < rank:
            raise UnmovedError
        return value % rank


def computed_inputs(step: Step) -> list[int]:
    """Numbers of the inputs that are computed, the largest first."""
    computed = [i for i in step.operator.inputs if i >= 0 and i not in step.constants]
    return sorted(computed, key=lambda index: -math.prod(step.shape_of(index)))
