"""Builds a MediaPipe graph node by node and runs it to its end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from google.protobuf.message import Message
from mediapipe.framework import calculator_pb2
from mediapipe.python._framework_bindings import calculator_graph

# What MediaPipe's Python binding turns a failed status into.
_STATUS_ERRORS = (RuntimeError, ValueError, LookupError, OSError, NotImplementedError)


class StockError(Exception):
    """MediaPipe returned an error status; the text is its own."""


class GraphBuilder:
    """A graph config under construction."""

    def __init__(self) -> None:
        # One thread, so that a run is cheap and its order is fixed.
        self.config = calculator_pb2.CalculatorGraphConfig(num_threads=1)

    def node(
        self,
        calculator: str,
        *,
        inputs: Sequence[str] = (),
        outputs: Sequence[str] = (),
        side_inputs: Sequence[str] = (),
        side_outputs: Sequence[str] = (),
        options: Message | None = None,
    ) -> None:
        """Add a node; `options` is one of MediaPipe's calculator option messages."""
        node = self.config.node.add(
            calculator=calculator,
            input_stream=inputs,
            output_stream=outputs,
            input_side_packet=side_inputs,
            output_side_packet=side_outputs,
        )
        if options is not None:
            node.options.Extensions[type(options).ext].CopyFrom(options)

    def input_stream(self, name: str) -> str:
        self.config.input_stream.append(name)
        return name

    def run(
        self, packets: Iterable[tuple[str, Any]], outputs: Sequence[str]
    ) -> dict[str, list[Any]]:
        """Feed (stream, packet) pairs in order, close the graph, return each output's packets."""
        received: dict[str, list[Any]] = {name: [] for name in outputs}
        try:
            graph = calculator_graph.CalculatorGraph(graph_config=self.config)
            for name in outputs:
                graph.observe_output_stream(
                    name, lambda name, packet: received[name].append(packet)
                )
            graph.start_run()
            for name, packet in packets:
                graph.add_packet_to_input_stream(name, packet)
            graph.close_all_packet_sources()
            graph.wait_until_done()
        except _STATUS_ERRORS as error:
            raise StockError(str(error)) from None
        return received
