"""`Graph` and `Node`: a MediaPipe graph, text or binary, read and edited without loss."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mediapipe_anchors.errors import GraphError
from mediapipe_anchors.graph.forms import GraphForm, TextForm, form_of
from mediapipe_anchors.graph.options_message import (
    OPTIONS_OF_CALCULATOR,
    from_message,
    to_message,
    type_name_of,
    update,
)
from mediapipe_anchors.graph.source import load, to_own
from mediapipe_anchors.options import CalculatorOptions
from mediapipe_anchors.pbtxt import Document
from mediapipe_anchors.schema import message_class


def stream_name(entry: str) -> str:
    """The name in "name", "TAG:name" or "TAG:0:name"."""
    return entry.rpartition(":")[2]


def stream_tag(entry: str) -> str:
    """The tag in "TAG:name" or "TAG:0:name"; "" where there is none."""
    return entry.partition(":")[0] if ":" in entry else ""


class Graph:
    """A `CalculatorGraphConfig` in the form it came in; make one with `Graph.read`.

    A text graph stays text: edits change the values they are about and nothing else. A binary graph
    stays a message. Neither loses calculators, fields or extensions that the package does not know;
    only turning one form into the other needs to know them all.

    Attributes:
        path: the file it was read from, or None.
        nodes: its nodes, in order.
    """

    def __init__(self, form: GraphForm, path: Path | None = None) -> None:
        self._form = form
        self.path = path
        self.nodes = [Node(form, index) for index in range(form.node_count())]

    @classmethod
    def read(cls, source: Any) -> Graph:
        """Read a graph.

        Args:
            source: a path; text; bytes, text or binary; a `CalculatorGraphConfig` message,
                mediapipe's own too; or a `Graph`, which is returned as it is. A str is text if it
                holds a line break or "{", or begins with "name:"; any other str is a path. What
                bytes or a file hold is told by their contents, not by the file's name.

        Raises:
            GraphError: nothing there, or not a graph; with the line, for text.
        """
        if isinstance(source, Graph):
            return source
        path, content = load(source)
        if isinstance(content, Document) and not content.root.fields:
            raise GraphError("empty: expected the fields of a graph", path=path)
        return cls(form_of(content), path)

    @property
    def is_text(self) -> bool:
        """Whether the graph is text; a binary graph has no lines and no comments."""
        return isinstance(self._form, TextForm)

    @property
    def input_streams(self) -> list[str]:
        """The graph's input streams as written: "TAG:name" or "name"."""
        return self._form.strings(None, "input_stream")

    @property
    def output_streams(self) -> list[str]:
        """The graph's output streams as written."""
        return self._form.strings(None, "output_stream")

    @property
    def input_side_packets(self) -> list[str]:
        """The graph's input side packets as written."""
        return self._form.strings(None, "input_side_packet")

    @property
    def output_side_packets(self) -> list[str]:
        """The graph's output side packets as written."""
        return self._form.strings(None, "output_side_packet")

    def line_of(self, place: str) -> int | None:
        """The 1-based line of a field of the graph, by its path; None where it is not written.

        Args:
            place: names joined by dots, "[2]" behind one that is repeated:
                "executor[0].num_threads". Names of extensions and `options` are left out.
        """
        return self._form.line_of(None, place)

    def check_fields(self) -> None:
        """Raise `GraphError` where a text graph has a field or value that MediaPipe does not take.

        Extensions that the schema lacks are passed over: they may belong to calculators of one's
        own. So is what it lacks in a binary graph, as in MediaPipe.
        """
        self._form.check_fields()

    def to_text(self) -> str:
        """The graph in text format; a text graph's own text, with its comments.

        Raises:
            GraphError: a binary graph holds a field or extension that the schema lacks.
        """
        return self._form.to_text()

    def to_binary(self) -> bytes:
        """The graph serialized.

        Raises:
            GraphError: a text graph holds a field, extension or value that the schema does not
                take; with its line.
        """
        return self._form.to_binary()

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the graph: as text where the path ends in .pbtxt, as binary where in .binarypb."""
        path = Path(path)
        if path.suffix not in (".pbtxt", ".binarypb"):
            raise GraphError("expected a name that ends in .pbtxt or .binarypb", path=path)
        data = self.to_text().encode("utf-8") if path.suffix == ".pbtxt" else self.to_binary()
        try:
            path.write_bytes(data)
        except OSError as error:
            raise GraphError(f"cannot be written: {error.strerror}", path=path) from None

    def __repr__(self) -> str:
        where = "" if self.path is None else f"{str(self.path)!r}, "
        return f"Graph({where}{len(self.nodes)} nodes)"


class Node:
    """One node of a graph: a view, so that what is set shows in the graph."""

    def __init__(self, form: GraphForm, index: int) -> None:
        self._form = form
        self._index = index
        self._options: Any | None = None  # as last read

    @property
    def name(self) -> str:
        """The node's name, "" where it has none."""
        return self._single("name")

    @property
    def calculator(self) -> str:
        """The calculator or subgraph it runs, without the leading dot that MediaPipe allows."""
        return self._single("calculator").removeprefix(".")

    @property
    def input_streams(self) -> list[str]:
        """Its input streams as written: "TAG:name", "TAG:0:name" or "name"."""
        return self._form.strings(self._index, "input_stream")

    @property
    def output_streams(self) -> list[str]:
        """Its output streams as written."""
        return self._form.strings(self._index, "output_stream")

    @property
    def input_side_packets(self) -> list[str]:
        """Its input side packets as written."""
        return self._form.strings(self._index, "input_side_packet")

    @property
    def output_side_packets(self) -> list[str]:
        """Its output side packets as written."""
        return self._form.strings(self._index, "output_side_packet")

    @property
    def option_values(self) -> list[str]:
        """Its `option_value` entries as written: "field:field of the graph's options"."""
        return self._form.strings(self._index, "option_value")

    @property
    def line(self) -> int | None:
        """The 1-based line where it begins; None in a binary graph."""
        return self._form.line(self._index)

    def line_of(self, place: str) -> int | None:
        """The 1-based line of a field, of its options too; where it begins if that is not written.

        Args:
            place: as for `Graph.line_of`: "input_stream[1]", "num_boxes".

        Returns:
            None in a binary graph.
        """
        return self._form.line_of(self._index, place)

    def options(self) -> Any | None:
        """Its options, if it runs one of the three detection calculators; else None.

        A node without options gives the defaults, as in MediaPipe. Values that `option_value` takes
        from the options of a subgraph are not in them.

        Returns:
            SsdAnchorsOptions, TensorsToDetectionsOptions, NonMaxSuppressionOptions, or None.

        Raises:
            GraphError: a field that the schema does not know (in text, as MediaPipe refuses it; in
                binary MediaPipe passes over it, and so does this), or a bad value.
        """
        kind = OPTIONS_OF_CALCULATOR.get(self.calculator)
        if kind is None:
            return None
        if self._options is None:
            message = self.message(type_name_of(kind))
            self._options = kind() if message is None else from_message(kind, message)
        return self._options

    def set_options(self, options: CalculatorOptions) -> None:
        """Make its options say what `options` says.

        In text only the values that differ change; comments, order, fields that the schema does not
        know and fields set to their default stay. Options that are not there yet are added, in the
        form (`options` or `node_options`) that the graph uses already.

        Raises:
            GraphError: the node runs another calculator, or its options cannot be read.
        """
        kind = type(options)
        expected = OPTIONS_OF_CALCULATOR.get(self.calculator)
        if kind is not expected:
            takes = "a message, through set_message" if expected is None else expected.__name__
            raise GraphError(
                f"options of a {self.calculator}: got a {kind.__name__}, expected {takes}",
                line=self.line,
            )
        message = self._form.message(self._index, type_name_of(kind), skip_unknown=True)
        if message is None:
            message = to_message(options)
            if not message.ListFields():  # defaults need no options
                return
        else:
            update(message, options)
        self._form.set_message(self._index, message)
        self._options = None

    def message(self, type_name: str) -> Any | None:
        """A copy of its options message of that type, or None if it has none.

        Args:
            type_name: full name of a message of the schema, such as
                "mediapipe.InferenceCalculatorOptions".

        Raises:
            GraphError: not in the schema, or a field that the schema does not know in text.
        """
        message_class(type_name)
        return self._form.message(self._index, type_name)

    def set_message(self, message: Any) -> None:
        """Make its options message of that type say what `message` says; see `set_options`.

        Args:
            message: of the schema (from `message`), or mediapipe's own of the same name.
        """
        self._form.set_message(self._index, to_own(message))
        self._options = None

    def set_entry(self, field: str, index: int, entry: str) -> None:
        """Replace one entry of "input_stream", "output_side_packet" and so on; the rest stays."""
        self._form.set_string(self._index, field, index, entry)

    def _single(self, field: str) -> str:
        values = self._form.strings(self._index, field)
        if len(values) > 1:
            raise GraphError(f"node: {field} is set {len(values)} times", line=self.line)
        return values[0] if values else ""

    def __repr__(self) -> str:
        return f"Node({self.calculator!r}, line={self.line})"
