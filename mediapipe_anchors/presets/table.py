"""The table behind `preset`: MediaPipe's published detectors, a row each.

Rows share what the detectors share: two families of anchors and two of decoding. Input ranges of
the classic graphs are those of `TfLiteConverterCalculator`; those of MediaPipe Tasks, whose graphs
read them from the model's metadata, are the ones of the same models elsewhere.
"""

from __future__ import annotations

from dataclasses import replace

from mediapipe_anchors.options import (
    BoxFormat,
    NmsAlgorithm,
    NonMaxSuppressionOptions,
    OverlapType,
    SsdAnchorsOptions,
    TensorMapping,
    TensorsToDetectionsOptions,
)
from mediapipe_anchors.presets import ModelFile, Preset
from mediapipe_anchors.presets.efficientdet import efficientdet_anchors
from mediapipe_anchors.presets.image_input import ImageInput, MappedBackBy


def _blaze_anchors(size: int, *strides: int, interpolated: float = 1.0) -> SsdAnchorsOptions:
    """BlazeFace and its kin: unit-size anchors, so that a box is an offset and a size in pixels."""
    return SsdAnchorsOptions(
        input_size_width=size,
        input_size_height=size,
        num_layers=len(strides),
        strides=strides,
        min_scale=0.1484375,
        max_scale=0.75,
        aspect_ratios=[1.0],
        interpolated_scale_aspect_ratio=interpolated,
        fixed_anchor_size=True,
    )


def _ssd_anchors(size: int) -> SsdAnchorsOptions:
    """The six layers of SSD MobileNet."""
    return SsdAnchorsOptions(
        input_size_width=size,
        input_size_height=size,
        num_layers=6,
        strides=[16, 32, 64, 128, 256, 512],
        min_scale=0.2,
        max_scale=0.95,
        aspect_ratios=[1.0, 2.0, 0.5, 3.0, 0.3333],
        reduce_boxes_in_lowest_layer=True,
    )


def _blaze_decode(
    num_boxes: int, size: int, num_keypoints: int, min_score: float
) -> TensorsToDetectionsOptions:
    return TensorsToDetectionsOptions(
        num_classes=1,
        num_boxes=num_boxes,
        num_coords=4 + 2 * num_keypoints,
        keypoint_coord_offset=4,
        num_keypoints=num_keypoints,
        reverse_output_order=True,
        sigmoid_score=True,
        score_clipping_thresh=100.0,
        min_score_thresh=min_score,
        x_scale=size,
        y_scale=size,
        w_scale=size,
        h_scale=size,
    )


def _ssd_decode(num_classes: int, num_boxes: int, min_score: float) -> TensorsToDetectionsOptions:
    return TensorsToDetectionsOptions(
        num_classes=num_classes,
        num_boxes=num_boxes,
        num_coords=4,
        ignore_classes=[0],
        apply_exponential_on_box_size=True,
        sigmoid_score=True,
        min_score_thresh=min_score,
        x_scale=10.0,
        y_scale=10.0,
        w_scale=5.0,
        h_scale=5.0,
    )


def _weighted(min_suppression: float = 0.3) -> NonMaxSuppressionOptions:
    return NonMaxSuppressionOptions(
        min_suppression_threshold=min_suppression,
        overlap_type=OverlapType.INTERSECTION_OVER_UNION,
        algorithm=NmsAlgorithm.WEIGHTED,
    )


def _greedy(min_suppression: float, max_num_detections: int) -> NonMaxSuppressionOptions:
    return NonMaxSuppressionOptions(
        min_suppression_threshold=min_suppression,
        max_num_detections=max_num_detections,
        overlap_type=OverlapType.INTERSECTION_OVER_UNION,
        return_empty_detections=True,
    )


def _letterboxed(
    size: int, low: float = -1.0, mapped_back_by: MappedBackBy = MappedBackBy.PROJECTION
) -> ImageInput:
    return ImageInput(
        width=size,
        height=size,
        keep_aspect_ratio=True,
        float_range=(low, 1.0),
        mapped_back_by=mapped_back_by,
    )


def _stretched(size: int) -> ImageInput:
    return ImageInput(width=size, height=size, mapped_back_by=MappedBackBy.NOTHING)


def _graphs(path: str, *endings: str) -> tuple[str, ...]:
    return tuple(path + ending for ending in endings)


_REMOVAL = MappedBackBy.LETTERBOX_REMOVAL
_CLASSIC = (
    "MediaPipe's graph resizes with ImageTransformationCalculator. A graph emitted here uses "
    "ImageToTensorCalculator, of the same geometry but other resampling, so scores differ slightly."
)
_EDGE_TPU = (
    "The model is compiled for the Edge TPU, and stock CPU inference cannot run it: "
    "give the path of its CPU version."
)
_LABELLED = "MediaPipe's graph drops the classes that a LABELS_CSV side packet leaves out."
_FROM_METADATA = "MediaPipe Tasks reads the float range from the model's metadata."

_FACE = "modules/face_detection/face_detection"
_FACE_MODEL = "mediapipe/modules/face_detection/face_detection"
_PALM_MODEL = "mediapipe/modules/palm_detection/palm_detection"

_SHORT_RANGE = Preset(
    name="face_detection_short_range",
    anchors=_blaze_anchors(128, 8, 16, 16, 16),
    decode=_blaze_decode(896, 128, num_keypoints=6, min_score=0.5),
    nms=_weighted(),
    input=_letterboxed(128),
    model=ModelFile(f"{_FACE_MODEL}_short_range.tflite", in_wheel=True),
    graphs=_graphs(
        f"{_FACE}_short_range", "", "_cpu", "_gpu", "_image", "_by_roi_cpu", "_by_roi_gpu"
    ),
)
_FULL_RANGE = Preset(
    name="face_detection_full_range",
    anchors=_blaze_anchors(192, 4, interpolated=0.0),
    decode=_blaze_decode(2304, 192, num_keypoints=6, min_score=0.6),
    nms=_weighted(),
    input=_letterboxed(192),
    model=ModelFile(f"{_FACE_MODEL}_full_range_sparse.tflite", in_wheel=True),
    graphs=_graphs(f"{_FACE}_full_range", "", "_cpu", "_gpu", "_image"),
)
_PALM_FULL = Preset(
    name="palm_detection_full",
    anchors=_blaze_anchors(192, 8, 16, 16, 16),
    decode=_blaze_decode(2016, 192, num_keypoints=7, min_score=0.5),
    nms=_weighted(),
    input=_letterboxed(192, low=0.0, mapped_back_by=_REMOVAL),
    model=ModelFile(f"{_PALM_MODEL}_full.tflite", in_wheel=True),
    graphs=_graphs("modules/palm_detection/palm_detection", "_cpu", "_gpu"),
    note="MediaPipe's graph takes this model unless MODEL_COMPLEXITY is 0.",
)
_POSE = Preset(
    name="pose_detection",
    anchors=_blaze_anchors(224, 8, 16, 32, 32, 32),
    decode=_blaze_decode(2254, 224, num_keypoints=4, min_score=0.5),
    nms=_weighted(),
    input=_letterboxed(224, mapped_back_by=_REMOVAL),
    model=ModelFile("mediapipe/modules/pose_detection/pose_detection.tflite", in_wheel=True),
    graphs=_graphs("modules/pose_detection/pose_detection", "_cpu", "_gpu"),
)
_SSDLITE = Preset(
    name="object_detection_mobile",
    anchors=_ssd_anchors(320),
    decode=_ssd_decode(num_classes=91, num_boxes=2034, min_score=0.6),
    nms=_greedy(0.4, max_num_detections=3),
    input=_stretched(320),
    model=ModelFile("mediapipe/models/ssdlite_object_detection.tflite"),
    graphs=(
        *_graphs("graphs/object_detection/object_detection", "_mobile_cpu", "_mobile_gpu"),
        "graphs/object_detection/object_detection_desktop_live",
        *_graphs("graphs/tracking/subgraphs/object_detection", "_cpu", "_gpu"),
    ),
    note=_CLASSIC,
)
_AUTOFLIP_FULL_RANGE = replace(
    _FULL_RANGE,
    name="autoflip_face_detection",
    nms=replace(_weighted(), return_empty_detections=True),
    input=_letterboxed(192, mapped_back_by=_REMOVAL),
    graphs=("examples/desktop/autoflip/subgraph/face_detection_subgraph",),
    note=_CLASSIC,
)
_AUTOFLIP_FRONT = replace(
    _SHORT_RANGE,
    name="front_face_detection",
    decode=replace(_SHORT_RANGE.decode, min_score_thresh=0.75),
    nms=replace(_weighted(), return_empty_detections=True),
    input=_letterboxed(128, mapped_back_by=_REMOVAL),
    model=ModelFile("face_detection_front.tflite"),
    graphs=("examples/desktop/autoflip/subgraph/front_face_detection_subgraph",),
    note=_CLASSIC,
)

PRESETS: tuple[Preset, ...] = (
    _SHORT_RANGE,
    _FULL_RANGE,
    replace(
        _PALM_FULL,
        name="palm_detection_lite",
        model=ModelFile(f"{_PALM_MODEL}_lite.tflite", in_wheel=True),
        graphs=(),
        note="MediaPipe's graph palm_detection_cpu takes this model where MODEL_COMPLEXITY is 0.",
    ),
    _PALM_FULL,
    _POSE,
    replace(
        _SSDLITE,
        name="object_detection_oid_v4",
        anchors=_ssd_anchors(300),
        decode=_ssd_decode(num_classes=24, num_boxes=1917, min_score=0.5),
        nms=_greedy(0.5, max_num_detections=100),
        input=_stretched(300),
        model=ModelFile(
            "mediapipe/modules/objectron/object_detection_ssd_mobilenetv2_oidv4_fp16.tflite"
        ),
        graphs=_graphs("modules/objectron/object_detection_oid_v4", "_cpu", "_gpu"),
        note=_LABELLED,
    ),
    _SSDLITE,
    replace(
        _SSDLITE,
        name="object_detection_desktop_tflite",
        decode=replace(_SSDLITE.decode, sigmoid_score=False, min_score_thresh=None),
        nms=replace(_greedy(0.4, 5), min_score_threshold=0.6, return_empty_detections=None),
        graphs=("graphs/object_detection/object_detection_desktop_tflite_graph",),
    ),
    replace(
        _SSDLITE,
        name="autoflip_object_detection",
        nms=_greedy(0.4, max_num_detections=5),
        graphs=("examples/desktop/autoflip/subgraph/autoflip_object_detection_subgraph",),
    ),
    _AUTOFLIP_FULL_RANGE,
    _AUTOFLIP_FRONT,
    replace(
        _AUTOFLIP_FRONT,
        name="coral_face_detection_desktop_live",
        input=replace(_AUTOFLIP_FRONT.input, float_range=None),
        model=ModelFile("mediapipe/examples/coral/models/face-detector-quantized_edgetpu.tflite"),
        graphs=("examples/coral/graphs/face_detection_desktop_live",),
        note=f"{_EDGE_TPU} {_CLASSIC}",
    ),
    replace(
        _SSDLITE,
        name="coral_object_detection_desktop_live",
        anchors=None,
        input=replace(_stretched(300), float_range=None),
        model=ModelFile("mediapipe/examples/coral/models/object-detector-quantized_edgetpu.tflite"),
        graphs=("examples/coral/graphs/object_detection_desktop_live",),
        note=f"The anchors are the model's third output. {_EDGE_TPU} {_CLASSIC}",
    ),
    replace(
        _SHORT_RANGE,
        name="face_detector_short_range",
        nms=_weighted(0.5),
        graphs=("tasks/cc/vision/face_detector/face_detector_graph",),
        note=f"The Python and C++ API set min_suppression_threshold to 0.3. {_FROM_METADATA}",
    ),
    replace(
        _FULL_RANGE,
        name="face_detector_full_range",
        decode=replace(_FULL_RANGE.decode, min_score_thresh=0.5),
        nms=_weighted(0.5),
        graphs=("tasks/cc/vision/face_detector/face_detector_graph",),
        note=f"The Python and C++ API set min_suppression_threshold to 0.3. {_FROM_METADATA}",
    ),
    replace(
        _PALM_FULL,
        name="hand_detector",
        nms=replace(_weighted(), return_empty_detections=True),
        input=_letterboxed(192, low=0.0),
        graphs=("tasks/cc/vision/hand_detector/hand_detector_graph",),
        note=_FROM_METADATA,
    ),
    replace(
        _POSE,
        name="pose_detector",
        nms=_weighted(0.5),
        graphs=("tasks/cc/vision/pose_detector/pose_detector_graph",),
        note=_FROM_METADATA,
    ),
    Preset(
        name="object_detector",
        anchors=SsdAnchorsOptions(fixed_anchors=efficientdet_anchors()),
        decode=TensorsToDetectionsOptions(
            num_classes=90,
            num_boxes=19206,
            num_coords=4,
            x_scale=1.0,
            y_scale=1.0,
            w_scale=1.0,
            h_scale=1.0,
            apply_exponential_on_box_size=True,
            min_score_thresh=0.0,
            box_format=BoxFormat.YXHW,
            tensor_mapping=TensorMapping(detections_tensor_index=1, scores_tensor_index=0),
        ),
        nms=NonMaxSuppressionOptions(
            min_suppression_threshold=0.3, overlap_type=OverlapType.INTERSECTION_OVER_UNION
        ),
        input=ImageInput(width=320, height=320),
        model=ModelFile("efficientdet_lite0_fp16_no_nms.tflite"),
        graphs=("tasks/cc/vision/object_detector/object_detector_graph",),
        note=f"max_results of the task is max_num_detections here. {_FROM_METADATA}",
    ),
)
