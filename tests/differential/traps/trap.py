"""One trap: a call of a stock calculator, how it ends, and the same call of ours."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from differential.compare import same_floats, same_rows
from mediapipe_anchors import Detections, MediaPipeAnchorsError, OptionsError

# How a stock call ends. "undefined": it reads or writes out of bounds, or converts what has no
# conversion; whatever it does then is an accident.
OK, ERROR, ABORT, CRASH, HANG, UNDEFINED = "ok", "error", "abort", "crash", "hang", "undefined"


@dataclasses.dataclass(frozen=True)
class Trap:
    """`stock` names a function of the oracle; `ours` raises `refusal` for `field`, or is equal.

    The refusal of a field is `OptionsError` unless stated.
    """

    name: str
    stock: tuple[str, tuple[Any, ...]]
    ends: str
    ours: Callable[[], Any]
    refusal: type[MediaPipeAnchorsError] | None = None
    field: str = ""
    text: str = ""  # part of MediaPipe's own words
    shows: Callable[[Any], bool] | None = None  # what is odd about the common result
    ordered: bool = True  # whether MediaPipe's order is the same from run to run

    def __post_init__(self) -> None:
        if self.field and self.refusal is None:
            object.__setattr__(self, "refusal", OptionsError)

    @property
    def treatment(self) -> str:
        """What ours does, in words."""
        if self.refusal is None:
            return "equal result" if self.ordered else "equal result but for the order of ties"
        return f"{self.refusal.__name__} naming {self.field}"

    def run_stock(self) -> Any:
        """The `Outcome` of the stock call, in a process of its own."""
        import oracle

        function, args = self.stock
        # A hang costs its time limit, so that is short; the rest may find a busy machine.
        timeout = 2 if self.ends == HANG else 60
        return oracle.stock_outcome(getattr(oracle, function), *args, timeout=timeout)

    def same(self, ours: Any, stock: Any) -> bool:
        """Whether the two results are equal bit for bit."""
        if stock is None:  # no packet
            return len(ours) == 0
        if isinstance(ours, tuple):
            return all(map(self.same, ours, stock))
        if not isinstance(ours, Detections):
            return same_floats(ours, stock)
        return ours == stock if self.ordered else same_rows(ours, stock)
