"""The way from the image to the tensor, and of the boxes back."""

from __future__ import annotations

from mediapipe_graphs import options_node

from rule_cases import IMAGE_SIZE, Flaw, plain_node, transform_node
from rule_cases.detector import (
    NMS,
    RANGE,
    SIZE,
    SOUND,
    TENSOR,
    detector,
    tensor_node,
)

LETTERBOXED = f"{TENSOR} keep_aspect_ratio: true border_mode: BORDER_ZERO"
TOLD = 'output_stream: "MATRIX:matrix" output_stream: "LETTERBOX_PADDING:padding"'
PROJECTION, REMOVAL = "DetectionProjectionCalculator", "DetectionLetterboxRemovalCalculator"
OTHER_TENSOR = tensor_node(TENSOR, 'output_stream: "MATRIX:other_matrix"').replace(
    "TENSORS:input", "TENSORS:other_input"
)


def suppressed(target: str) -> str:
    """The suppression of "raw" detections into another stream than that of the graph."""
    wiring = f'input_stream: "raw" output_stream: "{target}"'
    return options_node("NonMaxSuppressionCalculator", wiring, NMS)


def mapped(calculator: str, source: str, target: str, told: str = "") -> str:
    """A node that maps boxes back by what the tensor's node tells."""
    told = told or (
        "PROJECTION_MATRIX:matrix" if calculator == PROJECTION else "LETTERBOX_PADDING:padding"
    )
    return plain_node(
        calculator,
        f'input_stream: "DETECTIONS:{source}" input_stream: "{told}" '
        f'output_stream: "DETECTIONS:{target}"',
    )


def letterboxed(back: str, options: str = LETTERBOXED) -> str:
    """The detector with margins, and nodes `back` from "kept" to "detections"."""
    return detector(tensor=tensor_node(options, TOLD), nms=suppressed("kept"), back=back)


BACK = mapped(PROJECTION, "kept", "detections")
TO_PIXELS = IMAGE_SIZE + transform_node("kept", "pixels", "PIXEL")

# The same by ImageTransformationCalculator and TensorConverterCalculator.
FITTED = options_node(
    "ImageTransformationCalculator",
    'input_stream: "IMAGE:image" output_stream: "IMAGE:small" '
    'output_stream: "LETTERBOX_PADDING:padding"',
    "output_width: 16 output_height: 16 scale_mode: FIT",
) + options_node(
    "TensorConverterCalculator", 'input_stream: "IMAGE:small" output_stream: "TENSORS:input"', ""
)
STRETCHED = FITTED.replace("FIT", "STRETCH")

FLAWS = {
    "a tensor without a range": Flaw(
        "tensor-range-unset",
        detector(tensor=tensor_node(SIZE)),
        SOUND,
        "output_tensor_float_range",
        "refused",
    ),
    "a border that nobody chose": Flaw(
        "border-unset",
        letterboxed(BACK, f"{TENSOR} keep_aspect_ratio: true"),
        letterboxed(BACK),
        "border_mode",
    ),
    "margins that stay": Flaw(
        "letterbox-not-removed",
        detector(tensor=tensor_node(LETTERBOXED)),
        letterboxed(BACK),
        "keep_aspect_ratio",
        "others",
    ),
    "margins that are told to nobody": Flaw(
        "letterbox-not-removed",
        detector(tensor=tensor_node(LETTERBOXED, TOLD)),
        letterboxed(mapped(REMOVAL, "kept", "detections")),
        "keep_aspect_ratio",
        "others",
    ),
    "margins of a fitted image": Flaw(
        "letterbox-not-removed",
        detector(tensor=FITTED),
        detector(tensor=STRETCHED),
        "scale_mode",
        "same",
    ),
    "margins removed twice": Flaw(
        "letterbox-removed-twice",
        letterboxed(mapped(REMOVAL, "kept", "once") + mapped(PROJECTION, "once", "detections")),
        letterboxed(BACK),
        "calculator",
        "others",
    ),
    "a matrix of another tensor": Flaw(
        "matrix-of-another-tensor",
        letterboxed(
            OTHER_TENSOR
            + mapped(PROJECTION, "kept", "detections", "PROJECTION_MATRIX:other_matrix"),
        ),
        letterboxed(OTHER_TENSOR + BACK),
        "input_stream",
        "others",
        beside=("letterbox-not-removed",),
    ),
    "pixels projected": Flaw(
        "mapped-boxes-in-pixels",
        letterboxed(TO_PIXELS + mapped(PROJECTION, "pixels", "detections")),
        letterboxed(BACK),
        "input_stream",
        "refused",
        beside=("pixel-boxes-clamped",),
    ),
    "pixels cut off": Flaw(
        "pixel-boxes-clamped",
        detector(
            nms=suppressed("kept"), more=IMAGE_SIZE + transform_node("kept", "detections", "PIXEL")
        ),
        SOUND,
        "output_stream",
        "others",
    ),
    "no size of the tensor": Flaw(
        "model-input-size-unset",
        detector(tensor=tensor_node(RANGE)),
        SOUND,
        "output_tensor_width",
        "refused",
    ),
}
