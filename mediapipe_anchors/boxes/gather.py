"""Gathers many boxes chunk by chunk in little more memory than the arrays that come of it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.boxes.duplicates import Keys, name_keys
from mediapipe_anchors.boxes.names import NO_NAME, Names

Integers = npt.NDArray[np.int64]

_BLOCK = 2**25  # bytes; so large, memory goes back to the system when it is let go


class Column:
    """Rows of an array that come chunk by chunk; at no time are they there twice."""

    def __init__(self, dtype: npt.DTypeLike, *shape: int) -> None:
        """`shape` is that of a row."""
        self._dtype, self._shape = np.dtype(dtype), shape
        self._rows = _BLOCK // (self._dtype.itemsize * math.prod(shape))  # of a block
        self._blocks: list[npt.NDArray[Any]] = []
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, rows: npt.NDArray[Any]) -> None:
        """Add rows at the end."""
        while len(rows):
            start = self._count % self._rows
            if start == 0:
                self._blocks.append(np.empty((self._rows, *self._shape), self._dtype))
            part = rows[: self._rows - start]
            self._blocks[-1][start : start + len(part)] = part
            self._count += len(part)
            rows = rows[len(part) :]

    def take(self) -> npt.NDArray[Any]:
        """All rows, [n, *shape]; the column is empty then."""
        whole = np.empty((self._count, *self._shape), self._dtype)
        while self._blocks:
            start = (len(self._blocks) - 1) * self._rows
            whole[start : self._count] = self._blocks.pop()[: self._count - start]
            self._count = start
        return whole


class PackedNames(Sequence[str]):
    """Names in one piece of memory; as strings of their own a million would take 100 MB."""

    def __init__(self) -> None:
        self._text = bytearray()
        self._ends = array("q", [0])

    def append(self, name: str) -> None:
        """Add a name at the end."""
        self._text += name.encode("utf-8", "surrogatepass")
        self._ends.append(len(self._text))

    def __len__(self) -> int:
        return len(self._ends) - 1

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return tuple(self[each] for each in range(*index.indices(len(self))))
        index = range(len(self))[index]
        text = self._text[self._ends[index] : self._ends[index + 1]]
        return text.decode("utf-8", "surrogatepass")


class NameNumbers:
    """Numbers names in the order of their first use; tells them by keys, as `Duplicates` does.

    Attributes:
        names: the names so far.
    """

    def __init__(self) -> None:
        self.names = PackedNames()
        self._runs: list[tuple[Keys, Integers]] = []  # keys, sorted, and the number of each

    def number(self, names: Names) -> Integers:
        """int64 [n], an index into `self.names` for each; `NO_NAME` where there is none."""
        keys = name_keys(names.distinct)
        numbers = self._find(keys)
        new = np.flatnonzero(numbers == NO_NAME)
        numbers[new] = len(self.names) + np.arange(len(new))
        for each in new:
            self.names.append(names.distinct[each])
        self._add(keys[new], numbers[new])
        return names.renumbered(numbers)

    def _find(self, keys: Keys) -> Integers:
        numbers = np.full(len(keys), NO_NAME, np.int64)
        for known, of_known in self._runs:
            places = np.minimum(np.searchsorted(known, keys), len(known) - 1)
            found = known[places] == keys
            numbers[found] = of_known[places[found]]
        return numbers

    def _add(self, keys: Keys, numbers: Integers) -> None:
        """Add a run; runs of like length become one, so that few and long ones are left."""
        while self._runs and len(self._runs[-1][0]) <= 2 * len(keys):
            before = self._runs.pop()
            keys, numbers = np.append(before[0], keys), np.append(before[1], numbers)
        if len(keys):
            order = np.argsort(keys, kind="stable")
            self._runs.append((keys[order], numbers[order]))
