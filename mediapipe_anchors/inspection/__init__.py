"""What a `.tflite` model is: its outputs, feature maps and anchors, told from the file."""

from mediapipe_anchors.inspection.examine import inspect_model
from mediapipe_anchors.inspection.report import (
    Candidate,
    HeadsReport,
    KnownModel,
    MapReport,
    MetadataReport,
    ModelKind,
    ModelReport,
    PostprocessReport,
    TensorReport,
    UnknownOption,
)
from mediapipe_anchors.inspection.rows import RowReport

__all__ = [
    "Candidate",
    "HeadsReport",
    "KnownModel",
    "MapReport",
    "MetadataReport",
    "ModelKind",
    "ModelReport",
    "PostprocessReport",
    "RowReport",
    "TensorReport",
    "UnknownOption",
    "inspect_model",
]
