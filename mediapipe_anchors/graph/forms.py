"""The two forms of a graph, text and binary, behind one interface; neither loses anything."""

from __future__ import annotations

from typing import Any, Protocol

from mediapipe_anchors.graph.places import find_offset
from mediapipe_anchors.graph.source import GRAPH_TYPE
from mediapipe_anchors.graph.text import quoted
from mediapipe_anchors.pbtxt import Document, Edit, Message
from mediapipe_anchors.pbtxt.edit import edits, to_lines
from mediapipe_anchors.pbtxt.message import (
    any_content,
    any_type,
    check_fields,
    string,
    to_message,
)
from mediapipe_anchors.schema import find_extension, parse_message

ANY_PREFIX = "type.googleapis.com/"


class GraphForm(Protocol):
    """What `Graph` and `Node` ask of a form; `node` is a node's index, None the graph itself."""

    def node_count(self) -> int:
        """How many nodes the graph has."""

    def strings(self, node: int | None, field: str) -> list[str]:
        """The values of a field of strings, single or repeated, in order."""

    def line(self, node: int) -> int | None:
        """The 1-based line where a node begins; None in binary."""

    def line_of(self, node: int | None, place: str) -> int | None:
        """The line of a field by its path (see `places`), else of the node; None in binary."""

    def message(self, node: int, type_name: str, *, skip_unknown: bool = False) -> Any | None:
        """A copy of a node's options message of that type, or None if it has none.

        As in MediaPipe, the extension in `options` comes before `node_options`, and of several
        `node_options` of one type the last counts. `skip_unknown` passes over fields in text that
        the schema lacks.
        """

    def set_message(self, node: int, message: Any) -> None:
        """Make a node's options message say what `message` says; add it if there is none."""

    def set_string(self, node: int, field: str, index: int, text: str) -> None:
        """Replace a value of a node's field of strings."""

    def check_fields(self) -> None:
        """Raise `GraphError` for a field that the schema lacks, save in foreign extensions."""

    def to_text(self) -> str:
        """The graph in text format."""

    def to_binary(self) -> bytes:
        """The graph serialized."""


def form_of(content: Document | Any) -> GraphForm:
    """The form for a parsed text or a `CalculatorGraphConfig` message of the schema."""
    return TextForm(content) if isinstance(content, Document) else BinaryForm(content)


class TextForm:
    """A graph as text: all it does not touch stays byte for byte."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self._nodes: tuple[Document, list[Message]] | None = None  # of which document, and which
        self._read: dict[tuple[int, str, bool], Any | None] = {}  # messages of this document

    def node_count(self) -> int:
        return len(self.document.root.values("node"))

    def strings(self, node: int | None, field: str) -> list[str]:
        block = self.document.root if node is None else self._node(node)
        return [string(self.document, value) for value in block.values(field)]

    def line(self, node: int) -> int | None:
        starts = [
            value.start if field.list_span else field.start
            for field in self.document.root.named("node")
            for value in field.values
        ]
        return self.document.line(starts[node])

    def line_of(self, node: int | None, place: str) -> int | None:
        block = self.document.root if node is None else self._node(node)
        offset = find_offset(block, place)
        if offset is not None:
            return self.document.line(offset)
        return None if node is None else self.line(node)

    def message(self, node: int, type_name: str, *, skip_unknown: bool = False) -> Any | None:
        key = node, type_name, skip_unknown
        if key not in self._read:
            self._read[key] = self._message(node, type_name, skip_unknown)
        return _copy(self._read[key])

    def _message(self, node: int, type_name: str, skip_unknown: bool) -> Any | None:
        block = self._extension(node, type_name)
        if block is not None:
            return to_message(self.document, block, type_name, skip_unknown=skip_unknown)
        packed = self._packed(node, type_name)
        if packed is None:
            return None
        return any_content(self.document, packed, skip_unknown=skip_unknown)

    def set_message(self, node: int, message: Any) -> None:
        type_name = message.DESCRIPTOR.full_name
        current = self.message(node, type_name, skip_unknown=True)
        extension, packed = self._extension(node, type_name), self._packed(node, type_name)
        if extension is not None:
            changes = edits(self.document, extension, current, message)
        elif packed is not None:
            changes = self._packed_edits(packed, current, message)
        else:
            changes = [self._new_options(self._node(node), message)]
        self._apply(changes)

    def set_string(self, node: int, field: str, index: int, text: str) -> None:
        value = self._node(node).values(field)[index]
        self._apply([Edit(value.start, value.end, quoted(text))])

    def check_fields(self) -> None:
        check_fields(self.document, self.document.root, GRAPH_TYPE)

    def to_text(self) -> str:
        return self.document.text

    def to_binary(self) -> bytes:
        graph = to_message(self.document, self.document.root, GRAPH_TYPE)
        return bytes(graph.SerializeToString(deterministic=True))

    def _apply(self, changes: list[Edit]) -> None:
        self.document = self.document.apply(changes)
        self._read.clear()

    def _node(self, node: int) -> Message:
        if self._nodes is None or self._nodes[0] is not self.document:
            self._nodes = self.document, self._blocks(self.document.root, "node")
        return self._nodes[1][node]

    def _blocks(self, parent: Message, name: str) -> list[Message]:
        values = parent.values(name)
        for value in values:
            if not isinstance(value, Message):
                raise self.document.error(f"{name}: expected a message {{ ... }}", value)
        return [value for value in values if isinstance(value, Message)]

    def _only(self, parent: Message, name: str) -> Message | None:
        blocks = self._blocks(parent, name)
        if len(blocks) > 1:
            first = self.document.line(blocks[0].start)
            raise self.document.error(f"{name}: is already set in line {first}", blocks[1])
        return blocks[0] if blocks else None

    def _extension(self, node: int, type_name: str) -> Message | None:
        options = self._only(self._node(node), "options")
        return None if options is None else self._only(options, f"[{type_name}.ext]")

    def _packed(self, node: int, type_name: str) -> Message | None:
        blocks = self._blocks(self._node(node), "node_options")
        matching = [block for block in blocks if any_type(self.document, block) == type_name]
        return matching[-1] if matching else None

    def _packed_edits(self, packed: Message, current: Any, message: Any) -> list[Edit]:
        content = packed.fields[0].values[0]
        if isinstance(content, Message):
            return edits(self.document, content, current, message)
        name = f"[{ANY_PREFIX}{message.DESCRIPTOR.full_name}]"
        text = " ".join(line.strip() for line in _block_lines(name, to_lines(message)))
        return [Edit(packed.start, packed.end, f"{{ {text} }}")]

    def _new_options(self, node: Message, message: Any) -> Edit:
        type_name, content = message.DESCRIPTOR.full_name, to_lines(message)
        nodes = self._blocks(self.document.root, "node")
        uses = [any(other.named(name) for other in nodes) for name in ("options", "node_options")]
        if find_extension(f"{type_name}.ext") is None or not _prefers_options(*uses):
            packed = _block_lines(f"[{ANY_PREFIX}{type_name}]", content)
            return self.document.insert(node, _block_lines("node_options", packed))
        extension = _block_lines(f"[{type_name}.ext]", content)
        options = self._only(node, "options")
        if options is None:
            return self.document.insert(node, _block_lines("options", extension))
        return self.document.insert(options, extension)


class BinaryForm:
    """A graph as a message of our schema: what the schema lacks stays as unknown fields."""

    def __init__(self, message: Any) -> None:
        self.graph = message

    def node_count(self) -> int:
        return len(self.graph.node)

    def strings(self, node: int | None, field: str) -> list[str]:
        value = getattr(self.graph if node is None else self.graph.node[node], field)
        if isinstance(value, str):
            return [value] if value else []
        return list(value)

    def line(self, node: int) -> int | None:
        return None

    def line_of(self, node: int | None, place: str) -> int | None:
        return None

    def message(self, node: int, type_name: str, *, skip_unknown: bool = False) -> Any | None:
        extension = self._extension(node, type_name)
        if extension is not None:
            return _copy(extension)
        packed = self._packed(node, type_name)
        return None if packed is None else parse_message(packed.value, type_name)

    def set_message(self, node: int, message: Any) -> None:
        type_name = message.DESCRIPTOR.full_name
        extension, packed = self._extension(node, type_name), self._packed(node, type_name)
        if extension is None and packed is None:
            extension, packed = self._new_options(node, type_name)
        if extension is not None:
            extension.CopyFrom(message)
        else:
            assert packed is not None
            packed.value = message.SerializeToString(deterministic=True)

    def set_string(self, node: int, field: str, index: int, text: str) -> None:
        getattr(self.graph.node[node], field)[index] = text

    def check_fields(self) -> None:
        """As MediaPipe, which passes over such fields in binary."""

    def to_text(self) -> str:
        return "\n".join(to_lines(self.graph)) + "\n"

    def to_binary(self) -> bytes:
        return bytes(self.graph.SerializeToString(deterministic=True))

    def _extension(self, node: int, type_name: str) -> Any | None:
        options, descriptor = self.graph.node[node].options, find_extension(f"{type_name}.ext")
        if descriptor is None or not options.HasExtension(descriptor):
            return None
        return options.Extensions[descriptor]

    def _packed(self, node: int, type_name: str) -> Any | None:
        packs = self.graph.node[node].node_options
        matching = [packed for packed in packs if packed.type_url.endswith(f"/{type_name}")]
        return matching[-1] if matching else None

    def _new_options(self, node: int, type_name: str) -> tuple[Any | None, Any | None]:
        """An empty extension, or else an empty Any, for a node's options of that type."""
        nodes, descriptor = self.graph.node, find_extension(f"{type_name}.ext")
        uses_options = any(other.HasField("options") for other in nodes)
        uses_packed = any(other.node_options for other in nodes)
        if descriptor is None or not _prefers_options(uses_options, uses_packed):
            return None, nodes[node].node_options.add(type_url=ANY_PREFIX + type_name)
        return nodes[node].options.Extensions[descriptor], None


def _copy(message: Any | None) -> Any | None:
    if message is None:
        return None
    copy = type(message)()
    copy.CopyFrom(message)
    return copy


def _prefers_options(uses_options: bool, uses_packed: bool) -> bool:
    """Whether new options become an extension: unless the graph only uses `node_options`."""
    return uses_options or not uses_packed


def _block_lines(name: str, content: list[str]) -> list[str]:
    return [f"{name} {{", *("  " + line for line in content), "}"]
