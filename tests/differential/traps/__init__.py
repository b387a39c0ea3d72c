"""The traps of MediaPipe's calculators: what they do with odd input, and what we do instead."""

from differential.traps.anchors import ANCHOR_TRAPS
from differential.traps.decode import DECODE_TRAPS
from differential.traps.decode_postprocessed import POSTPROCESSED_TRAPS
from differential.traps.nms import NMS_TRAPS
from differential.traps.projection import PROJECTION_TRAPS
from differential.traps.trap import Trap

TRAPS = [*ANCHOR_TRAPS, *DECODE_TRAPS, *POSTPROCESSED_TRAPS, *NMS_TRAPS, *PROJECTION_TRAPS]

__all__ = ["TRAPS", "Trap"]
