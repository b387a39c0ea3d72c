"""What stock MediaPipe makes of graphs that we refuse, each in a process of its own.

Run as a script it reads {name: graph text} as JSON on stdin, runs each on a photograph, and prints
{name: "returned" | "raised: text" | "hung" | "died: SIGNAL"} as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

HANG_SECONDS = 10


def stock_outcomes(graphs: dict[str, str]) -> dict[str, str]:
    """The outcome of each graph, from one run of this file as a script."""
    script = subprocess.run(
        [sys.executable, __file__],
        input=json.dumps(graphs),
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    return dict(json.loads(script.stdout))


def _run(text: str) -> None:
    import mediapipe
    import numpy as np
    from mediapipe.python import packet_creator
    from mediapipe.python._framework_bindings import resource_util
    from skimage import data

    resource_util.set_resource_dir(str(Path(mediapipe.__file__).parents[1]))
    graph = mediapipe.CalculatorGraph(graph_config=text)
    graph.start_run()
    if 'input_stream: "image"' in text:
        image = packet_creator.create_image_frame(
            np.ascontiguousarray(data.astronaut()), image_format=mediapipe.ImageFormat.SRGB
        )
        graph.add_packet_to_input_stream("image", image.at(0))
    graph.wait_until_idle()
    graph.close()


def _start(text: str) -> tuple[int, int]:
    """Run a graph in a fork: mediapipe is imported once, and no thread of it runs yet."""
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    signal.alarm(HANG_SECONDS)
    try:
        _run(text)
        os.write(writer, b"returned")
    except Exception as error:
        os.write(writer, f"raised: {error}".encode()[:4000])
    os._exit(0)


def _outcome(child: int, reader: int) -> str:
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status):
        return said
    number = os.WTERMSIG(status)
    return "hung" if number == signal.SIGALRM else f"died: {signal.Signals(number).name}"


if __name__ == "__main__":
    import mediapipe.python  # noqa: F401  (so that the forks need not)

    started = {name: _start(text) for name, text in json.load(sys.stdin).items()}
    print(json.dumps({name: _outcome(*process) for name, process in started.items()}))
