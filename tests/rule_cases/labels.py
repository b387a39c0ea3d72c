"""Detections of several classes, some of which have no label."""

from __future__ import annotations

from rule_cases import Danger, Safe
from rule_cases.detector import NMS
from rule_cases.nms_flaws import BOTH_LABELS, labelled

SEVERAL = "max_classes_per_detection: 2"
ONE_LABEL = 'label: "cat"'

DANGERS = {
    "a class without a label beside one with": Danger(labelled(ONE_LABEL, NMS, SEVERAL), "label"),
    "a class without a label item": Danger(
        labelled('label_items { key: 0 value { name: "cat" } }', NMS, SEVERAL), "label_items"
    ),
}

SAFE = {
    "a label for each class": Safe(labelled(BOTH_LABELS, NMS, SEVERAL)),
    "labels beside class numbers": Safe(
        labelled(f"{ONE_LABEL} keep_label_id: true", NMS, SEVERAL), codes=("labels-missing",)
    ),
    "a label too few for single classes": Safe(labelled(ONE_LABEL, NMS), codes=("labels-missing",)),
}
