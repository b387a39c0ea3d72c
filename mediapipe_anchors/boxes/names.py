"""`Names`: a column of names, such as the image of each box, as codes and the distinct names."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

NO_NAME = -1


@dataclasses.dataclass(frozen=True, eq=False)
class Names:
    """n names, each an index into the distinct ones.

    Attributes:
        codes: int64 [n], index into `distinct`; `NO_NAME` where there is none.
        distinct: the names, each once.
    """

    codes: npt.NDArray[np.int64]
    distinct: Sequence[str]

    @staticmethod
    def of(values: Iterable[str | None]) -> Names:
        """The names as given; None is none."""
        places: dict[str, int] = {}
        codes = [
            NO_NAME if value is None else places.setdefault(value, len(places)) for value in values
        ]
        return Names(np.array(codes, np.int64), tuple(places))

    @staticmethod
    def same(name: str | None, count: int) -> Names:
        """One name for all."""
        if name is None:
            return Names(np.full(count, NO_NAME, np.int64), ())
        return Names(np.zeros(count, np.int64), (name,))

    @staticmethod
    def concatenate(parts: Sequence[Names]) -> Names:
        """All the names one after another."""
        places: dict[str, int] = {}
        codes = [np.zeros(0, np.int64)]
        for part in parts:
            new = [places.setdefault(name, len(places)) for name in part.distinct]
            codes.append(part.renumbered(new))
        return Names(np.concatenate(codes), tuple(places))

    @staticmethod
    def of_arrow(column: Any) -> Names:
        """Those of a dictionary-encoded column of text of Apache Arrow; null is none."""
        codes = column.indices.fill_null(NO_NAME).to_numpy(zero_copy_only=False)
        return Names(codes.astype(np.int64), column.dictionary.to_pylist())

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows: Any) -> Names:
        return Names(self.codes[rows], self.distinct)

    def compact(self) -> Names:
        """The same names; `distinct` holds only those in use, in the order of their first use."""
        first = np.full(len(self.distinct) + 1, len(self.codes), np.int64)
        # Of several assignments to one place the last stands, here that of the first use.
        first[self.codes[::-1]] = np.arange(len(self.codes))[::-1]
        order = np.argsort(first[:-1], kind="stable")
        used = order[: int((first[:-1] < len(self.codes)).sum())]
        new = np.full(len(self.distinct), NO_NAME, np.int64)
        new[used] = np.arange(len(used))
        return Names(self.renumbered(new), tuple(self.distinct[code] for code in used))

    def changed(self, change: Callable[[str], str | None]) -> Names:
        """The same rows under the names that `change` makes of them; None is none."""
        changed = Names.of(map(change, self.distinct))
        return Names(self.renumbered(changed.codes), changed.distinct)

    def renumbered(self, new: npt.ArrayLike) -> npt.NDArray[np.int64]:
        """int64 [n], of each name the number that `new` has for its place among the distinct."""
        # `NO_NAME`, which is -1, finds itself at the end.
        return np.append(np.asarray(new, np.int64), NO_NAME)[self.codes]
