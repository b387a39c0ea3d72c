"""Puts a detector's anchors and decoding into its `.tflite` file, and takes them out again."""

from mediapipe_anchors.embed.embedding import embed_anchors
from mediapipe_anchors.embed.extraction import EmbeddedAnchors, extract_anchors

__all__ = ["EmbeddedAnchors", "embed_anchors", "extract_anchors"]
