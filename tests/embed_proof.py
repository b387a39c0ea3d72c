"""What MediaPipe Tasks' ObjectDetector finds, beside `decode` and `non_max_suppression` on LiteRT.

As a command it prints the table of all detectors: python tests/embed_proof.py [images]
"""

from __future__ import annotations

import dataclasses
import importlib.metadata
import importlib.util
import sys
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from embed_models import DETECTORS, Detector

from mediapipe_anchors import (
    BoxBoundariesIndices,
    Detections,
    NonMaxSuppressionOptions,
    OverlapType,
    TensorMapping,
    TensorsToDetectionsOptions,
    decode,
    decode_postprocessed,
    non_max_suppression,
    project_detections,
)
from mediapipe_anchors.tflite import read_model

NMS = NonMaxSuppressionOptions(
    min_suppression_threshold=0.3, overlap_type=OverlapType.INTERSECTION_OVER_UNION
)
needs_tasks = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("mediapipe", "ai_edge_litert"))),
    reason="needs mediapipe of any version, and the extra 'litert'",
)


@dataclasses.dataclass(frozen=True)
class Found:
    """One detection as ObjectDetector gives it.

    Attributes:
        box: left, top, width, height in pixels.
        classes: (name or number, score) of each.
        keypoints: (x, y) as fractions of the image.
    """

    box: tuple[int, ...]
    classes: tuple[tuple[str | int | None, float], ...]
    keypoints: tuple[tuple[float, float], ...] = ()


class Tasks:
    """ObjectDetector on a model."""

    def __init__(self, model: bytes, **options: Any) -> None:
        import mediapipe
        from mediapipe.tasks.python import BaseOptions, vision

        self._mediapipe = mediapipe
        self._detector = vision.ObjectDetector.create_from_options(
            vision.ObjectDetectorOptions(
                base_options=BaseOptions(model_asset_buffer=model), **options
            )
        )

    def __enter__(self) -> Tasks:
        return self

    def __exit__(self, *_: object) -> None:
        self._detector.close()

    def find(self, image: npt.NDArray[np.uint8]) -> list[Found]:
        taken = self._mediapipe.Image(
            image_format=self._mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(image)
        )
        return [
            Found(
                (
                    entry.bounding_box.origin_x,
                    entry.bounding_box.origin_y,
                    entry.bounding_box.width,
                    entry.bounding_box.height,
                ),
                tuple(
                    (category.category_name or category.index, category.score)
                    for category in entry.categories
                ),
                tuple((point.x, point.y) for point in entry.keypoints or ()),
            )
            for entry in self._detector.detect(taken).detections
        ]


class Ours:
    """LiteRT on the same model, and this package on what it puts out."""

    def __init__(self, detector: Detector) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._detector = detector
        self._interpreter = Interpreter(model_content=detector.model)
        self._interpreter.allocate_tensors()
        self._names = [tensor.name for tensor in read_model(detector.model).outputs]

    def outputs(self, image: npt.NDArray[np.uint8]) -> dict[str, npt.NDArray[np.float32]]:
        """By name, dequantised; OpenCV takes every other pixel of an image twice as large."""
        entry = self._interpreter.get_input_details()[0]
        _, height, width, _ = entry["shape"]
        pixels = image[:: image.shape[0] // height, :: image.shape[1] // width]
        self._interpreter.set_tensor(entry["index"], self._normalised(pixels)[None])
        self._interpreter.invoke()
        found = {}
        details = self._interpreter.get_output_details()
        for name, output in zip(self._names, details, strict=True):
            values = self._interpreter.get_tensor(output["index"])
            if values.dtype == np.uint8:
                scale, zero_point = output["quantization"]
                values = np.float32(scale) * (values.astype(np.float32) - np.float32(zero_point))
            found[name] = values
        return found

    def _normalised(self, pixels: npt.NDArray[np.uint8]) -> npt.NDArray[Any]:
        mean, std = self._detector.mean, self._detector.std
        if mean is None or std is None:
            return np.ascontiguousarray(pixels)
        low, high = ((np.float32(end) - np.float32(mean)) / np.float32(std) for end in (0, 255))
        return pixels.astype(np.float32) * ((high - low) / np.float32(255)) + low

    def find(self, image: npt.NDArray[np.uint8]) -> list[Found]:
        outputs, wanted = self.outputs(image), self._detector
        if "boxes" in outputs:
            found = non_max_suppression(self._decoded(outputs), NMS)
        else:
            found = decode_postprocessed(
                *(outputs[name] for name in POSTPROCESSED), options=READ_POSTPROCESSED
            )
        height, width, _ = image.shape
        found = project_detections(found, whole_image(width, height))
        return merged(in_pixels(found, image, wanted))

    def is_clear(self, image: npt.NDArray[np.uint8]) -> bool:
        """Whether no rounding of inference can decide which of two scores is higher."""
        outputs = self.outputs(image)
        if self._detector.moves or "boxes" not in outputs:
            return True
        scores = np.sort(self._decoded(outputs).scores)
        return bool(np.diff(scores).min() > 1e-6)

    def _decoded(self, outputs: dict[str, npt.NDArray[np.float32]]) -> Detections:
        wanted = self._detector
        return decode(outputs["boxes"], outputs["scores"], wanted.anchors, wanted.decode)


POSTPROCESSED = ("detection_boxes", "detection_classes", "detection_scores", "num_detections")
READ_POSTPROCESSED = TensorsToDetectionsOptions(
    num_classes=3,
    num_coords=4,
    min_score_thresh=0.0,
    box_boundaries_indices=BoxBoundariesIndices(ymin=0, xmin=1, ymax=2, xmax=3),
    tensor_mapping=TensorMapping(
        detections_tensor_index=0,
        classes_tensor_index=1,
        scores_tensor_index=2,
        num_detections_tensor_index=3,
    ),
)


def whole_image(width: int, height: int) -> npt.NDArray[np.float32]:
    """The matrix that leads from the input to the image where the input is the whole image."""
    matrix = np.eye(4, dtype=np.float32)
    matrix[0, 0] = np.float32(width) * (np.float32(1) / np.float32(width))
    matrix[1, 1] = np.float32(height) * (np.float32(1) / np.float32(height))
    return matrix


def in_pixels(found: Detections, image: npt.NDArray[np.uint8], detector: Detector) -> list[Found]:
    """As DetectionTransformationCalculator: cut off towards 0, then held within the image."""
    size = np.array([image.shape[1], image.shape[0]] * 2)
    boxes = np.clip((found.boxes * size.astype(np.float32)).astype(np.int64), 0, size)
    names = detector.labels
    return [
        Found(
            tuple(box.tolist()),
            ((int(number) if names is None else names[number], float(score)),),
            tuple(map(tuple, points.tolist())),
        )
        for box, number, score, points in zip(
            boxes, found.class_ids, found.scores, found.keypoints, strict=True
        )
    ]


def merged(found: list[Found]) -> list[Found]:
    """As DetectionsDeduplicateCalculator: one detection for each box in pixels."""
    by_box: dict[tuple[int, ...], Found] = {}
    for entry in found:
        first = by_box.setdefault(entry.box, entry)
        if first is not entry:
            by_box[entry.box] = dataclasses.replace(first, classes=first.classes + entry.classes)
    return list(by_box.values())


@dataclasses.dataclass
class Tally:
    """How often Tasks and this package found the same.

    Attributes:
        images, detections: looked at; of both sides the larger number.
        boxes, classes, scores: of how many detections they are equal.
        pixels, difference: the largest difference of a box and of a score or keypoint.
    """

    images: int = 0
    detections: int = 0
    boxes: int = 0
    classes: int = 0
    scores: int = 0
    pixels: int = 0
    difference: float = 0.0

    def add(self, theirs: list[Found], ours: list[Found]) -> None:
        self.images += 1
        self.detections += max(len(theirs), len(ours))
        for their, our in zip(theirs, ours, strict=False):
            self.boxes += their.box == our.box
            self.classes += [name for name, _ in their.classes] == [name for name, _ in our.classes]
            mine = np.array([*(score for _, score in our.classes), *np.ravel(our.keypoints)])
            other = np.array([*(score for _, score in their.classes), *np.ravel(their.keypoints)])
            self.pixels = max(self.pixels, int(np.abs(np.subtract(their.box, our.box)).max()))
            if mine.shape == other.shape:
                self.scores += np.array_equal(mine, other)
                self.difference = max(self.difference, float(np.abs(mine - other).max()))


def tally(detector: Detector, images: int, seed: int = 0, **options: Any) -> Tally:
    """Compare on so many images, on which rounding does not decide the order."""
    random, result, ours = np.random.default_rng(seed), Tally(), Ours(detector)
    with Tasks(detector.model, **options) as tasks:
        while result.images < images:
            image = detector.images(random)
            if ours.is_clear(image):
                result.add(tasks.find(image), ours.find(image))
    return result


def main() -> None:
    images = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    print(f"mediapipe {importlib.metadata.version('mediapipe')}")
    print("| model | images | detections | boxes | classes | scores | max pixels | max score |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for name, make in DETECTORS.items():
        found = tally(make(), images)
        numbers = [*dataclasses.astuple(found)[:-1], f"{found.difference:.2g}"]
        print(f"| {name} | {' | '.join(map(str, numbers))} |")


if __name__ == "__main__":
    main()
