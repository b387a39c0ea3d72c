"""Run by tools/wheel_test.sh in an environment that holds the wheel and its dependencies alone."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

IMPORT_SECONDS = 0.5
HEAVY = ("mediapipe", "tensorflow", "cv2", "matplotlib", "sklearn")


def check_light_import() -> None:
    """Importing the package is quick and drags nothing heavy in."""
    code = f"import sys, mediapipe_anchors; print([m for m in {HEAVY!r} if m in sys.modules])"
    seconds = []
    for _ in range(5):
        start = time.perf_counter()
        loaded = subprocess.check_output([sys.executable, "-c", code], text=True)
        seconds.append(time.perf_counter() - start)
        assert loaded.strip() == "[]", f"import mediapipe_anchors loads {loaded}"
    print(f"import, interpreter included: {min(seconds):.3f} s")
    assert min(seconds) < IMPORT_SECONDS


def check_every_name_loads() -> None:
    """Every public name can be had without an extra."""
    import mediapipe_anchors

    for name in mediapipe_anchors.__all__:
        assert getattr(mediapipe_anchors, name) is not None, name


def check_missing_extra_is_said() -> None:
    """A feature without its extra says which command brings it."""
    import mediapipe_anchors

    assert importlib.util.find_spec("mediapipe") is None
    message = "no error"
    try:
        mediapipe_anchors.run_graph("node { calculator: 'PassThroughCalculator' }\n", {})
    except mediapipe_anchors.MissingExtraError as error:
        message = str(error)
    assert "pip install" in message, message


def check_command(command: str) -> None:
    """Boxes to anchors to a file, with the installed command."""
    with tempfile.TemporaryDirectory() as folder:
        boxes = Path(folder, "boxes.csv")
        rows = [f"a{i},100,100,0,0,{10 + i},{20 + i},x" for i in range(40)]
        boxes.write_text("image,width,height,xmin,ymin,xmax,ymax,label\n" + "\n".join(rows) + "\n")
        options = Path(folder, "anchors.pbtxt")
        page = Path(folder, "report.html")
        fit = [command, "fit", boxes, "--input-size", "64x64", "-k", "3"]
        subprocess.check_call([*fit, "-o", options, "--report", page])
        assert page.read_text().rstrip().endswith("</html>")
        anchors = Path(folder, "anchors.json")
        subprocess.check_call([command, "generate", options, "-o", anchors])
        assert len(json.loads(anchors.read_text())["anchors"]) > 0


if __name__ == "__main__":
    check_light_import()
    check_every_name_loads()
    check_missing_extra_is_said()
    check_command(sys.argv[1])
    files = importlib.metadata.files("mediapipe_anchors") or []
    assert not [file for file in files if str(file).startswith(("tests", "cpp"))]
    print("the wheel works in an empty environment")
