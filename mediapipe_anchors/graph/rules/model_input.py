"""Rules for a model's input against the nodes that make its tensor, and against the anchors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from mediapipe_anchors.graph.rules.anchor_count import anchors_before
from mediapipe_anchors.graph.rules.decoders import decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.letterbox import TO_TENSOR, TRANSFORMATION
from mediapipe_anchors.graph.rules.subject import Subject, inference_options, is_inference
from mediapipe_anchors.graph.rules.ways import Station
from mediapipe_anchors.options import SsdAnchorsOptions
from mediapipe_anchors.tflite import Model, Tensor

CONVERTERS = ("TensorConverterCalculator", "TfLiteConverterCalculator")
CHANNELS = (1, 3, 4)  # of an image


class Fed(NamedTuple):
    """A node that makes the input tensor of a known model.

    Attributes:
        maker: ImageToTensorCalculator, or the ImageTransformationCalculator before a converter.
        message: its options.
        network: the model.
        image: the model's input, [1, height, width, channels].
    """

    maker: Station
    message: Any
    network: Model
    image: Tensor

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the model's input."""
        return self.image.shape[2], self.image.shape[1]

    @property
    def fields(self) -> tuple[str, str]:
        """The options for width and height."""
        prefix = "output_tensor" if self.maker.node.calculator == TO_TENSOR else "output"
        return f"{prefix}_width", f"{prefix}_height"

    @property
    def model(self) -> str:
        """The name of the model's file."""
        return "the model" if self.network.path is None else str(self.network.path).split("/")[-1]


def fed_models(subject: Subject) -> list[Fed]:
    """The nodes that make the input of a model whose input is an image."""
    return subject.once(_fed_models)


def _fed_models(subject: Subject) -> list[Fed]:
    found: list[Fed] = []
    for station in subject.wiring.stations:
        network = subject.network(station.node) if is_inference(station.node) else None
        image = None if network is None else image_input(network)
        if network is None or image is None or _is_mapped(station):
            continue
        for entry in station.inputs_of("TENSORS"):
            for maker in _makers(subject, entry.name):
                message = maker.node.message(f"mediapipe.{maker.node.calculator}Options")
                if message is not None and not maker.node.option_values:
                    found.append(Fed(maker, message, network, image))
    return found


def image_input(network: Model) -> Tensor | None:
    """The only input, if it is an image of a size that the file states."""
    tensor = network.inputs[0] if len(network.inputs) == 1 else None
    if tensor is None or not tensor.is_fixed or len(tensor.shape) != 4:
        return None
    return tensor if tensor.shape[0] == 1 and tensor.shape[3] in CHANNELS else None


def _is_mapped(station: Station) -> bool:
    message: Any = inference_options(station.node)
    if not hasattr(message, "input_output_config"):  # none at all, or of the older calculator
        return False
    return bool(message.HasField("input_output_config"))


def _makers(subject: Subject, name: str) -> Iterator[Station]:
    """The nodes that size the tensor on a stream."""
    for arrival in subject.wiring.sources(name):
        if arrival.station is None or not arrival.is_origin:
            continue
        if arrival.calculator == TO_TENSOR:
            yield arrival.station
        for entry in arrival.station.inputs_of("IMAGE") if arrival.calculator in CONVERTERS else ():
            for before in subject.wiring.sources(entry.name):
                if before.station is not None and before.calculator == TRANSFORMATION:
                    yield before.station


@rule(
    "model-input-size",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image; where both sizes have as many pixels, it "
    "goes on, and the model sees a torn image.",
    cause="The tensor is not of the size of the model's input.",
    cure="Write the model's width and height; mediapipe-anchors inspect tells them.",
    before="output_tensor_width: 192 output_tensor_height: 192",
    after="output_tensor_width: 128 output_tensor_height: 128",
    says=("TfLiteTensor and Tensor sizes do not match.",),
    calculator="ImageToTensorCalculator",
)
def tensors_have_the_size(subject: Subject) -> Iterator[Finding]:
    """The tensor is as wide and high as the model's input."""
    for fed in fed_models(subject):
        for field, wanted in zip(fed.fields, fed.size, strict=True):
            value = getattr(fed.message, field)
            if value > 0 and value != wanted:
                replace = (Replacement(field, wanted),)
                expected = f"{wanted}, as the input of {fed.model}"
                yield Finding(fed.maker.node, field, value, expected, replace=replace)


@rule(
    "model-input-size-unset",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The tensor is as large as the image: for images of another size than the model's "
    "input MediaPipe ends the graph.",
    cause="Width and height are left out.",
    cure="Write the model's width and height.",
    before="output_tensor_float_range { min: -1 max: 1 }",
    after="output_tensor_width: 128 output_tensor_height: 128\n"
    "output_tensor_float_range { min: -1 max: 1 }",
    says=("TfLiteTensor and Tensor sizes do not match.",),
    calculator="ImageToTensorCalculator",
)
def tensors_have_a_size(subject: Subject) -> Iterator[Finding]:
    """A model of one size wants tensors of one size."""
    for fed in fed_models(subject):
        for field, wanted in zip(fed.fields, fed.size, strict=True):
            value = getattr(fed.message, field)
            if value <= 0:
                replace = (Replacement(field, wanted),)
                expected = f"{wanted}, as the input of {fed.model}"
                yield Finding(fed.maker.node, field, value or None, expected, replace=replace)


@rule(
    "model-input-type",
    Severity.ERROR,
    Ending.REFUSES,
    effect="MediaPipe ends the graph at the first image.",
    cause="The kind of range decides the type of the tensor: float32 for a float range, int8 for "
    "an `output_tensor_int_range` from below 0, uint8 else.",
    cure="Use the range for the type of the model's input.",
    before="output_tensor_float_range { min: -1 max: 1 }",
    after="output_tensor_uint_range { min: 0 max: 255 }",
    says=("Input and interpreter tensor type do not match",),
    calculator="ImageToTensorCalculator",
)
def tensors_have_the_type(subject: Subject) -> Iterator[Finding]:
    """Floats for float32, integers for uint8 and int8."""
    for fed in fed_models(subject):
        on_gpu = bool(fed.maker.inputs_of("IMAGE_GPU"))  # where all tensors are float32
        if fed.maker.node.calculator != TO_TENSOR or on_gpu:
            continue
        name = fed.message.WhichOneof("range")
        made = None if name is None else _type_of(name, getattr(fed.message, name))
        if made is not None and made != fed.image.dtype:
            expected = f"a range for the {fed.image.dtype} input of {fed.model}"
            wanted = RANGES_OF_TYPES.get(fed.image.dtype)
            fix = None if wanted is None else f"write {wanted}"
            yield Finding(fed.maker.node, name, made, expected, fix)


RANGES_OF_TYPES = {
    "float32": "output_tensor_float_range, with the values that the model was trained on",
    "uint8": "output_tensor_uint_range { min: 0 max: 255 }",
    "int8": "output_tensor_int_range { min: -128 max: 127 }",
}


def _type_of(name: str, values: Any) -> str:
    if name == "output_tensor_float_range":
        return "float32"
    return "int8" if name == "output_tensor_int_range" and values.min < 0 else "uint8"


@rule(
    "anchors-of-other-input",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="The anchors are laid for an input of another size: their number or their places are "
    "not those of the model's rows.",
    cause="`input_size_width` and `input_size_height` are not those of the model's input.",
    cure="Write the model's width and height.",
    before="input_size_width: 192 input_size_height: 192",
    after="input_size_width: 128 input_size_height: 128",
    calculator="SsdAnchorsCalculator",
)
def anchors_are_of_the_input(subject: Subject) -> Iterator[Finding]:
    """Anchors are laid over the model's input."""
    for decoder in decoders(subject):
        sizes = {_size(network) for network in map(subject.network, decoder.inferences)}
        if len(sizes) != 1 or None in sizes:
            continue
        width, height = sizes.pop() or (0, 0)
        for node in anchors_before(subject, decoder.station):
            options = subject.options(node)
            if not isinstance(options, SsdAnchorsOptions) or options.fixed_anchors is not None:
                continue
            for field, wanted in (("input_size_width", width), ("input_size_height", height)):
                value = getattr(options, field)
                if value and value != wanted and not node.option_values:
                    expected = f"{wanted}, as the model's input"
                    yield Finding(
                        node, field, value, expected, replace=(Replacement(field, wanted),)
                    )


def _size(network: Model | None) -> tuple[int, int] | None:
    image = None if network is None else image_input(network)
    return None if image is None else (image.shape[2], image.shape[1])


MODEL_INPUT_RULES: tuple[Rule, ...] = (
    tensors_have_the_size,
    tensors_have_a_size,
    tensors_have_the_type,
    anchors_are_of_the_input,
)
