"""Rules for the layout of boxes and keypoints that a decoder is told to read."""

from __future__ import annotations

from collections.abc import Iterator

from mediapipe_anchors.graph.rules.decoders import decoders
from mediapipe_anchors.graph.rules.finding import (
    Ending,
    Finding,
    Replacement,
    Rule,
    Severity,
    rule,
)
from mediapipe_anchors.graph.rules.nodes import LEGACY_DECODER
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import BoxFormat

BOX = 4  # the values of a box


@rule(
    "scales-unset",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe divides by 0: boxes become infinite, or no numbers, which are dropped.",
    cause="`x_scale`, `y_scale`, `w_scale` and `h_scale` have no default: left out, they are 0.",
    cure="Set all four as the model was trained: the input size for BlazeFace and its like, 10, "
    "10, 5, 5 for SSD, 1 for Model Maker.",
    before="num_boxes: 896\nx_scale: 0 y_scale: 0 w_scale: 0 h_scale: 0",
    after="num_boxes: 896\nx_scale: 128 y_scale: 128 w_scale: 128 h_scale: 128",
    calculator="TensorsToDetectionsCalculator",
)
def scales_are_set(subject: Subject) -> Iterator[Finding]:
    """What a model puts out is divided by the scales."""
    for decoder in decoders(subject):
        for name in ("x_scale", "y_scale", "w_scale", "h_scale") if decoder.is_raw else ():
            if getattr(decoder.options, name) == 0:
                expected = "a number other than 0"
                yield Finding(decoder.station.node, name, 0.0, expected, "as the model was trained")


@rule(
    "keypoints-over-box",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe writes the keypoints over the box: sizes and corners are wrong.",
    cause="`keypoint_coord_offset` is 0 where it is left out, and boxes are kept in columns 0 to "
    "3 wherever they were read from.",
    cure="Set `keypoint_coord_offset: 4` for rows of box, then keypoints; reorder the columns of "
    "a model that has them first.",
    before="num_coords: 16 num_keypoints: 6\nkeypoint_coord_offset: 0",
    after="num_coords: 16 num_keypoints: 6\nkeypoint_coord_offset: 4",
    calculator="TensorsToDetectionsCalculator",
)
def keypoints_lie_behind_the_box(subject: Subject) -> Iterator[Finding]:
    """Keypoints are read after the boxes are written, and written after these, in one array."""
    for decoder in decoders(subject):
        options, offset = decoder.options, decoder.options.keypoint_coord_offset
        if not decoder.is_raw or options.num_keypoints < 1 or not 0 <= offset < BOX:
            continue
        expected = "4, for keypoints behind the box"
        node, field = decoder.station.node, "keypoint_coord_offset"
        if offset == options.box_coord_offset == 0:
            yield Finding(node, field, 0, expected, replace=(Replacement(field, BOX),))
        else:
            fix = "reorder the columns of the model's boxes"
            yield Finding(node, field, offset, expected, fix)


@rule(
    "box-over-keypoints",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="Values of keypoints are read as parts of the box; on a GPU the box is written where "
    "it is not looked for.",
    cause="`box_coord_offset` is not 0, but columns from 4 on are keypoints.",
    cure="Take `box_coord_offset` out.",
    before="num_coords: 6 num_keypoints: 1\nkeypoint_coord_offset: 4 box_coord_offset: 2",
    after="num_coords: 6 num_keypoints: 1\nkeypoint_coord_offset: 4",
    calculator="TensorsToDetectionsCalculator",
)
def box_lies_before_keypoints(subject: Subject) -> Iterator[Finding]:
    """With keypoints from column 4 on, the box can only be before them."""
    for decoder in decoders(subject):
        options = decoder.options
        overlaps = options.keypoint_coord_offset == BOX and options.num_keypoints > 0
        if decoder.is_raw and overlaps and options.box_coord_offset > 0:
            value = options.box_coord_offset
            expected = "0, since keypoints begin at column 4"
            replace = (Replacement("box_coord_offset", None),)
            node = decoder.station.node
            yield Finding(node, "box_coord_offset", value, expected, replace=replace)


@rule(
    "box-format-hides-order",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe passes over reverse_output_order, and reads x for y and width for height.",
    cause="A `box_format` that is set, even to UNSPECIFIED, wins over the older "
    "`reverse_output_order`.",
    cure="Write `box_format: XYWH` alone.",
    before="reverse_output_order: true box_format: UNSPECIFIED",
    after="box_format: XYWH",
    calculator="TensorsToDetectionsCalculator",
)
def box_format_agrees_with_order(subject: Subject) -> Iterator[Finding]:
    """Of the two ways to say XYWH, the newer one counts."""
    for decoder in decoders(subject):
        options = decoder.options
        if options.box_format in (None, BoxFormat.XYWH) or not options.reverse_output_order:
            continue
        node, name = decoder.station.node, options.box_format.name
        fix = "write box_format: XYWH, or take out reverse_output_order"
        expected = "XYWH beside reverse_output_order, or no box_format"
        unspecified = options.box_format is BoxFormat.UNSPECIFIED
        replace = (Replacement("box_format", BoxFormat.XYWH),) if unspecified else ()
        yield Finding(node, "box_format", name, expected, fix, replace=replace)


@rule(
    "box-format-distances",
    Severity.INFO,
    Ending.MISLEADS,
    effect="MediaPipe reads XYXY as distances of the left, top, right and bottom edge from the "
    "anchor's centre, not as corners.",
    cause="The comment in MediaPipe's proto says xmin, ymin, xmax, ymax.",
    cure="Nothing to do for a model of the FCOS kind; a model that puts out corners needs other "
    "columns.",
    before="box_format: XYXY",
    after="box_format: XYWH",
    calculator="TensorsToDetectionsCalculator",
)
def corners_are_distances(subject: Subject) -> Iterator[Finding]:
    """XYXY is not what its comment says."""
    for decoder in decoders(subject):
        if decoder.options.box_format is BoxFormat.XYXY and not decoder.is_postprocessed:
            expected = "distances of the four edges from the anchor's centre"
            yield Finding(decoder.station.node, "box_format", "XYXY", expected)


@rule(
    "no-classes-per-detection",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe makes no detection at all.",
    cause="`max_classes_per_detection` is 0.",
    cure="Leave it unset, for 1, or write the model's own.",
    before="max_classes_per_detection: 0",
    after="max_classes_per_detection: 1",
    calculator="TensorsToDetectionsCalculator",
)
def detections_have_classes(subject: Subject) -> Iterator[Finding]:
    """Of each box as many scores are looked at; raw models do without the option."""
    for decoder in decoders(subject):
        if decoder.options.max_classes_per_detection == 0 and not decoder.is_raw:
            node, field = decoder.station.node, "max_classes_per_detection"
            yield Finding(node, field, 0, "1 or more", replace=(Replacement(field, 1),))


@rule(
    "first-results-kept",
    Severity.WARNING,
    Ending.MISLEADS,
    effect="MediaPipe keeps the first detections in the order of the anchors, top left first, and "
    "drops the rest, however good.",
    cause="`max_results` of the decoder stops before anything is sorted.",
    cure="Take it out, and set `max_num_detections` of NonMaxSuppressionCalculator.",
    before="max_results: 3",
    after="min_score_thresh: 0.5",
    calculator="TensorsToDetectionsCalculator",
)
def best_results_are_kept(subject: Subject) -> Iterator[Finding]:
    """The first N rows are not the best N."""
    for decoder in decoders(subject):
        if decoder.is_raw and decoder.options.max_results > 0:
            fix = "use max_num_detections of NonMaxSuppressionCalculator"
            expected = "no limit before detections are sorted"
            value, replace = decoder.options.max_results, (Replacement("max_results", None),)
            node = decoder.station.node
            yield Finding(node, "max_results", value, expected, fix, replace=replace)


@rule(
    "legacy-decoder",
    Severity.INFO,
    Ending.MISLEADS,
    effect="No Python wheel has this calculator; where it is built, wrong shapes end the process, "
    "scores that are no numbers pass, and on a GPU any ignored class stands for class 0.",
    cause="The graph is older than the Tensor calculators.",
    cure="Use ImageToTensorCalculator, InferenceCalculator and TensorsToDetectionsCalculator; the "
    "options keep their names.",
    before='calculator: "TfLiteTensorsToDetectionsCalculator"',
    after='calculator: "TensorsToDetectionsCalculator"',
    says=("No registered object with name: TfLiteTensorsToDetectionsCalculator",),
    calculator="TensorsToDetectionsCalculator",
)
def decoder_is_in_the_wheel(subject: Subject) -> Iterator[Finding]:
    """The TfLite calculators are in C++ builds only."""
    for node in subject.graph.nodes:
        if node.calculator == LEGACY_DECODER:
            expected = "TensorsToDetectionsCalculator"
            yield Finding(node, "calculator", node.calculator, expected)


DECODE_OPTION_RULES: tuple[Rule, ...] = (
    scales_are_set,
    keypoints_lie_behind_the_box,
    box_lies_before_keypoints,
    box_format_agrees_with_order,
    corners_are_distances,
    detections_have_classes,
    best_results_are_kept,
    decoder_is_in_the_wheel,
)
