"""What a stock call does to the process that makes it: returns, reports an error, dies, or hangs.

Each call runs in a process of its own, forked from a server that has imported MediaPipe once.
"""

from __future__ import annotations

import dataclasses
import functools
import multiprocessing
import os
import re
import resource
import signal
import tempfile
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from oracle.graphs import StockError

_MEMORY_LIMIT = 2 << 30  # bytes of address space: a wild allocation fails and does not swap


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a stock call ended.

    `kind` is "ok" (then `result` is set), "error" (an error status), "abort" (the process killed
    itself), "crash" (it was killed: segmentation fault, division by zero), "memory" (it wanted more
    than a process here may have) or "hang" (it was still running when its time was up). `text` is
    MediaPipe's own text, as far as there is one.
    """

    kind: str
    text: str = ""
    result: Any = None

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}" if self.text else self.kind


@functools.cache
def _server() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mediapipe", "mediapipe.tasks.metadata.schema_py_generated"])
    return context


def _run(connection: Connection, log: str, call: Callable[..., Any], args: tuple[Any, ...]) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    file = os.open(log, os.O_WRONLY)
    os.dup2(file, 1)
    os.dup2(file, 2)
    try:
        outcome = Outcome("ok", result=call(*args))
    except StockError as error:
        outcome = Outcome("error", str(error))
    except MemoryError as error:
        outcome = Outcome("memory", str(error))
    connection.send(outcome)
    connection.close()


def stock_outcome(call: Callable[..., Any], *args: Any, timeout: float = 10.0) -> Outcome:
    """Make a stock call where it can do no harm, and say how it ended."""
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with tempfile.NamedTemporaryFile() as log:
        process = _server().Process(target=_run, args=(sender, log.name, call, args))
        process.start()
        sender.close()
        try:
            answered = receiver.poll(timeout)
            return receiver.recv() if answered else Outcome("hang")
        except EOFError:
            process.join(timeout)
            return _death(process.exitcode, Path(log.name).read_text(errors="replace"))
        finally:
            receiver.close()
            process.kill()
            process.join()


def _death(exit_code: int | None, log: str) -> Outcome:
    if exit_code is None or exit_code >= 0:
        raise RuntimeError(f"the stock process ended with {exit_code}:\n{log}")
    check = re.search(r"(Check failed: .*|Unrecognized .*|terminate called.*|what\(\):.*)", log)
    name = signal.Signals(-exit_code).name
    return Outcome("abort" if name == "SIGABRT" else "crash", check[1].strip() if check else name)
