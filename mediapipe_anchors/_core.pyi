import numpy as np
import numpy.typing as npt

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.fit.objective import Objective
from mediapipe_anchors.options import (
    CalculatorOptions,
    NonMaxSuppressionOptions,
    SsdAnchorsOptions,
    TensorsToDetectionsOptions,
)

_DetectionsArrays = tuple[
    npt.NDArray[np.float32],
    npt.NDArray[np.float32],
    npt.NDArray[np.int32],
    npt.NDArray[np.float32],
    npt.NDArray[np.int32] | None,
    npt.NDArray[np.float32] | None,
    npt.NDArray[np.int32] | None,
]

def validate_options(options: CalculatorOptions) -> None: ...
def generate_anchors(options: SsdAnchorsOptions) -> npt.NDArray[np.float32]: ...
def count_anchors(options: SsdAnchorsOptions) -> int: ...
def anchors_from_tensor(tensor: npt.ArrayLike) -> npt.NDArray[np.float32]: ...
def decode(
    raw_boxes: npt.ArrayLike,
    raw_scores: npt.ArrayLike,
    anchors: npt.ArrayLike,
    options: TensorsToDetectionsOptions,
) -> _DetectionsArrays: ...
def decode_postprocessed(
    boxes: npt.ArrayLike,
    classes: npt.ArrayLike,
    scores: npt.ArrayLike,
    num: npt.ArrayLike,
    options: TensorsToDetectionsOptions,
) -> _DetectionsArrays: ...
def non_max_suppression(
    detections: Detections, options: NonMaxSuppressionOptions
) -> _DetectionsArrays: ...
def top_score(scores: npt.ArrayLike) -> int: ...
def remove_letterbox(
    padding: npt.ArrayLike, boxes: npt.ArrayLike, keypoints: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]: ...
def project_detections(
    matrix: npt.ArrayLike, boxes: npt.ArrayLike, keypoints: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]: ...
def coarsen_shapes(
    sides: npt.ArrayLike, weights: npt.ArrayLike, max_groups: int
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...
def match_shapes(
    sides: npt.ArrayLike,
    distances: npt.ArrayLike | None,
    shapes: npt.ArrayLike,
    map: npt.ArrayLike | None,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]: ...
def shape_utility(
    sides: npt.ArrayLike,
    distances: npt.ArrayLike | None,
    shapes: npt.ArrayLike,
    map: npt.ArrayLike | None,
    objective: Objective,
) -> npt.NDArray[np.float32]: ...
def select_shapes(
    utility: npt.ArrayLike,
    weights: npt.ArrayLike,
    map: npt.ArrayLike | None,
    selection: npt.ArrayLike,
) -> tuple[npt.NDArray[np.int32], float]: ...
def refine_shapes(
    sides: npt.ArrayLike,
    distances: npt.ArrayLike | None,
    weights: npt.ArrayLike,
    shapes: npt.ArrayLike,
    map: npt.ArrayLike | None,
    objective: Objective,
    first_step: float,
    last_step: float,
    max_sweeps: int,
) -> tuple[npt.NDArray[np.float32], float]: ...
