"""Ctrl-C while a graph is at work."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest
from conftest import heed_ctrl_c, needs_graph_api
from mediapipe_graphs import pass_through_graph

from mediapipe_anchors import GraphRunError, GraphRunner

pytestmark = needs_graph_api


INTERRUPTED_SCRIPT = """
import sys, time
sys.path[:0] = {path!r}
import numpy as np
from mediapipe_graphs import FACE_GRAPH, SLOW
from mediapipe_anchors import GraphRunner
image = np.zeros((64, 64, 3), np.uint8)
try:
    with GraphRunner({graph}) as runner:
        print("ready", flush=True)
        while True:
            runner.process({{"image": image}})
except KeyboardInterrupt:
    print("interrupted", flush=True)
    sys.exit(130)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("graph", "seconds"),
    [("FACE_GRAPH", 3), ("SLOW", 9)],  # SLOW: one frame takes longer than anyone waits
)
def test_ctrl_c(graph, seconds):
    script = INTERRUPTED_SCRIPT.format(graph=graph, path=sys.path)
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    pressed = time.monotonic()
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert said == "interrupted\n"
    assert process.returncode == 130
    assert time.monotonic() - pressed < seconds


def test_runner_after_an_interrupt(monkeypatch):
    """A frame that Ctrl-C cut short leaves a runner that closes, and says so when used."""
    runner = GraphRunner(pass_through_graph())
    session = runner._session
    monkeypatch.setattr(session, "_wait", lambda *call: (_ for _ in ()).throw(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        runner.process({"in0": 1})
    monkeypatch.undo()
    runner.close()
    with pytest.raises(GraphRunError, match="closed"):
        runner.process({"in0": 1})
