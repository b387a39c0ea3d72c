"""Fuzzes the Python side and the core at once, a process each: run.py [--seconds 60] [--core DIR].

The seconds of a side are shared among its harnesses. What is found lies in build/fuzz/found, and
the last lines say how to play it again; then the exit code is 1. DIR holds the core's programs.
"""

from __future__ import annotations

import argparse
import base64
import dataclasses
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent)]
from fuzz import harnesses  # noqa: E402

BUILD = HERE.parents[1] / "build" / "fuzz"
FOUND = BUILD / "found"
# Memory that AddressSanitizer keeps to tell a use after free is no memory of ours.
ENVIRONMENT = os.environ | {"ASAN_OPTIONS": "quarantine_size_mb=16"}
LIMITS = ["-rss_limit_mb=1024", "-timeout=60", "-max_len=8192", "-print_final_stats=1"]
SHOWN_LINES = 40
SHOWN_BYTES = 4096


@dataclasses.dataclass(frozen=True)
class Harness:
    """A program of libFuzzer: its name, how it is called, and the seconds until it begins."""

    name: str
    command: Sequence[str]
    start_up: float


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a harness ended: a line about it, what it printed, the inputs that it found."""

    line: str
    log: str
    code: int
    found: Sequence[Path]


def python_harnesses() -> list[Harness]:
    drive = [sys.executable, str(HERE / "drive.py")]
    return [Harness(name, [*drive, name], start_up=2) for name in harnesses.NAMES]


def core_harnesses(folder: Path) -> list[Harness]:
    programs = [path for path in sorted(folder.glob("fuzz_*")) if path.is_file()]
    return [
        Harness(path.name.removeprefix("fuzz_"), [str(path)], start_up=0)
        for path in programs
        if os.access(path, os.X_OK)
    ]


def run_side(side: str, of_side: list[Harness], seconds: float, outcomes: list[Outcome]) -> None:
    """Runs one harness after the other, each for its share of what is left."""
    end = time.monotonic() + seconds
    for index, harness in enumerate(of_side):
        share = (end - time.monotonic()) / (len(of_side) - index)
        outcome = run_one(side, harness, max(1, round(share - harness.start_up)))
        print(outcome.line, flush=True)
        outcomes.append(outcome)


def run_one(side: str, harness: Harness, seconds: int) -> Outcome:
    corpus = BUILD / "corpus" / harness.name
    corpus.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(exist_ok=True)
    arguments = [
        *LIMITS,
        f"-max_total_time={seconds}",
        f"-artifact_prefix={FOUND}/{harness.name}-",
        str(corpus),  # what is new goes here, and is there the next time
        str(HERE / "corpus" / harness.name),
    ]
    done = subprocess.run(
        [*harness.command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=ENVIRONMENT,
        check=False,
    )
    found = [Path(name) for name in re.findall(r"Test unit written to (.+)", done.stdout)]
    log = done.stdout + replay_lines(harness, found)
    line = f"fuzz {side} {harness.name}: {summary(done.stdout)}, {len(found)} found"
    return Outcome(line, log, done.returncode, found)


def summary(log: str) -> str:
    """The figures of libFuzzer's last words."""
    runs = re.findall(r"number_of_executed_units:\s*(\d+)", log)
    seconds = re.findall(r"Done \d+ runs in (\d+) second", log)
    covered = re.findall(r" cov: (\d+) ft: \d+ corp: (\d+)/", log)
    edges, kept = covered[-1] if covered else (0, 0)
    took = f" in {seconds[-1]} s" if seconds else ""
    return f"{int(runs[-1]) if runs else 0:,} inputs{took}, {edges} edges reached, {kept} kept"


def replay_lines(harness: Harness, found: Sequence[Path]) -> str:
    lines = []
    for path in found:
        data = path.read_bytes()
        lines.append(f"To play {path.name} again: {' '.join(harness.command)} {path}")
        if len(data) <= SHOWN_BYTES:
            lines.append(f"{path.name} in base64: {base64.b64encode(data).decode()}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--core", type=Path, help="folder of the core's programs")
    parser.add_argument("--only", nargs="*", help="names of harnesses")
    options = parser.parse_args()
    sides = {"python": python_harnesses()}
    if options.core:
        sides["core"] = core_harnesses(options.core)
    outcomes: list[Outcome] = []
    threads = []
    for side, of_side in sides.items():
        chosen = [each for each in of_side if not options.only or each.name in options.only]
        arguments = (side, chosen, options.seconds, outcomes)
        threads.append(threading.Thread(target=run_side, args=arguments))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failed = [outcome for outcome in outcomes if outcome.code or outcome.found]
    for outcome in failed:
        print(outcome.line, *outcome.log.splitlines()[-SHOWN_LINES:], sep="\n")
    return 1 if failed or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
