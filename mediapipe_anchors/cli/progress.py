"""Progress on stderr, where that is a terminal and a command takes longer than a moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as RichProgress

DELAY = 1.0  # seconds that a command takes before its progress shows


class Progress:
    """One line that says what is being done, with a bar where its length is known.

    It shows after a second, and is gone at the end.
    """

    def __init__(self, console: Console | None = None, delay: float = DELAY) -> None:
        console = Console(stderr=True) if console is None else console
        self._shown = RichProgress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._shown.add_task("", total=None)
        self._later = threading.Timer(delay, self._shown.start)
        self._later.daemon = True

    def __enter__(self) -> Progress:
        self._later.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._later.cancel()
        self._later.join()
        self._shown.stop()

    def step(self, words: str) -> Callable[[int, int | None], None]:
        """Begin a step; the function returned takes what is done and what there is in all."""
        self._shown.update(self._task, description=words, total=None, completed=0)

        def update(done: int, total: int | None) -> None:
            self._shown.update(self._task, completed=done, total=total)

        return update
