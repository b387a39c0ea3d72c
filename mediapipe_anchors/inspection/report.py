"""What `inspect_model` says of a model."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.inspection.heads import STANDARD_ORDER
from mediapipe_anchors.inspection.rows import RowReport, explain_row
from mediapipe_anchors.options import SsdAnchorsOptions, TensorsToDetectionsOptions
from mediapipe_anchors.plain import to_plain


class ModelKind(enum.Enum):
    """What a model's outputs are."""

    RAW_DETECTOR = "raw detector"  # boxes and scores that need anchors
    POSTPROCESSED_DETECTOR = "post-processed detector"  # anchors and suppression in the model
    OTHER = "no SSD detector"


@dataclasses.dataclass(frozen=True)
class TensorReport:
    """An input or output of the model.

    Attributes:
        name: in the file.
        shape: -1 for a size that is open until the model runs.
        dtype: a NumPy name.
        scale, zero_point: of a quantised tensor: real = scale * (integer - zero_point); else None.
        role: "image", "boxes", "scores", "anchors", "classes", "number of detections", or "".
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scale: float | None
    zero_point: int | None
    role: str


@dataclasses.dataclass(frozen=True)
class KnownModel:
    """A published model.

    Attributes:
        name: its file name.
        presets: names for `preset`, the closest first; () where there is none.
        match: "exact file", by SHA-256, or "same signature": the same input size, rows, columns
            and feature maps as far as they are known, which a retrained model has too.
    """

    name: str
    presets: tuple[str, ...]
    match: str


@dataclasses.dataclass(frozen=True)
class MapReport:
    """One feature map of a detector, in the order of its rows.

    Attributes:
        grid: (columns, rows).
        stride: the whole number with which ceil(input / stride) gives the grid along both sides,
            the network's own where it does; None where there is none or the input is unknown.
        cell_px: input pixels a cell along x and y; None where the input is unknown.
        anchors_per_cell: rows of the output that stand in each cell.
        first_row, num_rows: which rows of the output.
        order: "y, x, anchor" for MediaPipe's (the last varies fastest), else another order of the
            three, or "irregular"; then only `fixed_anchors` in that order fit.
        box_tensor, score_tensor: names of the feature maps' tensors.
    """

    grid: tuple[int, int]
    stride: int | None
    cell_px: tuple[float, float] | None
    anchors_per_cell: int
    first_row: int
    num_rows: int
    order: str
    box_tensor: str
    score_tensor: str

    @property
    def is_standard(self) -> bool:
        """Whether its rows stand as `SsdAnchorsCalculator` lays anchors."""
        return self.order == STANDARD_ORDER


@dataclasses.dataclass(frozen=True)
class HeadsReport:
    """The raw boxes and scores.

    Attributes:
        num_boxes: rows.
        num_coords: columns of the boxes, 4 + 2 * num_keypoints.
        num_keypoints: points a box.
        num_classes: columns of the scores, with the background if there is one.
        maps: the feature maps; () where the way back to them is blocked.
        why_no_maps: what blocks it; "" where nothing does.
        activation: "sigmoid" or "softmax" where the model itself makes probabilities, else None:
            then the decoding must, with `sigmoid_score`.
        background: in words whether class 0 is the background.
        output_order: "boxes, scores" or "scores, boxes".
        order_reason: what tells them apart.
        order_is_certain: whether something does.
        alternatives: other (num_coords, num_classes) that the shapes allow.
    """

    num_boxes: int
    num_coords: int
    num_keypoints: int
    num_classes: int
    maps: tuple[MapReport, ...]
    why_no_maps: str
    activation: str | None
    background: str
    output_order: str
    order_reason: str
    order_is_certain: bool
    alternatives: tuple[tuple[int, int], ...] = ()

    @property
    def layout(self) -> tuple[tuple[tuple[int, int], int], ...]:
        """(grid, anchors a cell) of each map."""
        return tuple((each.grid, each.anchors_per_cell) for each in self.maps)


@dataclasses.dataclass(frozen=True)
class Candidate:
    """Anchor options that the model may have been trained with.

    Attributes:
        options: for `generate_anchors`; those that the file cannot tell are as published.
        reason: why they fit.
        preset: the published detector whose options they are, or None.
        by_count_alone: whether just the number of anchors is known to fit.
    """

    options: SsdAnchorsOptions
    reason: str
    preset: str | None = None
    by_count_alone: bool = False


@dataclasses.dataclass(frozen=True)
class UnknownOption:
    """An option that no model file states.

    Attributes:
        field: of `SsdAnchorsOptions`, of `TensorsToDetectionsOptions`, or of the options of
            ImageToTensorCalculator.
        published: the values of published models of that shape, with the models.
    """

    field: str
    published: Mapping[str, tuple[str, ...]]


@dataclasses.dataclass(frozen=True)
class PostprocessReport:
    """The operator TFLite_Detection_PostProcess.

    Attributes:
        options: its options by name, as in the file.
        num_anchors: rows of its anchor constant; None where that is no constant [N, 4].
        anchor_dtype: float32, or the integer type of quantised anchors.
        anchor_px: (smallest w, smallest h, largest w, largest h) of the anchors in pixels of the
            input; None where unknown.
        presets: what the anchors are those of: {preset: largest difference}.
    """

    options: Mapping[str, Any]
    num_anchors: int | None
    anchor_dtype: str | None
    anchor_px: tuple[float, float, float, float] | None
    presets: Mapping[str, float]


@dataclasses.dataclass(frozen=True)
class MetadataReport:
    """What the file says of itself, and whether MediaPipe Tasks takes it.

    Attributes:
        name: the model's own, or "".
        tables: names of what metadata there is.
        num_labels: lines of the label file, or None.
        mean, std: how pixels become the input: (pixel - mean) / std; None where not stated.
        output_names: what it calls the outputs, in order.
        options: what DETECTOR_METADATA or FACE_DETECTOR_METADATA holds, by name.
        tasks: what MediaPipe Tasks ObjectDetector would say against the model; () for nothing.
    """

    name: str
    tables: tuple[str, ...]
    num_labels: int | None
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    output_names: tuple[str, ...]
    options: Mapping[str, Any]
    tasks: tuple[str, ...]


@dataclasses.dataclass(frozen=True, eq=False, kw_only=True)
class ModelReport:
    """What a `.tflite` file is, told from the file alone.

    Attributes:
        path: the file, or None for bytes.
        sha256: of the file.
        num_bytes: its size.
        description: the file's own words, "" where it has none.
        kind: what its outputs are.
        summary: the same in a sentence.
        known: the published model that it is or looks like, or None.
        input_size: (width, height) of the image in pixels; None where the file does not say.
        inputs, outputs: in order.
        heads: the raw boxes and scores; those within the model where it is post-processed.
        candidates: anchor options that fit, the likeliest first.
        unknown: options that the file cannot tell.
        decode: options of the decoding as far as the file tells; None for other models.
        postprocess: the operator that decodes within the model, or None.
        metadata: what the file says of itself, or None.
        use: what to use a model with that is no raw detector, or "".
        notes: what else to know.
        anchors: float32 [N, 4], x_center, y_center, w, h, where they are certain: of an exact
            file's preset, from metadata or from a constant of the model; else None.
        anchors_source: where they are from, or "".
    """

    path: str | None
    sha256: str
    num_bytes: int
    description: str
    kind: ModelKind
    summary: str
    known: KnownModel | None
    input_size: tuple[int, int] | None
    inputs: tuple[TensorReport, ...]
    outputs: tuple[TensorReport, ...]
    heads: HeadsReport | None = None
    candidates: tuple[Candidate, ...] = ()
    unknown: tuple[UnknownOption, ...] = ()
    decode: TensorsToDetectionsOptions | None = None
    postprocess: PostprocessReport | None = None
    metadata: MetadataReport | None = None
    use: str = ""
    notes: tuple[str, ...] = ()
    anchors: npt.NDArray[np.float32] | None = None
    anchors_source: str = ""
    places: npt.NDArray[np.int32] | None = dataclasses.field(default=None, repr=False)

    def row(
        self, row: int, anchors: SsdAnchorsOptions | npt.ArrayLike | str | None = None
    ) -> RowReport:
        """What a row of the raw output is: its feature map, cell and anchor.

        Args:
            row: from 0.
            anchors: the anchors, where the file does not tell them or others are meant: options,
                float [N, 4] x_center, y_center, w, h as fractions of the input, or a preset's name.

        Raises:
            MediaPipeAnchorsError: no such row, or the model has none.
            OptionsError: anchors of another number than the model's rows.
        """
        return explain_row(self, row, anchors)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON-ready values; of anchors their number, as `generate` writes them."""
        values = {
            field.name: to_plain(getattr(self, field.name))
            for field in dataclasses.fields(self)
            if field.name not in ("anchors", "places", "decode", "candidates")
        }
        values["num_anchors"] = None if self.anchors is None else len(self.anchors)
        values["decode"] = None if self.decode is None else _set_fields(self.decode)
        values["candidates"] = [
            {**_plain_fields(each), "options": _set_fields(each.options)}
            for each in self.candidates
        ]
        return values


def _plain_fields(candidate: Candidate) -> dict[str, Any]:
    return {name: getattr(candidate, name) for name in ("preset", "reason", "by_count_alone")}


def _set_fields(options: Any) -> dict[str, Any]:
    """The options that are not at their default; of fixed anchors their number."""
    found = {}
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if field.name == "fixed_anchors":
            if value is not None:
                found["num_fixed_anchors"] = len(value)
        elif value is not None and value != field.default:
            found[field.name] = to_plain(value)
    return found
