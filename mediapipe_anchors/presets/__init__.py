"""The published MediaPipe detectors: anchors, decoding, suppression, input and model of each.

A preset bears the name of MediaPipe's graph, less the endings `_cpu`, `_gpu`, `_graph` and
`_subgraph` (variants share every option here), with the folder in front where two graphs would
share it. A graph with a choice of models is one preset for each model.
"""

from __future__ import annotations

import dataclasses
import difflib
import operator
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from mediapipe_anchors.anchors import count_anchors
from mediapipe_anchors.errors import OptionsError, TensorError, check_kind
from mediapipe_anchors.explain_count import explain_count
from mediapipe_anchors.options import (
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.presets.image_input import ImageInput


@dataclasses.dataclass(frozen=True)
class ModelFile:
    """A `.tflite` file by its path in MediaPipe.

    Attributes:
        path: as MediaPipe's graphs write it, relative to the folder that holds `mediapipe/`.
        in_wheel: whether the mediapipe 0.10.21 wheel ships it at that path.
    """

    path: str
    in_wheel: bool = False

    @property
    def name(self) -> str:
        """The bare file name."""
        return PurePosixPath(self.path).name


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset:
    """One published detector.

    Attributes:
        name: the key for `preset`.
        anchors: what `SsdAnchorsCalculator` gets; None where the model hands out its anchors as a
            third output tensor.
        decode: what `TensorsToDetectionsCalculator` gets.
        nms: what `NonMaxSuppressionCalculator` gets.
        input: how the image becomes the input tensor.
        model: the model file.
        graphs: MediaPipe's graphs that hold exactly these options, by path under `mediapipe/`.
        note: what else to know before using it, or "".
    """

    name: str
    anchors: SsdAnchorsOptions | None
    decode: TensorsToDetectionsOptions
    nms: NonMaxSuppressionOptions
    input: ImageInput
    model: ModelFile
    graphs: tuple[str, ...]
    note: str = ""

    def check_tensors(self, box_shape: Sequence[int], score_shape: Sequence[int]) -> None:
        """Check that a model's raw output tensors are those that the options describe.

        Args:
            box_shape: shape of the box tensor, [N, C], [1, N, C] or [1, 1, N, C].
            score_shape: shape of the score tensor, [N, K], [1, N, K] or [1, 1, N, K].

        Raises:
            TensorError: a shape is not of that form, or its columns are not `num_coords` or
                `num_classes`.
            OptionsError: the rows are not `num_boxes`, or not the number of anchors; the error
                names the option that is likely wrong.
        """
        rows, coords = _rows_and_columns("box_shape", box_shape)
        score_rows, classes = _rows_and_columns("score_shape", score_shape)
        if rows != score_rows:
            expected = f"{rows} rows, as in box_shape {tuple(box_shape)}"
            raise TensorError(field="score_shape", value=tuple(score_shape), expected=expected)
        wanted = (self.decode.num_coords, self.decode.num_classes)
        if (coords, classes) != wanted:
            raise _wrong_columns(tuple(box_shape), tuple(score_shape), *wanted)
        check_count(self.anchors, rows)
        if rows != self.decode.num_boxes:
            fix = "set it to the rows of the model"
            raise OptionsError(
                field="num_boxes", value=self.decode.num_boxes, expected=f"{rows}", fix=fix
            )


def check_count(anchors: SsdAnchorsOptions | None, rows: int) -> None:
    """Check that options give one anchor for each of a model's `rows`.

    MediaPipe does not: fewer anchors than rows make it read beyond its list, more are ignored.

    Raises:
        OptionsError: they do not; the error names the option that is likely wrong.
    """
    if anchors is None or count_anchors(anchors) == rows:
        return
    explanation = explain_count(anchors, rows)
    if not explanation.changes:
        raise OptionsError(str(explanation), field="anchors", value=explanation.count)
    field, wanted = next(iter(explanation.changes[0].values.items()))
    raise OptionsError(
        str(explanation), field=field, value=getattr(anchors, field), expected=str(wanted)
    )


def preset(name: str) -> Preset:
    """The published detector of that name.

    Args:
        name: one of `list_presets()`, or one of MediaPipe's own graphs by file name or path:
            "face_detection_short_range", "palm_detection_cpu",
            "modules/palm_detection/palm_detection_cpu.pbtxt".

    Raises:
        OptionsError: no detector, or more than one, goes by that name; the close ones are listed.
    """
    from mediapipe_anchors.presets.table import PRESETS

    check_kind("preset", name, str)
    by_name = {row.name: row for row in PRESETS}
    if name in by_name:
        return by_name[name]
    key = name.removesuffix(".pbtxt").removesuffix(".cc")
    found = [row.name for row in PRESETS if _has_graph(row, key)]
    if len(found) == 1:
        return by_name[found[0]]
    near = found or [known for known in by_name if key in known]
    near = near or difflib.get_close_matches(key, by_name, n=3, cutoff=0.4) or list(by_name)
    raise OptionsError(
        field="preset",
        value=name,
        expected=f"one of {', '.join(near)}",
        fix="list_presets() gives every name",
    )


def list_presets() -> list[str]:
    """The names of the published detectors, in the order of MediaPipe's folders."""
    from mediapipe_anchors.presets.table import PRESETS

    return [row.name for row in PRESETS]


def _has_graph(row: Preset, key: str) -> bool:
    """Whether `key` is the end of the path of one of the row's graphs, in whole path parts."""
    return any(f"/mediapipe/{path}".endswith(f"/{key}") for path in row.graphs)


def _rows_and_columns(field: str, shape: Any) -> tuple[int, int]:
    try:
        sizes = [operator.index(size) for size in shape]
    except TypeError:
        sizes = []
    if not 2 <= len(sizes) <= 4 or any(size != 1 for size in sizes[:-2]):
        expected = "[N, columns] behind at most two sizes of 1"
        raise TensorError(field=field, value=shape, expected=expected)
    return sizes[-2], sizes[-1]


def _wrong_columns(
    box_shape: tuple[int, ...],
    score_shape: tuple[int, ...],
    coords: int | None,
    classes: int | None,
) -> TensorError:
    if (box_shape[-1], score_shape[-1]) == (classes, coords):
        fix = "the two tensors seem exchanged: see tensor_mapping"
    else:
        fix = "the model is another one, or num_coords, num_keypoints or num_classes is wrong"
    return TensorError(
        field="box_shape, score_shape",
        value=(box_shape, score_shape),
        expected=f"{coords} columns of boxes (num_coords), {classes} of scores (num_classes)",
        fix=fix,
    )
