"""Rules out of the errors that `validate` of a calculator's options raises, a mistake a rule.

What a subgraph's node takes from its callers by `option_value` is not known before it is expanded.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from mediapipe_anchors.errors import OptionsError
from mediapipe_anchors.graph import Node
from mediapipe_anchors.graph.options_message import calculator_of
from mediapipe_anchors.graph.rules.finding import Ending, Finding, Replacement, Rule, Severity
from mediapipe_anchors.graph.rules.subject import Subject
from mediapipe_anchors.options import CalculatorOptions, SsdAnchorsOptions

Changes = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, eq=False)
class OptionMistake:
    """An error of `validate`: known by its field and, where that has several, by `expected`.

    Attributes:
        field: the field that the error names.
        expected: a piece of what the error expects; "" for whatever it is.
        correct: from the options to the fields that set them right, or to nothing where it is not
            clear how.
        neutral: where that is not clear, fields with which the rest can be validated.
        place: from the options to the path of the entry that is wrong, where it is one of several.
    """

    field: str
    expected: str = ""
    correct: Callable[[Any], Changes] | None = None
    neutral: Changes | None = None
    place: Callable[[Any], str] | None = None

    def fits(self, error: OptionsError) -> bool:
        """Whether an error is this one."""
        return error.field == self.field and self.expected in (error.expected or "")


@dataclasses.dataclass(frozen=True, eq=False)
class OptionRules:
    """The rules on the options of a class by themselves; each is for some of the mistakes."""

    options: type[CalculatorOptions]
    rules: list[Rule] = dataclasses.field(default_factory=list)
    mistakes: list[OptionMistake] = dataclasses.field(default_factory=list)

    def add(self, code: str, ending: Ending, *mistakes: OptionMistake, **texts: Any) -> None:
        """Add a rule; `run_graph` answers in MediaPipe's place, since the error names the field."""
        check = functools.partial(self._check, mistakes)
        texts["calculator"] = calculator_of(self.options)
        self.rules.append(Rule(code, Severity.ERROR, ending, check, answered=True, **texts))
        self.mistakes.extend(mistakes)

    def mistake_of(self, error: OptionsError) -> OptionMistake:
        """The mistake that an error is."""
        return next(mistake for mistake in self.mistakes if mistake.fits(error))

    def _check(self, mistakes: tuple[OptionMistake, ...], subject: Subject) -> Iterator[Finding]:
        for mistake, finding in subject.once(self._made):
            if mistake in mistakes:
                yield finding

    def _made(self, subject: Subject) -> list[tuple[OptionMistake, Finding]]:
        return [made for node in subject.graph.nodes for made in self._made_in(subject, node)]

    def _made_in(self, subject: Subject, node: Node) -> Iterator[tuple[OptionMistake, Finding]]:
        """Every mistake in a node: `validate` names the first, which is mended to see the next."""
        options = subject.options(node)
        handed_on = {entry.partition(":")[0] for entry in node.option_values}
        if handed_on and self.options is SsdAnchorsOptions:  # its fields count one another
            return
        seen: list[OptionMistake] = []
        while isinstance(options, self.options):
            error = _error_of(options)
            if error is None:
                return
            mistake = self.mistake_of(error)
            if mistake in seen:
                return
            seen.append(mistake)
            correct = mistake.correct(options) if mistake.correct else {}
            place = mistake.place(options) if mistake.place else None
            if str(error.field).partition(".")[0] not in handed_on:
                yield mistake, _finding(node, error, correct, place)
            changes = correct or mistake.neutral
            options = dataclasses.replace(cast(Any, options), **changes) if changes else None


def _error_of(options: CalculatorOptions) -> OptionsError | None:
    try:
        options.validate()
    except OptionsError as error:
        return error
    return None


def _finding(node: Node, error: OptionsError, correct: Changes, place: str | None) -> Finding:
    return Finding(
        node,
        str(error.field),
        error.value,
        error.expected or str(error),
        error.fix,
        place,
        replace=tuple(Replacement(field, value) for field, value in correct.items()),
    )
