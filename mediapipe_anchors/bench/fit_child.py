"""One fit, measured in a process of its own.

`python -m mediapipe_anchors.bench.fit_child METHOD COUNT SEED BOXES.npy` prints JSON.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

from mediapipe_anchors.bench.fit_methods import METHODS


def main(method: str, count: int, seed: int, path: str) -> None:
    """Fit, and print seconds, those of processors, MB of memory at the peak, and the anchors."""
    fit, wh = METHODS[method], np.load(path)
    few = np.random.RandomState(0).uniform(0.1, 1, (50, 2))
    fit(few, 2, seed)  # libraries load on their first call
    _forget_peak()
    before = _status("VmRSS")
    begin, begin_cpu = time.perf_counter(), time.process_time()
    anchors = fit(wh, count, seed)
    seconds, cpu_seconds = time.perf_counter() - begin, time.process_time() - begin_cpu
    peak = _status("VmHWM")
    figures = {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "peak_mb": peak,
        "added_mb": max(0.0, peak - before),
        "anchors": anchors.tolist(),
    }
    sys.stdout.write(json.dumps(figures))


def _forget_peak() -> None:
    """From here on VmHWM is the peak of what follows."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _status(name: str) -> float:
    """A figure of the process in MB."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) / 1024
    raise KeyError(name)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
