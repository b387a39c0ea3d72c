"""`inspect_model`: from a `.tflite` file to what it is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence, Set
from typing import Any

import numpy as np
import numpy.typing as npt

from mediapipe_anchors.anchors import generate_anchors
from mediapipe_anchors.inspection.candidates import FoundLayout, candidates_by_layout
from mediapipe_anchors.inspection.candidates_by_count import candidates_by_count
from mediapipe_anchors.inspection.describe_heads import Heads, examine_heads
from mediapipe_anchors.inspection.ends import (
    input_size,
    is_image,
    mapping,
    output_roles,
    tensor_report,
)
from mediapipe_anchors.inspection.known import DETECTORS, OTHERS
from mediapipe_anchors.inspection.movement import ACTIVATIONS
from mediapipe_anchors.inspection.notes import DECODED_USE, raw_notes, raw_summary
from mediapipe_anchors.inspection.other_kinds import other_kind
from mediapipe_anchors.inspection.postprocessed import (
    NAME,
    OUTPUT_ROLES,
    constant_anchors,
    find_operator,
    raw_roles,
    report_postprocess,
)
from mediapipe_anchors.inspection.recognise import EXACT, recognise
from mediapipe_anchors.inspection.report import (
    Candidate,
    HeadsReport,
    KnownModel,
    ModelKind,
    ModelReport,
    UnknownOption,
)
from mediapipe_anchors.inspection.roles import Roles, find_roles
from mediapipe_anchors.inspection.sizes import constant_tensors
from mediapipe_anchors.inspection.stated import read_stated, report_stated
from mediapipe_anchors.inspection.unknowns import unknown_options
from mediapipe_anchors.inspection.walk import walk_back
from mediapipe_anchors.options import TensorsToDetectionsOptions
from mediapipe_anchors.presets import Preset
from mediapipe_anchors.tflite import Model, Operator, read_model
from mediapipe_anchors.tflite.metadata import TensorMetadata

Anchors = npt.NDArray[np.float32]

POSTPROCESSED_USE = (
    "the task ObjectDetector of MediaPipe Tasks, or TensorsToDetectionsCalculator with four tensors"
)


def inspect_model(source: str | os.PathLike[str] | bytes) -> ModelReport:
    """Say what a `.tflite` model is: its outputs, feature maps, anchors and what decodes it.

    Needs neither MediaPipe nor TensorFlow, and runs nothing: all is told from the file. What the
    file does not tell is said to be unknown.

    Args:
        source: a path, or the bytes of the file.

    Raises:
        ModelError: it cannot be read, is no TFLite model, or a damaged one.
    """
    model = read_model(source)
    return _Examination(model).report()


class _Examination:
    """A model with what is found out of it step by step."""

    def __init__(self, model: Model) -> None:
        from mediapipe_anchors.presets.table import PRESETS

        self.model = model
        self.presets = PRESETS
        self.constants: Set[int] = constant_tensors(model)
        self.sha256 = hashlib.sha256(model.file.data).hexdigest()
        self.input_size = input_size(model)
        self.stated = read_stated(model, self.input_size)
        self.notes: list[str] = [*self.stated.problems]

    def report(self) -> ModelReport:
        operator = find_operator(self.model)
        if operator is not None:
            return self._postprocessed(operator)
        roles = None
        if self.sha256 not in OTHERS:
            roles = find_roles(self.model, self._names(), self._has_activation())
        if roles is None:
            return self._other("")
        heads = self._heads(roles)
        return self._other(heads.verdict) if heads.verdict else self._raw(roles, heads)

    def _heads(self, roles: Roles, num_labels: Any = None) -> Heads:
        labels = [entry.labels for entry in self._stated_outputs() if entry.labels is not None]
        if num_labels is None and labels:
            num_labels = len(labels[0])
        return examine_heads(self.model, self.constants, roles, self.input_size, num_labels)

    def _stated_outputs(self) -> tuple[TensorMetadata, ...]:
        metadata = self.stated.metadata
        return () if metadata is None else metadata.outputs

    def _names(self) -> list[str]:
        """For each output the names that it has: the tensor's, the signature's, the metadata's."""
        stated = self._stated_outputs()
        names = [
            f"{tensor.name} {self.model.output_names.get(tensor.index, '')}"
            for tensor in self.model.outputs
        ]
        if len(stated) != len(names):
            return names
        return [f"{name} {entry.name}" for name, entry in zip(names, stated, strict=True)]

    def _has_activation(self) -> list[bool]:
        first = np.zeros(1, np.int64)
        walks = [
            walk_back(self.model, self.constants, tensor.index, first)
            for tensor in self.model.outputs
        ]
        return [bool(set(ACTIVATIONS) & walk.names()) for walk in walks]

    def _report(self, kind: ModelKind, summary: str, **parts: Any) -> ModelReport:
        model, roles = self.model, parts.pop("output_roles", {})
        order = parts.pop("tasks_order", "")
        path = model.path
        return ModelReport(
            path=None if path is None else os.fspath(path),
            sha256=self.sha256,
            num_bytes=len(model.file.data),
            description=model.description,
            kind=kind,
            summary=summary,
            input_size=self.input_size,
            inputs=tuple(
                tensor_report(tensor, "image" if is_image(tensor) else "")
                for tensor in model.inputs
            ),
            outputs=tuple(
                tensor_report(tensor, roles.get(tensor.index, "")) for tensor in model.outputs
            ),
            metadata=report_stated(model, self.stated, kind is not ModelKind.OTHER, order),
            notes=(*self.notes, *parts.pop("notes", ())),
            **parts,
        )

    def _other(self, verdict: str) -> ModelReport:
        known = OTHERS.get(self.sha256)
        kind = other_kind(self.model, self.constants, self.input_size)
        summary, use = kind.summary, kind.use
        if verdict:
            summary, use = verdict, DECODED_USE
        if known is not None:
            use = known.use
        return self._report(
            ModelKind.OTHER,
            summary,
            known=None if known is None else KnownModel(known.name, (), EXACT),
            use=use,
        )

    def _postprocessed(self, operator: Operator) -> ModelReport:
        model = self.model
        anchors = None
        if len(operator.inputs) > 2 and operator.inputs[2] >= 0:
            anchors = constant_anchors(model, operator.inputs[2])
        roles = raw_roles(model, operator)
        known = DETECTORS.get(self.sha256)
        postprocess, notes = report_postprocess(
            model, operator, anchors, self.input_size, self.presets
        )
        num_classes = postprocess.options.get("num_classes")
        heads = None if roles is None else self._heads(roles, num_classes)
        if anchors is not None and heads is not None and len(anchors) != heads.report.num_boxes:
            count = heads.report.num_boxes
            notes += (f"{len(anchors)} anchors for {count} rows: TFLite refuses the model",)
            anchors = None
        return self._report(
            ModelKind.POSTPROCESSED_DETECTOR,
            f"a detector that decodes and suppresses itself, with the operator {NAME}",
            known=None if known is None else KnownModel(known.name, known.presets, EXACT),
            output_roles=dict(zip(operator.outputs, OUTPUT_ROLES, strict=False)),
            heads=None if heads is None else heads.report,
            places=None if heads is None else heads.places,
            postprocess=postprocess,
            anchors=anchors,
            anchors_source="" if anchors is None else f"the constant of {NAME}",
            use=POSTPROCESSED_USE,
            notes=(*notes, *(() if heads is None else heads.notes)),
        )

    def _raw(self, roles: Roles, heads: Heads) -> ModelReport:
        report = heads.report
        known = recognise(self.sha256, self.presets, self.input_size, report)
        anchors, source = self._anchors(roles, known)
        candidates = self._candidates(report, known)
        certain = known is not None and known.match == EXACT
        return self._report(
            ModelKind.RAW_DETECTOR,
            raw_summary(report),
            known=known,
            output_roles=output_roles(roles),
            tasks_order=report.output_order,
            heads=report,
            places=heads.places,
            candidates=candidates,
            unknown=() if certain else self._unknown(candidates, report),
            decode=self._decode(roles, report, known),
            anchors=anchors,
            anchors_source=source,
            notes=(*heads.notes, *raw_notes(self.model, roles, report, len(candidates))),
        )

    def _anchors(self, roles: Roles, known: KnownModel | None) -> tuple[Anchors | None, str]:
        """The anchors where they are certain, and where they are from."""
        count = roles.num_rows
        if known is not None and known.match == EXACT and known.presets:
            row = self._preset(known.presets[0])
            if row.anchors is not None and row.decode.num_boxes == count:
                return generate_anchors(row.anchors), f"preset {row.name}: this is its model file"
        if roles.anchors is not None:
            constant = constant_anchors(self.model, roles.anchors.index)
            if constant is not None and len(constant) == count:
                return constant, f"the model's output {roles.anchors.name}"
        stated = self.stated
        if stated.anchors is not None and stated.detector is not None:
            if len(stated.anchors) == count:
                return stated.anchors, stated.detector.entry
            self.notes.append(
                f"{stated.detector.entry} has {len(stated.anchors)} anchors for {count} rows"
            )
        return None, ""

    def _preset(self, name: str) -> Preset:
        return next(row for row in self.presets if row.name == name)

    def _candidates(self, heads: HeadsReport, known: KnownModel | None) -> tuple[Candidate, ...]:
        names = () if known is None else known.presets
        first = [self._preset(name) for name in names]
        if known is not None and known.match == EXACT and first:
            anchors = first[0].anchors
            reason = "this is its model file"
            return () if anchors is None else (Candidate(anchors, reason, first[0].name),)
        presets = [*first, *(row for row in self.presets if row.name not in names)]
        if not heads.maps or self.input_size is None:
            return candidates_by_count(heads.num_boxes, self.input_size, presets)
        if not all(each.is_standard for each in heads.maps):
            return ()
        strides = tuple(each.stride for each in heads.maps)
        return candidates_by_layout(FoundLayout(self.input_size, heads.layout, strides), presets)

    def _unknown(
        self, candidates: Sequence[Candidate], heads: HeadsReport
    ) -> tuple[UnknownOption, ...]:
        if self.stated.anchors is not None:
            return ()
        metadata = self.stated.metadata
        states_range = metadata is not None and metadata.inputs and metadata.inputs[0].mean
        is_float = any(tensor.dtype.startswith("float") for tensor in self.model.inputs)
        knows_range = bool(states_range) or not is_float
        return unknown_options(candidates, heads.num_keypoints, knows_range, self.presets)

    def _decode(
        self, roles: Roles, heads: HeadsReport, known: KnownModel | None
    ) -> TensorsToDetectionsOptions:
        """What the file tells of the decoding; all of it for an exact file or from metadata."""
        if known is not None and known.match == EXACT and known.presets:
            return self._preset(known.presets[0]).decode
        if self.stated.detector is not None:
            return self.stated.detector.decode
        keypoints = heads.num_keypoints
        return TensorsToDetectionsOptions(
            num_classes=heads.num_classes,
            num_boxes=heads.num_boxes,
            num_coords=heads.num_coords,
            num_keypoints=keypoints,
            keypoint_coord_offset=4 if keypoints else 0,
            sigmoid_score=heads.activation is None,
            tensor_mapping=mapping(self.model, roles),
        )
