"""`bench_fit`: ours, k-means and differential evolution on one data set, in one run."""

from __future__ import annotations

import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.bench.fit_methods import METHODS
from mediapipe_anchors.errors import MediaPipeAnchorsError
from mediapipe_anchors.fit import best_anchor

Floats = npt.NDArray[np.float64]

SLOW = "differential evolution"  # runs once
BASELINE = "k-means"  # what ratios are taken to


@dataclasses.dataclass(frozen=True)
class FitTiming:
    """One way to fit some number of anchors.

    Attributes:
        n_anchors: how many.
        method: a name in `METHODS`.
        score: mean best IoU over all boxes; the same in each run, as the seed is.
        recall: share of the boxes whose best IoU is at least 0.5.
        runs: how often it ran, each time in a fresh process, in turns with the others.
        seconds: median of the time of a fit, without reading and loading libraries.
        cpu_seconds: median of the time that processors worked on it, on which what else the machine
            does has little influence; of a quiet machine and one thread, that is `seconds`.
        peak_mb: of the process, median of its largest resident memory while it fits.
        added_mb: what of it came with the fit.
        seconds_ratio, cpu_ratio, peak_ratio: to k-means; None where that did not run.
    """

    n_anchors: int
    method: str
    score: float
    recall: float
    runs: int
    seconds: float
    cpu_seconds: float
    peak_mb: float
    added_mb: float
    seconds_ratio: float | None = None
    cpu_ratio: float | None = None
    peak_ratio: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The figures as JSON-ready values."""
        return dataclasses.asdict(self)


def bench_fit(
    wh: Floats,
    counts: Sequence[int],
    *,
    methods: Sequence[str] = tuple(METHODS),
    repeats: int = 5,
    seed: int = 0,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[FitTiming]:
    """Fit by each method, and measure score, time and memory.

    Args:
        wh: float64 [N, 2], width and height of the boxes.
        counts: numbers of anchors.
        methods: names in `METHODS`.
        repeats: runs of each but differential evolution, which runs once.
        seed: of all methods.
        threads: that libraries may use (k-means does); None is what each likes, one a processor.
        progress: called with the runs done and the runs in all.

    Raises:
        MediaPipeAnchorsError: a fit failed; with the last line that it said.
    """
    turns = [
        (count, method)
        for count in counts
        for turn in range(repeats)
        for method in methods
        if turn == 0 or method != SLOW
    ]
    figures: dict[tuple[int, str], list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "boxes.npy")
        np.save(path, wh)
        for done, (count, method) in enumerate(turns, start=1):
            figures.setdefault((count, method), []).append(_run(method, count, seed, path, threads))
            if progress is not None:
                progress(done, len(turns))
    rows = [_row(wh, *key, runs) for key, runs in figures.items()]
    return [_with_ratios(row, rows) for row in rows]


def _run(method: str, count: int, seed: int, path: Path, threads: int | None) -> dict[str, Any]:
    module = "mediapipe_anchors.bench.fit_child"
    command = [sys.executable, "-m", module, method, str(count), str(seed), str(path)]
    environment = dict(os.environ)
    if threads is not None:
        environment |= dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), str(threads))
    found = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if found.returncode:
        last = found.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise MediaPipeAnchorsError(f"{method} with {count} anchors failed: {last[0]}")
    figures: dict[str, Any] = json.loads(found.stdout)
    return figures


def _row(wh: Floats, count: int, method: str, runs: list[dict[str, Any]]) -> FitTiming:
    best = best_anchor(wh, runs[0]["anchors"])[1]
    names = ("seconds", "cpu_seconds", "peak_mb", "added_mb")
    medians = {name: statistics.median(run[name] for run in runs) for name in names}
    score, recall = float(best.mean()), float((best >= 0.5).mean())
    return FitTiming(count, method, score, recall, len(runs), **medians)


def _with_ratios(row: FitTiming, rows: Sequence[FitTiming]) -> FitTiming:
    for other in rows:
        if (other.n_anchors, other.method) == (row.n_anchors, BASELINE):
            return dataclasses.replace(
                row,
                seconds_ratio=row.seconds / other.seconds,
                cpu_ratio=row.cpu_seconds / other.cpu_seconds,
                peak_ratio=row.peak_mb / other.peak_mb,
            )
    return row
