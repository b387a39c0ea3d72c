"""Stock `SsdAnchorsCalculator`."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from mediapipe.python import packet_getter

from mediapipe_anchors.options import SsdAnchorsOptions
from oracle.graphs import GraphBuilder
from oracle.messages import options_message


def stock_anchors(options: SsdAnchorsOptions) -> npt.NDArray[np.float32]:
    """float32 [N, 4]: x_center, y_center, w, h as the stock calculator makes them."""
    graph = GraphBuilder()
    graph.node("SsdAnchorsCalculator", side_outputs=["anchors"], options=options_message(options))
    graph.node(
        "SidePacketToStreamCalculator", side_inputs=["anchors"], outputs=["AT_ZERO:anchors_at_zero"]
    )
    (packet,) = graph.run([], ["anchors_at_zero"])["anchors_at_zero"]
    rows = [(a.x_center, a.y_center, a.w, a.h) for a in packet_getter.get_proto_list(packet)]
    return np.array(rows, np.float32).reshape(-1, 4)
