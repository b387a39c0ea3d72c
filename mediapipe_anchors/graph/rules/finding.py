"""What a rule is, and what it says of a graph."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from mediapipe_anchors.errors import shorten
from mediapipe_anchors.graph import Node

if TYPE_CHECKING:
    from mediapipe_anchors.graph.rules.subject import Subject


class Severity(str, enum.Enum):
    """How much a finding matters: only errors and warnings count."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Ending(str, enum.Enum):
    """How MediaPipe takes what a rule finds."""

    DIES = "dies"  # a failed assertion, a signal, no memory: the process ends
    HANGS = "hangs"
    STRAYS = "strays"  # it reads or writes out of bounds, or what it does is undefined
    REFUSES = "refuses"  # it answers with an error status
    MISLEADS = "misleads"  # it runs, and the results are wrong, missing or not what one expects

    @property
    def is_fatal(self) -> bool:
        """Whether no error can be caught: then `run_graph` refuses, in MediaPipe's place."""
        return self in (Ending.DIES, Ending.HANGS, Ending.STRAYS)


class Replacement(NamedTuple):
    """A value that sets a node right.

    Attributes:
        field: within the options message ("num_boxes", "tensor_mapping.scores_tensor_index",
            "ranges[1].end"); or "input_stream[0]", "output_stream[0]", "input_side_packet[0]" or
            "output_side_packet[0]" of the node itself.
        value: the new value; None takes the field out.
        options: name of the options message, without its package; "" for the calculator's own.
    """

    field: str
    value: Any
    options: str = ""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a node of a graph, or with the graph (`node` is None).

    Attributes:
        node: the node.
        field: what is wrong there, for the reader.
        value: what it holds.
        expected: what it should hold.
        fix: what to write instead, where `expected` does not say.
        place: the path of the field in the text, where that is not `field`: names joined by dots,
            "[2]" behind one that is repeated, such as "input_stream[0]". The names of extensions,
            and `options` and `node_options` of a node, are left out.
        replace: the unambiguous correction, if there is one.
    """

    node: Node | None
    field: str
    value: object
    expected: str
    fix: str | None = None
    place: str | None = None
    replace: tuple[Replacement, ...] = ()

    def __str__(self) -> str:
        name = "" if self.node is None else f"{self.node.calculator}: "
        if self.node is not None and self.node.name:
            name = f"{self.node.calculator} ({self.node.name}): "
        text = f"{name}{self.what}"
        return f"{text}; {self.fix}" if self.fix else text

    @property
    def what(self) -> str:
        """The field, what it holds, and what it should hold."""
        return f"{self.field}: {_held(self.value)}, expected {self.expected}"


def _held(value: object) -> str:
    """A value as a graph in text has it."""
    if value is None:
        return "not set"
    if isinstance(value, enum.Enum):
        return f"got {value.name}"
    return f"got {str(value).lower() if isinstance(value, bool) else shorten(value)}"


Check = Callable[["Subject"], Iterable[Finding]]


@dataclasses.dataclass(frozen=True)
class Rule:
    """A mistake that is looked for: its code, what it leads to, and what finds it.

    Attributes:
        code: its name for good, in kebab-case: "too-few-anchors".
        severity: ERROR for what ends or spoils a run, WARNING for what likely does, INFO for what
            is worth knowing.
        ending: how MediaPipe takes it.
        check: yields what it finds.
        effect: what happens at run time, one plain sentence.
        cause: how a graph comes to have it.
        cure: what to do about it.
        before, after: the fields in text format that have it, and that do not; a line or two.
        calculator: that whose node is at fault, or several; "" for the graph as a whole.
        says: pieces of MediaPipe's own message, or of its log, as one would search for them.
        answered: `run_graph` raises `OptionsError` although MediaPipe would answer with an error
            status, which says less.
    """

    code: str
    severity: Severity
    ending: Ending
    check: Check
    effect: str
    cause: str = ""
    cure: str = ""
    before: str = ""
    after: str = ""
    calculator: str = ""
    says: tuple[str, ...] = ()
    answered: bool = False

    @property
    def is_refused(self) -> bool:
        """Whether `run_graph` raises `OptionsError` for it."""
        return self.severity is Severity.ERROR and (self.ending.is_fatal or self.answered)


def rule(code: str, severity: Severity, ending: Ending, **more: Any) -> Callable[[Check], Rule]:
    """Makes a `Rule` of the function that follows; `more` are the rule's other attributes."""

    def make(check: Check) -> Rule:
        return Rule(code, severity, ending, check, **more)

    return make
