"""Published model files, by their SHA-256."""

from __future__ import annotations

from typing import NamedTuple


class KnownFile(NamedTuple):
    """A published file.

    Attributes:
        name: its file name.
        presets: the presets that go with it, the closest first; () where MediaPipe decodes it
            otherwise, or where it is no detector.
        use: what to use it with, where there is no preset.
    """

    name: str
    presets: tuple[str, ...] = ()
    use: str = ""


_SHORT_RANGE = ("face_detection_short_range", "face_detector_short_range", "front_face_detection")
_FULL_RANGE = ("face_detection_full_range", "face_detector_full_range", "autoflip_face_detection")
_PALM_FULL = ("palm_detection_full", "hand_detector")
_POSE = ("pose_detection", "pose_detector")
_OBJECT_TASK = "the task ObjectDetector of MediaPipe Tasks"

# The names are MediaPipe's. Several files bear one name: with metadata and without, or of another
# year; those of the mediapipe 0.10.21 wheel are among them.
DETECTORS = {
    "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8": KnownFile(
        "face_detection_short_range.tflite", _SHORT_RANGE
    ),
    "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633": KnownFile(
        "face_detection_short_range.tflite, also face_detection_front.tflite", _SHORT_RANGE
    ),
    "42012b078cc201e994674ac863862577279644f3ba405729ccd964f03e9f12d5": KnownFile(
        "face_detection_short_range_with_metadata.tflite", _SHORT_RANGE
    ),
    "ee0a04c9e7bd24808309495a99b5e7dc96d107c018dcbd94eb1d062f239abb2c": KnownFile(
        "face-detector-quantized_edgetpu.tflite", ("coral_face_detection_desktop_live",)
    ),
    "2c3728e6da56f21e21a320433396fb06d40d9088f2247c05e5635a688d45dfe1": KnownFile(
        "face_detection_full_range_sparse.tflite", _FULL_RANGE
    ),
    "671dd2f9ed11a78436fc21cc42357a803dfc6f73e9fb86541be942d5716c2dce": KnownFile(
        "face_detection_full_range_sparse.tflite", _FULL_RANGE
    ),
    "0a058d9248f61fa8c902e12307c999c3b0312ce87e070600444c6f2f6ae727b9": KnownFile(
        "face_detection_full_range_sparse_with_metadata.tflite", _FULL_RANGE
    ),
    "3698b18f063835bc609069ef052228fbe86d9c9a6dc8dcb7c7c2d69aed2b181b": KnownFile(
        "face_detection_full_range.tflite", _FULL_RANGE
    ),
    "99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3": KnownFile(
        "face_detection_full_range.tflite", _FULL_RANGE
    ),
    "f5fd43a368d0eab9873f021eb741223a3e015759a46240a8dddf27af2def3f3e": KnownFile(
        "face_detection_full_range_with_metadata.tflite", _FULL_RANGE
    ),
    "1b14e9422c6ad006cde6581a46c8b90dd573c07ab7f3934b5589e7cea3f89a54": KnownFile(
        "palm_detection_full.tflite", _PALM_FULL
    ),
    "2f25e740121983f68ffc05f99991d524dc0ea812134f6316a26125816941ee85": KnownFile(
        "palm_detection_full.tflite", _PALM_FULL
    ),
    "e9a4aaddf90dda56a87235303cf00e4c2d3fb28725f68fd88772997dac905c18": KnownFile(
        "palm_detection_lite.tflite", ("palm_detection_lite",)
    ),
    "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c": KnownFile(
        "pose_detection.tflite", _POSE
    ),
    "a63c614bef30d35947f13be361820b1e4e3bec9cfeebf4d11216a18373108e85": KnownFile(
        "pose_detection.tflite", _POSE
    ),
    "d0a5255bf8c4f5a0bc4240741a76c41d5e939f7655078f945f50ab53a9375da6": KnownFile(
        "object_detection_ssd_mobilenetv2_oidv4_fp16.tflite", ("object_detection_oid_v4",)
    ),
    "8e10a2e2f5db85d8f90628f00752a89ff241c5b2ca82f3b92fc496c7bda122ef": KnownFile(
        "ssdlite_object_detection.tflite",
        ("object_detection_mobile", "object_detection_desktop_tflite", "autoflip_object_detection"),
    ),
    "237a58389081333e5cf4154e42b593ce7dd357445536fcaf4ca5bc51c2c50f1c": KnownFile(
        "efficientdet_lite0_fp16_no_nms.tflite", ("object_detector",)
    ),
    "bcda125c96d3767bca894c8cbe7bc458379c9974c9fd8bdc6204e7124a74082a": KnownFile(
        "efficientdet_lite0_fp16_no_nms.tflite", ("object_detector",)
    ),
    "dee1b4af055a644804d5594442300ecc9e4f7080c25b7c044c98f527eeabb6cf": KnownFile(
        "coco_efficientdet_lite0_v1_1.0_quant_2021_09_06.tflite", use=_OBJECT_TASK
    ),
    "f97efd21d6009a7b4b94b3e57baaeb77ec3225b42d32477f5003736a8084c081": KnownFile(
        "efficientdet_lite0_v1.tflite", use=_OBJECT_TASK
    ),
    "61d598093ed03ed41aa47c3a39a28ac01e960d6a810a5419b9a5016a1e9c469b": KnownFile(
        "coco_ssd_mobilenet_v1_1.0_quant_2018_06_29.tflite", use=_OBJECT_TASK
    ),
    "cbdecd08b44c5dea3821f77c5468e2936ecfbf43cde0795a2729fdb43401e58b": KnownFile(
        "ssd_mobilenet_v1.tflite", use=_OBJECT_TASK
    ),
    "e4b118e5e4531945de2e659742c7c590f7536f8d0ed26d135abcfe83b4779d13": KnownFile(
        "ssd_mobilenet_v1_no_metadata.tflite", use=_OBJECT_TASK
    ),
    "7df0e6fa124c6f30e5c5661f244e6c98bb8470ce2b487597541996b610c7cc87": KnownFile(
        "mobile_raid_det_nms_max_detections_40_max_labels_per_box_5_norm_coord.tflite",
        use=_OBJECT_TASK,
    ),
}

_FACE_MESH = "the graph face_landmark_front_cpu, or the task FaceLandmarker"
_HANDS = "the graph hand_landmark_tracking_cpu, or the task HandLandmarker"
_SELFIE = "the graph selfie_segmentation_cpu, or the task ImageSegmenter"

# What else the wheel of mediapipe 0.10.21 holds.
OTHERS = {
    "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814": KnownFile(
        "face_landmark.tflite", use=_FACE_MESH
    ),
    "e06a804e0144f9929eda782122916b35d60c697c3c9344013ca2bbe76a6ce2b4": KnownFile(
        "face_landmark_with_attention.tflite", use=_FACE_MESH
    ),
    "11c272b891e1a99ab034208e23937a8008388cf11ed2a9d776ed3d01d0ba00e3": KnownFile(
        "hand_landmark_full.tflite", use=_HANDS
    ),
    "048edd3645c9bf7397d19a9f6e3a42957d6e414c9bea6598030a2e9b624156e6": KnownFile(
        "hand_landmark_lite.tflite", use=_HANDS
    ),
    "67d996ce96f9d36fe17d2693022c6da93168026ab2f028f9e2365398d8ac7d5d": KnownFile(
        "hand_recrop.tflite", use="the graph holistic_landmark_cpu"
    ),
    "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f": KnownFile(
        "iris_landmark.tflite", use="MediaPipe's graph iris_landmark_left_and_right_cpu"
    ),
    "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f": KnownFile(
        "pose_landmark_full.tflite", use="the graph pose_landmark_cpu, or the task PoseLandmarker"
    ),
    "9ee168ec7c8f2a16c56fe8e1cfbc514974cbbb7e434051b455635f1bd1462f5c": KnownFile(
        "selfie_segmentation.tflite", use=_SELFIE
    ),
    "a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd": KnownFile(
        "selfie_segmentation_landscape.tflite", use=_SELFIE
    ),
}
