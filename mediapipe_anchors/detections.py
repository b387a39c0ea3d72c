"""`Detections`: what decoding gives and what NMS takes, one array a field."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.arrays import as_float32, as_int32
from mediapipe_anchors.errors import TensorError

_PER_CLASS = ("class_counts", "all_scores", "all_class_ids")


@dataclasses.dataclass(eq=False)
class Detections:
    """N detections of one image.

    Attributes:
        boxes: float32 [N, 4], xmin, ymin, width, height, as MediaPipe stores them: fractions of the
            model input as `decode` gives them, of the image once `remove_letterbox` or
            `project_detections` has mapped them back; not clipped.
        scores: float32 [N], each detection's top score, as NMS picks it.
        class_ids: int32 [N], the class of that score; -1 where no class won.
        keypoints: float32 [N, K, 2], x, y as fractions of the image; K may be 0.
        class_counts: int32 [N] or None: how many classes each detection carries.
        all_scores: float32 [N, M] or None: their scores in MediaPipe's order; 0 beyond the count.
        all_class_ids: int32 [N, M] or None: their classes; -1 beyond the count.
        labels: names by class id, or None.
    """

    boxes: npt.NDArray[np.float32]
    scores: npt.NDArray[np.float32]
    class_ids: npt.NDArray[np.int32]
    keypoints: npt.NDArray[np.float32] = None  # type: ignore[assignment]
    class_counts: npt.NDArray[np.int32] | None = None
    all_scores: npt.NDArray[np.float32] | None = None
    all_class_ids: npt.NDArray[np.int32] | None = None
    labels: Sequence[str] | None = None

    def __post_init__(self) -> None:
        self.boxes = as_float32("boxes", self.boxes, (None, 4))
        n = len(self.boxes)
        self.scores = as_float32("scores", self.scores, (n,))
        self.class_ids = as_int32("class_ids", self.class_ids, (n,))
        if self.keypoints is None:
            self.keypoints = np.zeros((n, 0, 2), np.float32)
        self.keypoints = as_float32("keypoints", self.keypoints, (n, None, 2))
        given = [name for name in _PER_CLASS if getattr(self, name) is not None]
        if given:
            self._check_per_class(n, given)

    def _check_per_class(self, n: int, given: list[str]) -> None:
        if len(given) != len(_PER_CLASS):
            missing = ", ".join(name for name in _PER_CLASS if name not in given)
            raise TensorError(field=missing, value=None, expected=f"an array, as for {given[0]}")
        self.class_counts = as_int32("class_counts", self.class_counts, (n,))
        self.all_scores = as_float32("all_scores", self.all_scores, (n, None))
        width = self.all_scores.shape[1]
        self.all_class_ids = as_int32("all_class_ids", self.all_class_ids, (n, width))
        if n and not (self.class_counts.min() >= 0 and self.class_counts.max() <= width):
            raise TensorError(
                field="class_counts",
                value=self.class_counts,
                expected=f"counts between 0 and {width}, the columns of all_scores",
            )

    @classmethod
    def from_arrays(cls, *arrays: npt.NDArray[Any] | None) -> Detections:
        """From arrays in the order of the fields that are known to fit, without checking them."""
        detections = object.__new__(cls)
        detections.__dict__.update(zip(_FIELDS, (*arrays, None), strict=True))
        return detections

    @classmethod
    def empty(cls, num_keypoints: int = 0) -> Detections:
        """No detections, with room for `num_keypoints` in the shape of `keypoints`."""
        return cls(
            np.zeros((0, 4), np.float32),
            np.zeros(0, np.float32),
            np.zeros(0, np.int32),
            np.zeros((0, num_keypoints, 2), np.float32),
        )

    @property
    def xyxy(self) -> npt.NDArray[np.float32]:
        """float32 [N, 4]: xmin, ymin, xmax, ymax as fractions of the image."""
        with np.errstate(over="ignore", invalid="ignore"):  # boxes may be infinite
            corners = self.boxes[:, :2] + self.boxes[:, 2:]
        return np.concatenate([self.boxes[:, :2], corners], axis=1)

    def __len__(self) -> int:
        return len(self.boxes)

    def __getitem__(self, index: Any) -> Detections:
        """The detections that a NumPy index (number, slice, mask, list) selects."""
        if isinstance(index, (int, np.integer)):
            index = [index]
        arrays = {
            field.name: getattr(self, field.name)[index]
            for field in dataclasses.fields(self)
            if field.name != "labels" and getattr(self, field.name) is not None
        }
        return Detections(**arrays, labels=self.labels)

    def __iter__(self) -> Iterator[Detections]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        """Equal bit for bit, field by field (NaN equals NaN); `labels` too."""
        if not isinstance(other, Detections):
            return NotImplemented
        return self.labels == other.labels and all(
            _same(getattr(self, field.name), getattr(other, field.name))
            for field in dataclasses.fields(self)
            if field.name != "labels"
        )

    __hash__ = None  # type: ignore[assignment]

    def to_dicts(self) -> list[dict[str, Any]]:
        """A JSON-ready dict a detection: box, score, class_id; label, keypoints, classes if any."""
        rows = []
        for index in range(len(self)):
            row: dict[str, Any] = {
                "box": self.boxes[index].tolist(),
                "score": float(self.scores[index]),
                "class_id": int(self.class_ids[index]),
            }
            if self.labels is not None and 0 <= row["class_id"] < len(self.labels):
                row["label"] = self.labels[row["class_id"]]
            if self.keypoints.shape[1]:
                row["keypoints"] = self.keypoints[index].tolist()
            if self.class_counts is not None:
                count = int(self.class_counts[index])
                assert self.all_scores is not None
                assert self.all_class_ids is not None
                row["all_scores"] = self.all_scores[index, :count].tolist()
                row["all_class_ids"] = self.all_class_ids[index, :count].tolist()
            rows.append(row)
        return rows


def _same(mine: npt.NDArray[Any] | None, theirs: npt.NDArray[Any] | None) -> bool:
    if mine is None or theirs is None:
        return mine is theirs
    if mine.shape != theirs.shape:
        return False
    equal = mine.view(np.int32) == theirs.view(np.int32)
    if mine.dtype == np.float32:
        equal |= np.isnan(mine) & np.isnan(theirs)
    return bool(equal.all())


_FIELDS = tuple(field.name for field in dataclasses.fields(Detections))
