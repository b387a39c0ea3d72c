"""Detectors for the proof that what `embed_anchors` writes is what MediaPipe Tasks runs."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from flatbuffers import flexbuffers
from tflite_builder import ModelBuilder

from mediapipe_anchors import (
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
    generate_anchors,
)
from mediapipe_anchors.embed import embed_anchors

Images = Callable[[np.random.Generator], npt.NDArray[np.uint8]]

POSTPROCESS_OPTIONS = {
    "max_detections": 12,
    "max_classes_per_detection": 1,
    "detections_per_class": 100,
    "use_regular_nms": False,
    "nms_score_threshold": 0.0,
    "nms_iou_threshold": 0.5,
    "num_classes": 3,
    "x_scale": 1.0,
    "y_scale": 1.0,
    "w_scale": 1.0,
    "h_scale": 1.0,
}


@dataclasses.dataclass(frozen=True)
class Detector:
    """A model with anchors in it, and images for it.

    Attributes:
        model: what `embed_anchors` gave.
        anchors: float32 [N, 4].
        decode: of the raw outputs.
        images: makes one, whose sides are whole multiples of the input's.
        mean, std: of the input; None for a uint8 one.
        labels: of the classes, or None.
        moves: whether the model only moves data, so that inference rounds nothing.
    """

    model: bytes
    anchors: npt.NDArray[np.float32]
    decode: TensorsToDetectionsOptions
    images: Images
    mean: float | None
    std: float | None
    labels: Sequence[str] | None
    moves: bool


def heads_of_pixels(
    size: tuple[int, int],
    rows: int,
    columns: int,
    classes: int,
    *,
    box_quantization: tuple[float, int] | None = None,
    score_quantization: tuple[float, int] | None = None,
) -> tuple[ModelBuilder, int, int, int]:
    """A model whose first pixels are the boxes and the next the scores: image, boxes, scores."""
    width, height = size
    model = ModelBuilder()
    dtype = "float32" if box_quantization is None else "uint8"
    scale = {} if box_quantization is None else {"scale": 1.0}
    image = model.tensor((1, height, width, 3), dtype, name="image", **scale)
    flat = model.reshape(image, (1, height * width * 3))
    first, second = rows * columns, rows * classes
    parts = model.split(flat, [first, second, height * width * 3 - first - second], 1)
    heads = []
    for part, depth, name, quantization in (
        (parts[0], columns, "boxes", box_quantization),
        (parts[1], classes, "scores", score_quantization),
    ):
        head = model.reshape(part, (1, rows, depth), name)
        if quantization is not None:
            model.tensors[head].quantization = ([quantization[0]], [quantization[1]])
        heads.append(head)
    return model, image, *heads


def images_of_pixels(
    size: tuple[int, int],
    rows: int,
    columns: int,
    classes: int,
    times: tuple[int, int] = (1, 1),
    *,
    ties: bool = False,
) -> Images:
    """Random images for `heads_of_pixels`, `times` as wide and high.

    No two rows have the same best score, save with `ties`: std::sort orders equal ones otherwise in
    MediaPipe 1.2 (libc++) than in 0.10 (libstdc++).
    """
    width, height = size

    def image(random: np.random.Generator) -> npt.NDArray[np.uint8]:
        pixels = random.integers(0, 256, (height, width, 3), np.uint8)
        if not ties:
            best = random.permutation(256)[:rows].astype(np.uint8)
            scores = (best[:, None] * random.uniform(0, 0.99, (rows, classes))).astype(np.uint8)
            scores[np.arange(rows), random.integers(0, classes, rows)] = best
            if rows * classes <= 256:  # then no two scores at all are equal
                scores = random.permutation(256)[: rows * classes].astype(np.uint8)
            flat = pixels.reshape(-1)
            flat[rows * columns : rows * (columns + classes)] = scores.reshape(-1)
        large = random.integers(0, 256, (height * times[1], width * times[0], 3), np.uint8)
        large[:: times[1], :: times[0]] = pixels
        return large

    return image


def noise(width: int, height: int) -> Images:
    return lambda random: random.integers(0, 256, (height, width, 3), np.uint8)


def some_anchors(rows: int, seed: int = 0) -> npt.NDArray[np.float32]:
    random = np.random.default_rng(seed)
    anchors = random.uniform(0.05, 0.95, (rows, 4))
    anchors[:, 2:] = anchors[:, 2:] * 0.4
    return anchors.astype(np.float32)


def decoding(rows: int, columns: int, classes: int, **more: Any) -> TensorsToDetectionsOptions:
    options: dict[str, Any] = {
        "num_classes": classes,
        "num_boxes": rows,
        "num_coords": columns,
        "num_keypoints": (columns - 4) // 2,
        "keypoint_coord_offset": 4 if columns > 4 else 0,
        "x_scale": 10.0,
        "y_scale": 10.0,
        "w_scale": 5.0,
        "h_scale": 5.0,
        "apply_exponential_on_box_size": True,
        "sigmoid_score": True,
    }
    return TensorsToDetectionsOptions(**(options | more))


def moving(
    size: tuple[int, int],
    shape: tuple[int, int, int],
    times: tuple[int, int] = (1, 1),
    *,
    scores_first: bool = False,
    labels: Sequence[str] | None = None,
    ties: bool = False,
    quantization: Sequence[tuple[float, int]] | None = None,
    mean: float = 128.0,
    std: float = 64.0,
    **more: Any,
) -> Detector:
    """Two outputs, of which pixels are the numbers: (rows, columns, classes)."""
    boxes_as, scores_as = quantization or (None, None)
    model, image, boxes, scores = heads_of_pixels(
        size, *shape, box_quantization=boxes_as, score_quantization=scores_as
    )
    outputs = [scores, boxes] if scores_first else [boxes, scores]
    anchors, decode = some_anchors(shape[0]), decoding(*shape, **more)
    normalization = {} if quantization else {"mean": mean, "std": std}
    embedded = embed_anchors(
        model.build([image], outputs), anchors, decode, labels=labels, **normalization
    )
    images = images_of_pixels(size, *shape, times, ties=ties)
    numbers = (None, None) if quantization else (mean, std)
    return Detector(embedded, anchors, decode, images, *numbers, labels, moves=True)


def add_postprocess(
    model: ModelBuilder,
    boxes: int,
    scores: int,
    anchors: npt.NDArray[np.generic],
    options: dict[str, Any] = POSTPROCESS_OPTIONS,
    **quantization: Any,
) -> list[int]:
    """`TFLite_Detection_PostProcess` behind two heads; `anchors` as the constant holds them."""
    constant = model.tensor(
        anchors.shape, str(anchors.dtype), name="anchors", constant=anchors, **quantization
    )
    count = options["max_detections"]
    outputs = [
        model.tensor(shape, name=name)
        for name, shape in (
            ("detection_boxes", (1, count, 4)),
            ("detection_classes", (1, count)),
            ("detection_scores", (1, count)),
            ("num_detections", (1,)),
        )
    ]
    builder = flexbuffers.Builder()
    builder.MapFromElements(options)
    model.operator(
        "TFLite_Detection_PostProcess",
        [boxes, scores, constant],
        outputs,
        custom_options=bytes(builder.Finish()),
    )
    return outputs


def postprocessed(
    size: tuple[int, int],
    rows: int,
    times: tuple[int, int] = (1, 1),
    *,
    quantization: Sequence[tuple[float, int]] | None = None,
    mixed_order: bool = False,
) -> Detector:
    """Four outputs, with anchors and scales that `embed_anchors` replaces; four score columns."""
    boxes_as, scores_as = quantization or (None, None)
    model, image, boxes, scores = heads_of_pixels(
        size, rows, 4, 4, box_quantization=boxes_as, score_quantization=scores_as
    )
    if quantization is None:
        old = np.zeros((rows, 4), np.float32)
        outputs = add_postprocess(model, boxes, model.logistic(scores), old)
    else:
        zeros = np.zeros((rows, 4), np.uint8)
        outputs = add_postprocess(model, boxes, scores, zeros, scale=1 / 512, zero_point=0)
    if mixed_order:
        outputs = [outputs[index] for index in (2, 0, 3, 1)]
    labels = ["cat", "dog", "bird"]
    anchors = some_anchors(rows)
    decode = decoding(rows, 4, 4, sigmoid_score=quantization is None, ignore_classes=[0])
    normalization = {} if quantization else {"mean": 128.0, "std": 64.0}
    embedded = embed_anchors(
        model.build([image], outputs), anchors, decode, labels=labels, **normalization
    )
    images = images_of_pixels(size, rows, 4, 4, times)
    numbers = (None, None) if quantization else (128.0, 64.0)
    return Detector(embedded, anchors, decode, images, *numbers, labels, moves=False)


def convolutions(
    size: tuple[int, int], columns: int, classes: int, *, quantised: bool = False
) -> bytes:
    """Feature maps of strides 8 and 16, two rows a cell; the input may be uint8.

    Each convolution halves the size: the one in mediapipe 0.10.21 puts out its bias alone where the
    stride is larger than the kernel.
    """
    model = ModelBuilder()
    shape = (1, size[1], size[0], 3)
    if quantised:
        image = model.tensor(shape, "uint8", name="image", scale=1 / 128, zero_point=128)
        features = model.dequantize(image)
    else:
        features = image = model.tensor(shape, name="image")
    boxes, scores = [], []
    for halving in range(4):
        features = model.conv(features, 8, 2, kernel=3)
        if halving >= 2:
            for depth, rows in ((columns, boxes), (classes, scores)):
                head = model.conv(features, 2 * depth)
                _, height, width, _ = model.shape(head)
                rows.append(model.reshape(head, (1, height * width * 2, depth)))
    outputs = [model.concatenation(boxes, 1, "boxes"), model.concatenation(scores, 1, "scores")]
    return model.build([image], outputs)


def computing(
    size: tuple[int, int],
    times: tuple[int, int] = (1, 1),
    *,
    classes: int = 3,
    columns: int = 4,
    quantised: bool = False,
) -> Detector:
    """Convolutions with random weights over two feature maps, whose anchors options generate."""
    options = SsdAnchorsOptions(
        input_size_width=size[0],
        input_size_height=size[1],
        num_layers=2,
        strides=[8, 16],
        min_scale=0.2,
        max_scale=0.6,
        aspect_ratios=[1.0, 2.0],
        interpolated_scale_aspect_ratio=0.0,
    )
    model = convolutions(size, columns, classes, quantised=quantised)
    anchors = generate_anchors(options)
    decode = decoding(len(anchors), columns, classes)
    labels = [f"class {number}" for number in range(classes)]
    normalization = {} if quantised else {"mean": 127.5, "std": 127.5}
    embedded = embed_anchors(model, options, decode, labels=labels, **normalization)
    images = noise(size[0] * times[0], size[1] * times[1])
    numbers = (None, None) if quantised else (127.5, 127.5)
    return Detector(embedded, anchors, decode, images, *numbers, labels, moves=False)


TWO_OUTPUTS = TensorMapping(detections_tensor_index=0, scores_tensor_index=1)

DETECTORS: dict[str, Callable[[], Detector]] = {
    "float32, 2 outputs, square, moves": lambda: moving(
        (24, 24), (200, 4, 3), labels=["cat", "dog", "bird"]
    ),
    "float32, 2 outputs, scores first, keypoints, wide, moves": lambda: moving(
        (48, 20), (180, 8, 2), (2, 3), scores_first=True, std=32.0
    ),
    "float32, 2 outputs, no sigmoid, no exponential, tall, moves": lambda: moving(
        (20, 36),
        (250, 4, 4),
        (3, 1),
        sigmoid_score=False,
        apply_exponential_on_box_size=False,
        x_scale=7.0,
        h_scale=2.5,
        mean=0.0,
        std=128.0,
        tensor_mapping=TWO_OUTPUTS,
    ),
    "uint8, 2 outputs, wide, moves": lambda: moving(
        (52, 24),
        (240, 4, 5),
        (2, 2),
        quantization=((0.046875, 131), (0.05, 128)),
        labels=["a", "b", "c", "d", "e"],
    ),
    "uint8, 2 outputs, scores first, keypoints, square, moves": lambda: moving(
        (32, 32),
        (250, 10, 1),
        scores_first=True,
        quantization=((0.1, 120), (1 / 256, 0)),
        sigmoid_score=False,
    ),
    "float32, 2 outputs, square, computes": lambda: computing((96, 96), (2, 2)),
    "float32, 2 outputs, keypoints, wide, computes": lambda: computing(
        (128, 64), classes=1, columns=12
    ),
    "uint8 input, 2 float32 outputs, tall, computes": lambda: computing(
        (64, 96), (1, 2), quantised=True
    ),
    "float32, 4 outputs, square": lambda: postprocessed((28, 28), 200),
    "float32, 4 outputs, another order, tall": lambda: postprocessed(
        (20, 40), 200, (2, 1), mixed_order=True
    ),
    "uint8, 4 outputs, wide": lambda: postprocessed(
        (44, 24), 250, (1, 2), quantization=((0.046875, 131), (1 / 256, 0))
    ),
}
