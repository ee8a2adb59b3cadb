"""Parsing a text that has mistakes in it, to find as many of them as can be told apart.

After a mistake the parser goes on with the tokens that were meant, if that is plain; otherwise
it gives up the statement and goes on with the next. At most one mistake is reported for a line.
"""

from __future__ import annotations

from copy import copy
from typing import Any

from lark import Token
from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source
from smashdsl.syntax.brackets import STATEMENTS
from smashdsl.syntax.errors.diagnose import diagnose
from smashdsl.syntax.errors.trouble import Repair, Trouble
from smashdsl.syntax.limits import MAX_ERRORS
from smashdsl.syntax.tokens import CLOSERS, OPENERS, starts_line

_MOST_STOPS = 3 * MAX_ERRORS
_TRIED = 1
_ROWS = ("items", "statements", "settings")


class Recovery:
    """One parse that goes on after mistakes; `errors` holds what was found."""

    def __init__(self, source: Source, tokens: list[Token], automaton: InteractiveParser) -> None:
        self.source = source
        last = tokens[-1] if tokens else Token("$END", "", 0, 1, 1, 1, 1, 0)
        self.tokens = [*tokens, Token.new_borrow_pos("$END", "", last)]
        self.automaton = automaton
        self.errors: list[Diagnostic] = []
        self._stops = 0
        self._lines: set[int] = set()
        table = automaton.parser_state.parse_conf.states
        self._resting = {
            action[1] for row in table.values() for name, action in row.items() if name in _ROWS
        }

    def run(self) -> Any:
        """The tree of what could be parsed, or None if the end was not reached."""
        index = 0
        result = None
        while index < len(self.tokens) and self._stops < _MOST_STOPS:
            try:
                result = self.automaton.feed_token(self.tokens[index])
                index += 1
            except UnexpectedToken:
                self._stops += 1
                index = self._stopped(index)
        return result

    def _stopped(self, index: int) -> int:
        """Report what is wrong at a token and mend it; returns the index to go on with."""
        accepts = frozenset(self.automaton.accepts())  # type: ignore[no-untyped-call]
        trouble = Trouble(
            self.source,
            self.tokens,
            index,
            accepts,
            self._pending(),
            lambda repair: self._fits(index, repair),
        )
        finding = diagnose(trouble)
        self._report(finding.diagnostic)
        repair = finding.repair
        if repair is not None and self._fits(index, repair):
            self.tokens[index : index + repair.drop] = self._made(index, repair)
            return index
        return self._give_up(index)

    def _report(self, diagnostic: Diagnostic) -> None:
        line = diagnostic.span.line if diagnostic.span else 0
        if line not in self._lines and len(self.errors) < MAX_ERRORS:
            self.errors.append(diagnostic)
        self._lines.add(line)

    def _rest(self) -> int:
        """The height of the stack at which the inmost row of statements is complete."""
        state = self.automaton.parser_state
        closed = 0
        for at in range(len(state.value_stack), 0, -1):
            value = state.value_stack[at - 1]
            kind = value.type if isinstance(value, Token) else ""
            closed += kind in CLOSERS
            closed -= kind in OPENERS and closed > 0
            if not closed and state.state_stack[at] in self._resting:
                return at
        return 0

    def _pending(self) -> tuple[Token, ...]:
        values = self.automaton.parser_state.value_stack[self._rest() :]
        return tuple(value for value in values if isinstance(value, Token))

    def _made(self, index: int, repair: Repair) -> list[Token]:
        place = self.tokens[index]
        return [Token.new_borrow_pos(kind, text, place) for kind, text in repair.insert]

    def _fits(self, index: int, repair: Repair) -> bool:
        """Whether the parser could go on with a repair for some tokens."""
        after = index + repair.drop
        tokens = [*self._made(index, repair), *self.tokens[after : after + _TRIED]]
        trial = self.automaton.copy(deepcopy_values=False)  # type: ignore[no-untyped-call]
        trial.parser_state.parse_conf = copy(trial.parser_state.parse_conf)
        trial.parser_state.parse_conf.callbacks = {}
        try:
            for token in tokens:
                trial.feed_token(token)
        except UnexpectedToken:
            return False
        return True

    def _give_up(self, index: int) -> int:
        """Forget the unfinished statement; returns where the next one seems to start."""
        state = self.automaton.parser_state
        rest = self._rest()
        pending = [token.type for token in self._pending()]
        depth = sum(kind in OPENERS for kind in pending) - sum(kind in CLOSERS for kind in pending)
        moved = len(state.value_stack) > rest
        del state.state_stack[rest + 1 :]
        del state.value_stack[rest:]
        known = state.parse_conf.states[state.state_stack[-1]]
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
