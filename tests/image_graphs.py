"""Graphs of one image, for the tests of what MediaPipe does with its format."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from mediapipe_graphs import plain_node

from mediapipe_anchors.run.packet_images import IMAGE_FORMATS

OPTIONS = "options {{ [mediapipe.{}Options.ext] {{ {} }} }}"
SIZED = "output_tensor_width: 8 output_tensor_height: 8 output_tensor_float_range { max: 1 }"
TO_TENSOR = OPTIONS.format("ImageToTensorCalculator", SIZED)
ALPHA = OPTIONS.format("SetAlphaCalculator", "alpha_value: 100")
BACK_EDGE = 'input_stream_info {{ tag_index: "{}" back_edge: true }}'
SIDE = 'input_side_packet: "side"'
TENSORS = plain_node("ImageToTensorCalculator", "IMAGE:image", "TENSORS:tensors", TO_TENSOR)


def graph_of(*nodes: str) -> str:
    """A graph of nodes, with what of "in", "rgb", "mask", "allow" and "side" they use."""
    text = "\n".join(nodes)
    streams = [f'input_stream: "{n}"' for n in ("in", "rgb", "mask", "allow") if uses(text, n)]
    return " ".join([*streams, SIDE if SIDE in text else "", 'output_stream: "out"', text])


def uses(text: str, stream: str) -> bool:
    """Whether a graph names a stream."""
    return f':{stream}"' in text or f'"{stream}"' in text


def image(dtype: str, channels: int, side: int = 16) -> npt.NDArray[Any]:
    """A square image of nines."""
    return np.full((side, side) if channels == 1 else (side, side, channels), 9, dtype)


def stock(text: str, pixels: npt.NDArray[Any], kind: str) -> Any:
    """The outcome of a graph on stock MediaPipe, in a process of its own."""
    from oracle import stock_image_graph, stock_outcome

    image_format = IMAGE_FORMATS[pixels.dtype.name, pixels.shape[2] if pixels.ndim == 3 else 1]
    return stock_outcome(stock_image_graph, text, pixels, image_format, kind)
