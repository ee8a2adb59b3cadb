"""Parsing a text that has mistakes in it, to find as many of them as can be told apart.

After a mistake the parser goes on with the tokens that were meant, if that is plain; otherwise
it gives up the statement and goes on with the next. At most one mistake is reported for a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import nodes
from smashdsl.syntax.automaton import Automaton
from smashdsl.syntax.brackets import STATEMENTS, match_brackets
from smashdsl.syntax.build import Builder
from smashdsl.syntax.errors.diagnose import diagnose
from smashdsl.syntax.errors.trouble import Repair, Trouble
from smashdsl.syntax.lexer import Token, scan
from smashdsl.syntax.limits import MAX_ERRORS, check_depth
from smashdsl.syntax.structure import merged, misplaced
from smashdsl.syntax.tokens import CLOSERS, OPENERS, Surroundings, starts_line

_MOST_STOPS = 3 * MAX_ERRORS
_ROWS = ("items", "statements", "settings")


def find_mistakes(source: Source) -> list[Diagnostic]:
    """All mistakes of a text that cannot be parsed, in order.

    Raises:
        SmashError: the text is nested too deeply to be looked at.
    """
    tokens = list(Surroundings(source).process(scan(source.text)))
    brackets = match_brackets(source, tokens)
    builder = Builder(source)
    settled = list(Surroundings(source).process(brackets.tokens))
    recovery = Recovery(source, settled, Automaton(builder))
    file = recovery.run()
    if not brackets.trusted:
        no_brace = [error for error in recovery.errors if error.code == "E126"]
        return no_brace[:1] or merged(brackets.errors, [])
    found = merged([*brackets.errors, *recovery.errors], builder.errors)
    return found if file is None else merged(found, _in_tree(file))


def _in_tree(file: nodes.File) -> Sequence[Diagnostic]:
    """What is wrong with the tree of what could be parsed."""
    try:
        check_depth(file)
    except SmashError as error:
        return error.diagnostics
    return misplaced(file, partial=True)


class Recovery:
    """One parse that goes on after mistakes; `errors` holds what was found."""

    def __init__(self, source: Source, tokens: list[Token], automaton: Automaton) -> None:
        self.source = source
        self.tokens = tokens
        self.automaton = automaton
        self.errors: list[Diagnostic] = []
        self._stops = 0
        self._lines: set[int] = set()
        self._resting = {row[name] for row in automaton.rows for name in _ROWS if name in row}

    def run(self) -> Any:
        """The tree of what could be parsed, or None if the end was not reached."""
        index = 0
        while index < len(self.tokens) and self._stops < _MOST_STOPS:
            if self.automaton.feed(self.tokens[index]):
                index += 1
            else:
                self._stops += 1
                index = self._stopped(index)
        return self.automaton.result

    def _stopped(self, index: int) -> int:
        """Report what is wrong at a token and mend it; returns the index to go on with."""
        trouble = Trouble(
            self.source,
            self.tokens,
            index,
            self.automaton.accepts(),
            self._pending(),
            lambda repair: self._fits(index, repair),
        )
        finding = diagnose(trouble)
        self._report(finding.diagnostic)
        repair = finding.repair
        if repair is not None and self._fits(index, repair):
            place = self.tokens[index]
            made = [place.made(kind, text) for kind, text in repair.insert]
            self.tokens[index : index + repair.drop] = made
            return index
        return self._give_up(index)

    def _report(self, diagnostic: Diagnostic) -> None:
        line = diagnostic.span.line if diagnostic.span else 0
        if line not in self._lines and len(self.errors) < MAX_ERRORS:
            self.errors.append(diagnostic)
        self._lines.add(line)

    def _rest(self) -> int:
        """The height of the stack at which the inmost row of statements is complete."""
        states, values = self.automaton.states, self.automaton.values
        closed = 0
        for at in range(len(values), 0, -1):
            value = values[at - 1]
            kind = value.type if isinstance(value, Token) else ""
            closed += kind in CLOSERS
            closed -= kind in OPENERS and closed > 0
            if not closed and states[at] in self._resting:
                return at
        return 0

    def _pending(self) -> tuple[Token, ...]:
        values = self.automaton.values[self._rest() :]
        return tuple(value for value in values if isinstance(value, Token))

    def _fits(self, index: int, repair: Repair) -> bool:
        """Whether the parser could go on with a repair and the token after it."""
        after = self.tokens[index + repair.drop : index + repair.drop + 1]
        return self.automaton.fits([kind for kind, _ in repair.insert] + [t.type for t in after])

    def _give_up(self, index: int) -> int:
        """Forget the unfinished statement; returns where the next one seems to start."""
        states, values = self.automaton.states, self.automaton.values
        rest = self._rest()
        pending = [token.type for token in self._pending()]
        depth = sum(kind in OPENERS for kind in pending) - sum(kind in CLOSERS for kind in pending)
        moved = len(values) > rest
        del states[rest + 1 :], values[rest:]
        known = self.automaton.rows[states[-1]]
        for at in range(index, len(self.tokens) - 1):
            token = self.tokens[at]
            if depth == 0 and (moved or at > index) and token.type in known and self._starts(at):
                return at
            if token.type in OPENERS:
                depth += 1
            elif token.type in CLOSERS and depth:
                depth -= 1
        return len(self.tokens) - 1 if moved or index < len(self.tokens) - 1 else len(self.tokens)

    def _starts(self, at: int) -> bool:
        token = self.tokens[at]
        previous = self.tokens[at - 1] if at else None
        return token.type in STATEMENTS or token.type in CLOSERS or starts_line(previous, token)
