"""Which outputs of a node are its inputs' packets: the table by which the wiring rules walk.

It holds the calculators of mediapipe 0.10.21 that pass packets on as they are, and those that pass
on detections with their boxes and keypoints, or tensors with their number and shapes. (None turns a
stream into a side packet, and none turns a side packet into detections, tensors or anchors.)
"""

from __future__ import annotations

import dataclasses

ANY = "*"


@dataclasses.dataclass(frozen=True)
class Entry:
    """A stream or side packet of a node; the index counts those of one tag."""

    tag: str
    index: int
    name: str


@dataclasses.dataclass(frozen=True)
class Route:
    """A way through a node.

    Attributes:
        source, target: tags of an input and an output, "" for those without one. `ANY` for both:
            each input comes out at the output of its own tag.
        each: it comes out at the output of its own index only, not at all of them.
    """

    source: str
    target: str
    each: bool = True

    def joins(self, source: Entry, target: Entry) -> bool:
        """Whether the input's packets come out at the output."""
        if self.each and source.index != target.index:
            return False
        if self.source == self.target == ANY:
            return source.tag == target.tag
        return (source.tag, target.tag) == (self.source, self.target)


_UNTAGGED = (Route("", ""),)
_DETECTIONS = Route("DETECTIONS", "DETECTIONS")
_JOINED = (Route("", "", each=False),)
_CLONES = Route("CLONE", "CLONE")
_TRANSFORMED = tuple(
    Route(source, f"{form}_{target}", each=False)
    for source in ("DETECTION", "DETECTIONS")
    for form in ("PIXEL", "RELATIVE")
    for target in ("DETECTION", "DETECTIONS")
)

# What GateCalculator and the two Switch calculators pass on depends on a control: see `ways.py`.
FORWARDS: dict[str, tuple[Route, ...]] = {
    "BeginLoopDetectionCalculator": (Route("ITERABLE", "ITEM"), _CLONES),
    "ClipDetectionVectorSizeCalculator": _UNTAGGED,
    "DetectionLabelIdToTextCalculator": _UNTAGGED,
    "DetectionLetterboxRemovalCalculator": (_DETECTIONS,),
    "DetectionProjectionCalculator": (_DETECTIONS,),
    "DetectionTransformationCalculator": _TRANSFORMED,
    "DetectionUniqueIdCalculator": (_DETECTIONS,),
    "DetectionsDeduplicateCalculator": _UNTAGGED,
    "EndLoopDetectionCalculator": (Route("ITEM", "ITERABLE"),),
    "FilterDetectionCalculator": (Route("DETECTION", "DETECTION"), _DETECTIONS),
    "FlowLimiterCalculator": _UNTAGGED,
    "GetDetectionVectorItemCalculator": (Route("VECTOR", "ITEM"),),
    "MergeCalculator": _JOINED,
    "MergeDetectionsToVectorCalculator": _JOINED,
    "NonMaxSuppressionCalculator": _JOINED,
    "PacketSequencerCalculator": (Route("INPUT", "OUTPUT"),),
    "PassThroughCalculator": (Route(ANY, ANY),),
    "PreviousLoopbackCalculator": (Route("LOOP", "PREV_LOOP"),),
    "SplitDetectionVectorCalculator": _JOINED,
    "TensorsDequantizationCalculator": (Route("TENSORS", "TENSORS"),),
}
# The loops over other things, for what they clone at each.
FORWARDS |= {
    f"BeginLoop{things}Calculator": (_CLONES,)
    for things in (
        *("Float", "Image", "Int", "Matrix", "NormalizedLandmarkListVector", "NormalizedRect"),
        *("String", "Tensor"),
    )
}

# Side packets are passed on by this one, and by the two Switch calculators.
FORWARDS_SIDE_PACKETS = {"PassThroughCalculator": FORWARDS["PassThroughCalculator"]}

# These do not pass on what they get, but only if they get a packet do they send one.
DEPENDS: dict[str, tuple[Route, ...]] = {
    "FromImageCalculator": (Route("IMAGE", "IMAGE_CPU"),),
    "ImageToTensorCalculator": (Route("IMAGE", "TENSORS"),),
    "ImageTransformationCalculator": (Route("IMAGE", "IMAGE"),),
    "InferenceCalculator": (Route("TENSORS", "TENSORS"),),
    "InferenceCalculatorCpu": (Route("TENSORS", "TENSORS"),),
    "TensorConverterCalculator": (Route("IMAGE", "TENSORS"),),
    "TfLiteConverterCalculator": (Route("IMAGE", "TENSORS"),),
    "TfLiteInferenceCalculator": (Route("TENSORS", "TENSORS"),),
    "ToImageCalculator": (Route("IMAGE_CPU", "IMAGE"),),
}

# What these send has another time than what they got.
SHIFTS_TIME = ("PacketSequencerCalculator", "PreviousLoopbackCalculator")

# These put the detections of several packets into one.
MIXES = (
    "EndLoopDetectionCalculator",
    "MergeDetectionsToVectorCalculator",
    "NonMaxSuppressionCalculator",
)
