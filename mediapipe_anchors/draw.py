"""Draws detections on a copy of an image, to look at."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from mediapipe_anchors.detections import Detections
from mediapipe_anchors.errors import TensorError

Colour = tuple[int, int, int]

MIN_FONT_SIZE = 11  # pixels; smaller is not legible
FAR = 1 << 20  # pixels; Pillow draws nothing useful, and slowly, beyond


def draw_detections(image: npt.NDArray[np.uint8], detections: Detections) -> npt.NDArray[np.uint8]:
    """A copy of `image` with each detection's box, label (or class id), score and keypoints.

    Args:
        image: uint8 [H, W, 3], RGB.
        detections: boxes and keypoints as fractions of that image. What is not finite is not drawn.

    Lines and text grow with the image; the colour follows the class.
    """
    image = np.asarray(image)
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise TensorError(
            field="image",
            value=f"{image.dtype} with shape {image.shape}",
            expected="uint8 [H, W, 3]",
        )
    canvas = Image.fromarray(image)
    pen = _Pen(canvas)
    # The best are drawn last, on top.
    for index in np.argsort(detections.scores, kind="stable"):
        pen.draw(detections, int(index))
    return np.array(canvas)


def class_colour(class_id: int) -> Colour:
    """A bright colour for a class; neighbouring ids get hues far apart."""
    hue = (0.33 + class_id * 0.618034) % 1.0  # steps of the golden ratio
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.85, 1.0)
    return round(red * 255), round(green * 255), round(blue * 255)


class _Pen:
    """Draws on one image, with lines and text in proportion to it."""

    def __init__(self, canvas: Image.Image) -> None:
        self._draw = ImageDraw.Draw(canvas)
        self._size = canvas.size
        side = min(canvas.size)
        self._line = max(1, round(side / 250))
        self._font = ImageFont.load_default(max(MIN_FONT_SIZE, side / 32))

    def draw(self, detections: Detections, index: int) -> None:
        class_id = int(detections.class_ids[index])
        colour = class_colour(class_id)
        points = self._pixels(detections.keypoints[index])
        corners = self._pixels(detections.xyxy[index].reshape(2, 2))
        if len(corners) == 2:
            (left, top), (right, bottom) = np.sort(corners, axis=0)
            self._draw.rectangle((left, top, right, bottom), outline=colour, width=self._line)
        for x, y in points:
            radius = 1.5 * self._line
            self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
        if len(corners) == 2:
            name = _name(detections, class_id)
            self._label(f"{name} {detections.scores[index]:.2f}", left, top, colour)

    def _pixels(self, points: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """The points that are finite and not far off, in pixels."""
        with np.errstate(over="ignore", invalid="ignore"):
            pixels = points.astype(np.float64) * self._size
            near: npt.NDArray[np.float64] = pixels[(np.abs(pixels) < FAR).all(axis=1)]
            return near

    def _label(self, text: str, left: float, top: float, colour: Colour) -> None:
        """Text on the class's colour: above the box, or inside it where there is no room."""
        _, _, width, height = self._draw.textbbox((0, 0), text, font=self._font)
        pad = self._line
        x = min(max(left, 0), max(self._size[0] - width - 2 * pad, 0))
        above = top - height - 2 * pad
        y = min(max(above if above >= 0 else top, 0), max(self._size[1] - height - 2 * pad, 0))
        ground = (x, y, x + width + 2 * pad, y + height + 2 * pad)
        self._draw.rectangle(ground, fill=colour)
        dark = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) > 128_000
        self._draw.text(
            (x + pad, y + pad), text, fill=(0, 0, 0) if dark else (255, 255, 255), font=self._font
        )


def _name(detections: Detections, class_id: int) -> str:
    labels = detections.labels
    if labels is not None and 0 <= class_id < len(labels) and labels[class_id]:
        return labels[class_id]
    return f"#{class_id}"
