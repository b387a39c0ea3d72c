"""TFLite models as files: read with neither TensorFlow nor TFLite, and without trust."""

from mediapipe_anchors.tflite.model import Model, Operator, Quantization, Tensor
from mediapipe_anchors.tflite.read import read_model

__all__ = ["Model", "Operator", "Quantization", "Tensor", "read_model"]
