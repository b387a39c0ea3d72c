"""Time, memory and error of fits to many boxes: `python benchmarks/fit_scale.py [BOXES ...]`.

Makes boxes (`box_tables`) in a temporary folder, runs each fit in a fresh process, and measures
that process whole, from its start to its end: seconds, those of processors, and the peak of its
resident memory. Then it measures the error of `ShapeSketch` (`sketch_error`), on these boxes and on
those of each `--data`.
`--markdown` prints the tables as Markdown. Needs the extra "parquet", and Linux or macOS.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from box_tables import BOXES_AN_IMAGE, ROWS, make_boxes, write_tables
from sketch_error import COLUMNS, error_rows

from mediapipe_anchors import read_boxes
from mediapipe_anchors.cli.progress import Progress

Floats = npt.NDArray[np.float64]

INPUT_SIZE = "320x320"
# What is run on which files. PAGE is a file to write.
CASES = (
    ("-k 9", ("csv", "parquet")),
    ("-k 9 --json", ("parquet",)),
    ("-k 9 --report PAGE", ("parquet",)),
    ("-k auto", ("csv", "parquet")),
    ("-k 9 --engine local", ("csv", "parquet")),
    ("-k auto --report PAGE --json", ("parquet",)),
    ("-k 9 --class-balanced", ("parquet",)),
    ("--anchors-per-cell 3,3,3", ("parquet",)),
    ("-k 9 --compare object_detection_mobile", ("parquet",)),
    ("-k 9 --layouts", ("parquet",)),
    ("AnchorFitter(9)", ("npy",)),
    ('AnchorFitter("auto")', ("npy",)),
)


def array(count: int) -> Floats:
    """Width and height of the same boxes, float64 [count, 2], as fractions of their images."""
    wh = np.empty((count, 2))
    for first in range(0, count, ROWS):
        _, sizes, xyxy = make_boxes(first, min(ROWS, count - first))
        wh[first : first + ROWS] = (xyxy[:, 2:] - xyxy[:, :2]) / sizes
    return wh


def make(folder: str, count: str) -> None:
    """In a process of its own: the same boxes in each kind of file."""
    write_tables(Path(folder), int(count))
    np.save(Path(folder, f"{count}.npy"), array(int(count)))


def fit_array(how: str, path: str) -> None:
    """In a process of its own: what `how` says, on a saved array."""
    from mediapipe_anchors import AnchorFitter

    wh = np.load(path)
    is_auto = "auto" in how
    groups = np.arange(len(wh)) // BOXES_AN_IMAGE if is_auto else None
    AnchorFitter("auto" if is_auto else 9).fit(wh, groups=groups)


def command(how: str, path: Path) -> list[str]:
    """The command line of a case."""
    if path.suffix == ".npy":
        return [sys.executable, __file__, "--fit-array", how, str(path)]
    options = how.replace("PAGE", str(path.with_name("page.html"))).split()
    start = [sys.executable, "-m", "mediapipe_anchors", "fit"]
    return [*start, str(path), "--input-size", INPUT_SIZE, *options]


def measure(arguments: Sequence[str]) -> tuple[str, str, str]:
    """Seconds, those of processors, and peak MiB of a process."""
    begin = time.perf_counter()
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()  # until it ends
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    if status:
        raise SystemExit(f"{' '.join(arguments)}: {said.decode().strip()}")
    peak = usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024)
    return f"{seconds:.1f}", f"{usage.ru_utime + usage.ru_stime:.1f}", f"{peak:.0f}"


def run_cases(counts: Sequence[int], progress: Progress) -> Iterator[list[str]]:
    """A row a case and kind of file: three figures for each number of boxes."""
    rows: dict[tuple[str, str], list[str]] = {}
    total, done = len(counts) * sum(len(kinds) for _, kinds in CASES), 0
    for count in counts:
        with tempfile.TemporaryDirectory() as folder:
            progress.step(f"Making {count:,} boxes")
            # In a process of its own, as the memory of this one counts for those that it starts.
            subprocess.run([sys.executable, __file__, "--make", folder, str(count)], check=True)
            paths = {kind: Path(folder, f"{count}.{kind}") for kind in ("csv", "parquet", "npy")}
            for how, kinds in CASES:
                for kind in kinds:
                    update = progress.step(f"{how} on {count:,} boxes, {kind}")
                    update(done, total)
                    figures = measure(command(how, paths[kind]))
                    rows.setdefault((how, kind), []).extend(figures)
                    done += 1
    for (how, kind), figures in rows.items():
        yield [f"`{how.replace(' PAGE', '')}`", kind, *figures]


def print_table(header: Sequence[str], rows: Sequence[Sequence[str]], markdown: bool) -> None:
    """The first column to the left, the others to the right."""
    if markdown:
        lines = [header, [":--", *["--:"] * (len(header) - 1)], *rows]
        print("\n".join(f"| {' | '.join(line)} |" for line in lines), flush=True)
        return
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for line in (header, *rows):
        cells: list[Callable[[int], str]] = [line[0].ljust, *(cell.rjust for cell in line[1:])]
        print("  ".join(cell(width) for cell, width in zip(cells, widths, strict=True)), flush=True)


def main(counts: Sequence[int], data: Sequence[Path], markdown: bool) -> None:
    """Run all cases, then measure the sketch."""
    with Progress() as progress:
        rows = list(run_cases(counts, progress))
    figures = [f"{count:,}: {name}" for count in counts for name in ("s", "CPU s", "MiB")]
    print_table(["fit", "boxes from", *figures], rows, markdown)
    print()
    sets = {f"{count:,} made": lambda count=count: array(count) for count in counts}
    sets |= {path.name: lambda path=path: read_boxes(path).wh() for path in data}
    with Progress() as progress:
        rows = list(error_rows(sets, progress))
    print_table(COLUMNS, rows, markdown)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--fit-array"]:
        fit_array(*sys.argv[2:])
    elif sys.argv[1:2] == ["--make"]:
        make(*sys.argv[2:])
    else:
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("counts", metavar="BOXES", nargs="*", type=int)
        parser.add_argument("--data", type=Path, nargs="*", default=[], help="files of real boxes")
        parser.add_argument("--markdown", action="store_true")
        given = parser.parse_args()
        main(given.counts or [100_000, 1_000_000, 10_000_000], given.data, given.markdown)
