"""What all tests share: real data, the command line, whether this environment runs graphs."""

from __future__ import annotations

import importlib.util
import os
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from scratch import remove_scratch_folders

from mediapipe_anchors.cli import main

# No test asserts a time. On CI the same examples each time, so that a change is what fails.
settings.register_profile("ours", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("ours")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def has_graph_api() -> bool:
    """Whether the mediapipe line with `CalculatorGraph` (0.10.21) is installed."""
    spec = importlib.util.find_spec("mediapipe")
    if spec is None or spec.origin is None:
        return False
    return (Path(spec.origin).parent / "python" / "solution_base.py").exists()


needs_graph_api = pytest.mark.skipif(
    not has_graph_api(), reason="needs the extra 'graph' (mediapipe 0.10.21)"
)


def heed_ctrl_c() -> None:
    """A shell starts its background jobs deaf to Ctrl-C, and so the tests in them."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def run_command(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[str, str]]:
    """Call as the command line: what comes to stdout and stderr; asserts the exit code."""

    def run(*arguments: object, code: int = 0) -> tuple[str, str]:
        with pytest.raises(SystemExit) as stopped:
            main(list(map(str, arguments)))
        captured = capsys.readouterr()
        assert stopped.value.code == code, captured.err
        return captured.out, captured.err

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real boxes that stands beside a development checkout."""
    if not SHARED_DATA.is_dir():
        pytest.skip("real boxes (shared/data) are not beside this checkout")
    return SHARED_DATA


def pytest_sessionfinish() -> None:
    """Leaves nothing behind."""
    remove_scratch_folders()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says why tests were skipped, a line a reason."""
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in terminalreporter.getreports("skipped")
        if isinstance(report.longrepr, tuple)
    )
    if reasons:
        terminalreporter.section("skipped")
        for reason, count in sorted(reasons.items()):
            terminalreporter.write_line(f"{count:6d}  {reason}")
