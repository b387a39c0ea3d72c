"""Option values of other calculators, alone and together."""

from __future__ import annotations

from mediapipe_graphs import (
    face_graph,
    image_to_tensor_node,
    options_node,
    pass_through_graph,
)

from rule_cases import FACES, IMAGE_IN, IMAGE_SIZE, Danger, Safe, plain_node, typed_node

RECTS_OPTIONS = "DetectionsToRectsCalculatorOptions"
TENSORS = options_node(
    "TensorConverterCalculator",
    'input_stream: "MATRIX:matrix_in" output_stream: "TENSORS:tensors"',
    "row_major_matrix: true",
)
TO_TENSORS = 'input_stream: "IMAGE:image" output_stream: "TENSORS:tensors"'
LANDMARKS_IN = 'input_stream: "landmarks_in"\n'
MATRIX_IN = 'input_stream: "matrix_in"\n'


def converter(options: str) -> str:
    return IMAGE_IN.splitlines()[0] + options_node("TensorConverterCalculator", TO_TENSORS, options)


def landmarks_of(options: str) -> str:
    """Landmarks out of a tensor of 24 values."""
    wiring = 'input_stream: "TENSORS:tensors" output_stream: "LANDMARKS:landmarks"'
    return MATRIX_IN + TENSORS + options_node("TensorsToLandmarksCalculator", wiring, options)


def detection_of(indices: str) -> str:
    wiring = 'input_stream: "NORM_LANDMARKS:landmarks_in" output_stream: "DETECTION:detection"'
    options = f"selected_landmark_indices: {indices}"
    return LANDMARKS_IN + options_node("LandmarksToDetectionCalculator", wiring, options)


def smoothed(options: str) -> str:
    wiring = (
        'input_stream: "NORM_LANDMARKS:landmarks_in" input_stream: "IMAGE_SIZE:size" '
        'output_stream: "NORM_FILTERED_LANDMARKS:out"'
    )
    head = 'input_stream: "image"\n' + LANDMARKS_IN + IMAGE_SIZE
    return head + options_node("LandmarksSmoothingCalculator", wiring, options)


def refined(indices: str) -> str:
    """Two lists of 9 landmarks each, into 9."""
    mapping = "indexes_mapping: [0, 1, 2, 3, 4, 5, 6, 7, 8]"
    options = (
        f"refinement {{ {mapping} z_refinement {{ copy {{}} }} }} refinement {{ {mapping} "
        f"z_refinement {{ assign_average {{ indexes_for_average: {indices} }} }} }}"
    )
    wiring = (
        'input_stream: "LANDMARKS:0:landmarks_in" input_stream: "LANDMARKS:1:landmarks_in" '
        'output_stream: "REFINED_LANDMARKS:out"'
    )
    return LANDMARKS_IN + options_node("LandmarksRefinementCalculator", wiring, options)


def split_faces(options: str, calculator: str = "SplitDetectionVectorCalculator") -> str:
    wiring = 'input_stream: "faces" output_stream: "detections"'
    return (
        IMAGE_IN + FACES + typed_node(calculator, wiring, "SplitVectorCalculatorOptions", options)
    )


def split_landmarks(options: str) -> str:
    return LANDMARKS_IN + typed_node(
        "SplitNormalizedLandmarkListCalculator",
        'input_stream: "landmarks_in" output_stream: "out"',
        "SplitVectorCalculatorOptions",
        options,
    )


def rects(start: int, end: int, calculator: str = "DetectionsToRectsCalculator") -> str:
    wiring = (
        'input_stream: "DETECTIONS:faces" input_stream: "IMAGE_SIZE:size" '
        'output_stream: "NORM_RECT:detections"'
    )
    options = (
        f"rotation_vector_start_keypoint_index: {start} "
        f"rotation_vector_end_keypoint_index: {end} rotation_vector_target_angle: 0"
    )
    return IMAGE_IN + FACES + IMAGE_SIZE + typed_node(calculator, wiring, RECTS_OPTIONS, options)


def switch_of_values(options: str, channels: int = 2) -> str:
    """A switch that passes on a side packet."""
    contained = 'contained_node { calculator: "PassThroughCalculator" } ' * channels
    return (
        'node { calculator: "ConstantSidePacketCalculator" output_side_packet: "PACKET:value" '
        "options { [mediapipe.ConstantSidePacketCalculatorOptions.ext] { packet { int_value: 7 } } "
        '} } node { calculator: "SwitchContainer" input_side_packet: "A:value" '
        'output_side_packet: "A:chosen" options { [mediapipe.SwitchContainerOptions.ext] { '
        f"{options} {contained} }} }} }}"
    )


def switch_of_images(options: str) -> str:
    return (
        'input_stream: "image" node { calculator: "SwitchContainer" input_stream: "A:image" '
        'output_stream: "A:out" options { [mediapipe.SwitchContainerOptions.ext] { '
        f'{options} contained_node {{ calculator: "PassThroughCalculator" }} }} }} }}'
    )


def overlay(options: str, *, image: bool = False) -> str:
    head = 'input_stream: "drawing_in"\n' + ('input_stream: "image"\n' if image else "")
    wiring = 'input_stream: "drawing_in" output_stream: "IMAGE:out"'
    wiring += ' input_stream: "IMAGE:image"' if image else ""
    return head + options_node("AnnotationOverlayCalculator", wiring, options)


def flat_image(options: str) -> str:
    return options_node(
        "FlatColorImageCalculator",
        'output_side_packet: "IMAGE:flat"',
        f"{options} color {{ r: 1 }}",
    )


def transformed(options: str) -> str:
    wiring = 'input_stream: "IMAGE:image" output_stream: "IMAGE:detections"'
    return IMAGE_IN + options_node("ImageTransformationCalculator", wiring, options)


def associated(threshold: float) -> str:
    return (
        'input_stream: "image"'
        + FACES
        + plain_node(
            "DetectionsToRectsCalculator",
            'input_stream: "DETECTIONS:faces" output_stream: "NORM_RECTS:rects"',
        )
        + typed_node(
            "AssociationNormRectCalculator",
            'input_stream: "rects" output_stream: "out"',
            "AssociationCalculatorOptions",
            f"min_similarity_threshold: {threshold}",
        )
    )


def inference(options: str) -> str:
    return face_graph().replace("delegate { xnnpack {} }", f"delegate {{ tflite {{}} }} {options}")


INPUT_MAP = "input_output_config { input_tensor_indices_map { model_tensor_indices: %d } }"
WINDOW = "velocity_filter { window_size: %d }"

DANGERS = {
    "an option value without a source": Danger(
        pass_through_graph().replace("calculator:", 'option_value: "foo" calculator:'),
        "option_value",
    ),
    "a tensor of billions of values": Danger(
        IMAGE_IN + image_to_tensor_node(30000, "detections"),
        "output_tensor_width x output_tensor_height",
    ),
    "an image of billions of pixels": Danger(
        transformed("output_width: 2147483647 output_height: 1"), "output_width x output_height"
    ),
    "a canvas of no pixels": Danger(
        overlay("canvas_width_px: 0 canvas_height_px: 9"), "canvas_width_px x canvas_height_px"
    ),
    "a canvas of billions of pixels": Danger(
        overlay("canvas_width_px: 2147483647 canvas_height_px: 9"),
        "canvas_width_px x canvas_height_px",
    ),
    "a flat image of negative size": Danger(
        flat_image("output_width: -1 output_height: 8"), "output_width x output_height"
    ),
    "a flat image of billions of pixels": Danger(
        flat_image("output_width: 2147483647 output_height: 8"), "output_width x output_height"
    ),
    "thousands of threads for a model": Danger(
        face_graph().replace("xnnpack {}", "xnnpack { num_threads: 100000 }"),
        "delegate.xnnpack.num_threads",
        None,  # hangs, and every other process with it
    ),
    "billions of threads for a model": Danger(
        inference("cpu_num_thread: 2147483647"), "cpu_num_thread"
    ),
    "a model's input before the first": Danger(
        inference(INPUT_MAP % -1),
        "input_output_config.input_tensor_indices_map.model_tensor_indices",
    ),
    "a negative similarity": Danger(associated(-0.5), "min_similarity_threshold"),
    "a similarity of no number": Danger(associated(float("nan")), "min_similarity_threshold"),
    "two channels": Danger(converter("max_num_channels: 2"), "max_num_channels"),
    "five channels": Danger(converter("max_num_channels: 5"), "max_num_channels"),
    "no channels": Danger(converter("max_num_channels: 0"), "max_num_channels"),
    "a range that goes down": Danger(
        converter("output_tensor_float_range { min: 1 max: 0 }"), "output_tensor_float_range.max"
    ),
    "a range of one value": Danger(
        converter("output_tensor_float_range {}"), "output_tensor_float_range.max"
    ),
    "no landmarks": Danger(landmarks_of("num_landmarks: 0"), "num_landmarks"),
    "fewer landmarks than none": Danger(landmarks_of("num_landmarks: -1"), "num_landmarks"),
    "a landmark before the first": Danger(detection_of("-1"), "selected_landmark_indices"),
    "a window of negative size": Danger(smoothed(WINDOW % -1), "velocity_filter.window_size"),
    "a window of two billion frames": Danger(
        smoothed(WINDOW % 2147483647), "velocity_filter.window_size"
    ),
    "averaged landmarks before the first": Danger(
        refined("-1"), "refinement[1].z_refinement.assign_average.indexes_for_average"
    ),
    "averaged landmarks behind the last": Danger(
        refined("[0, 1000000]"), "refinement[1].z_refinement.assign_average.indexes_for_average"
    ),
    "combined detections before the first": Danger(
        split_faces("combine_outputs: true ranges { begin: -2147483648 end: 1 }"), "ranges[0].begin"
    ),
    "combined detections backwards": Danger(
        split_faces("combine_outputs: true ranges { begin: 5 end: 1 }"), "ranges[0].end"
    ),
    "combined landmarks before the first": Danger(
        split_landmarks("combine_outputs: true ranges { begin: -1 end: 1 }"), "ranges[0].begin"
    ),
    "a channel behind the last": Danger(switch_of_values("select: 2"), "select"),
    "a channel before the first": Danger(switch_of_values("select: -1"), "select"),
    "a channel to enable that is not there": Danger(
        switch_of_values("enable: true", channels=1), "select"
    ),
    **{
        f"{field} of {calculator} behind the last": Danger(
            rects(*indices, calculator), f"rotation_vector_{field}_keypoint_index"
        )
        for calculator in ("DetectionsToRectsCalculator", "AlignmentPointsRectsCalculator")
        for field, indices in {"start": (1000000, 0), "end": (0, 1000000)}.items()
    },
    **{
        f"{field} of {calculator} before the first": Danger(
            rects(*indices, calculator), f"rotation_vector_{field}_keypoint_index"
        )
        for calculator in ("DetectionsToRectsCalculator", "AlignmentPointsRectsCalculator")
        for field, indices in {"start": (-1, 0), "end": (0, -1)}.items()
    },
}

SAFE = {
    "a canvas that does not count": Safe(
        overlay("canvas_width_px: 0 canvas_height_px: 0", image=True)
    ),
    "a canvas of a pixel": Safe(overlay("canvas_width_px: 1 canvas_height_px: 1")),
    "a flat image of no pixels": Safe(flat_image("output_width: 0 output_height: 0")),
    "a transformed image of the size it has": Safe(transformed("")),
    "an image of negative size": Safe(transformed("output_width: -1 output_height: -1")),
    "a tensor of negative size": Safe(IMAGE_IN + image_to_tensor_node(-1, "detections"), "raised"),
    "the first input of a model": Safe(inference(INPUT_MAP % 0)),
    "an input that a model lacks": Safe(inference(INPUT_MAP % 1), "raised"),
    "any similarity": Safe(associated(0)),
    "three channels": Safe(converter("max_num_channels: 3")),
    "four channels": Safe(converter("max_num_channels: 4")),
    "a range that goes up": Safe(converter("output_tensor_float_range { min: 0 max: 1e-30 }")),
    "as many landmarks as values": Safe(landmarks_of("num_landmarks: 24")),
    "an unset number of landmarks": Safe(landmarks_of(""), "raised"),
    "the first landmark": Safe(detection_of("0")),
    "a landmark behind the last": Safe(detection_of("1000000"), "raised"),
    "a window of no frame": Safe(smoothed(WINDOW % 0)),
    "a window of an hour": Safe(smoothed(WINDOW % 100000)),
    "averaged landmarks": Safe(refined("[0, 8]")),
    "nothing to average": Safe(refined("[]"), "raised"),
    "combined detections": Safe(
        split_faces("combine_outputs: true ranges { begin: 1 end: 1 } ranges { begin: 2 end: 5 }")
    ),
    "detections backwards": Safe(split_faces("ranges { begin: 5 end: 1 }"), "raised"),
    "combined landmarks backwards": Safe(
        split_landmarks("combine_outputs: true ranges { begin: 5 end: 1 }"), "raised"
    ),
    "the first and the last keypoint": Safe(rects(0, 5)),
    "the last keypoint for a size": Safe(rects(5, 0, "AlignmentPointsRectsCalculator")),
    "keypoints that are not asked for": Safe(
        rects(1000000, 1000000)
        .replace("rotation_vector_start_keypoint_index: 1000000", "")
        .replace("rotation_vector_target_angle: 0", "")
    ),
    "the last channel": Safe(switch_of_values("select: 1")),
    "a channel that is there to enable": Safe(switch_of_values("enable: true")),
    "a channel for images that is not there": Safe(switch_of_images("select: 2")),
    "options of another calculator": Safe(
        pass_through_graph().replace(
            "calculator:",
            "options { [mediapipe.TensorConverterCalculatorOptions.ext] { max_num_channels: 2 } } "
            "calculator:",
        )
    ),
}
