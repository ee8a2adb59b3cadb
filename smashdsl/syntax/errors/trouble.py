"""What is known where the parser stopped, and what a matcher makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax.brackets import STATEMENTS
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.table import END
from smashdsl.syntax.tokens import span_of, starts_line


@dataclass(frozen=True, slots=True)
class Repair:
    """Replace `drop` tokens by new ones, each a type and a text."""

    drop: int
    insert: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """A named mistake; without a repair the rest of the statement is given up."""

    diagnostic: Diagnostic
    repair: Repair | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is known where the parser stopped.

    `accepts` holds the types of tokens that could stand here, `pending` the tokens of the
    unfinished statement that still wait for the rest of their rule.
    """

    source: Source
    tokens: list[Token]
    index: int
    accepts: frozenset[str]
    pending: tuple[Token, ...]
    fits: Callable[[Repair], bool]

    @property
    def token(self) -> Token:
        return self.tokens[self.index]

    @property
    def previous(self) -> Token | None:
        return self.tokens[self.index - 1] if self.index else None

    @property
    def next(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    @property
    def span(self) -> Span:
        return span_of(self.source, self.token)

    @property
    def gap(self) -> Span:
        """The place just after the previous token."""
        end = (self.previous.end) if self.previous else 0
        return Span(self.source, end, end)

    @property
    def first(self) -> bool:
        return starts_line(self.previous, self.token)

    @property
    def begins_other(self) -> bool:
        """Whether the token looks like the start or the end of another statement."""
        kind = self.token.type
        return kind in ("RBRACE", END, "SEMICOLON") or (kind in STATEMENTS and self.first)

    def position(self, token: Token) -> int:
        """The index of a token before this one."""
        return next(i for i in range(self.index, -1, -1) if self.tokens[i] is token)

    def statement_start(self, at: int | None = None) -> int:
        """The index of the token with which the statement on a token's line seems to start."""
        at = self.index if at is None else at
        while at > 0 and not starts_line(self.tokens[at - 1], self.tokens[at]):
            if self.tokens[at - 1].type in ("LBRACE", "RBRACE", "SEMICOLON"):
                break
            at -= 1
        return at

    def follows(self, *kinds: str) -> bool:
        return self.previous is not None and self.previous.type in kinds


Matcher = Callable[[Trouble], Finding | None]
