"""Brackets that do not match: which one is wrong, and tokens in which all of them match.

A count alone cannot say which of several braces was left open; how the text is indented can.
Where the indentation gives no clear answer, `Brackets.trusted` is False: what the parser finds
after the first mistake would then be guesswork.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source
from smashdsl.syntax.errors import finished
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.tokens import CLOSERS, COMBINATORS, OPENERS, starts_line

STATEMENTS = frozenset({
    "USE", "LET", "OP", "PROGRAM", "SPACE", "INPUT", "CLASSES", "ENCODING", "TRAIN", "STEM",
    "BLOCK", "TRANSITION", "HEAD", "BANK", "BANKS", "ENTER", "LEAVE", "READ", "REPEAT", "REQUIRE",
    "FOR", "WHEN",
})  # fmt: skip


@dataclass
class Brackets:
    """Tokens with matching brackets, and what was wrong before."""

    tokens: list[Token] = field(default_factory=list)
    errors: list[Diagnostic] = field(default_factory=list)
    trusted: bool = True


def match_brackets(source: Source, tokens: list[Token]) -> Brackets:
    """Report brackets that do not match, and add or drop some so that all do.

    The last token must be the END token.
    """
    if not _mismatches(tokens):
        return Brackets(tokens)
    braces = [token for token in tokens if token.type in ("LBRACE", "RBRACE")]
    missing = _mismatches(braces)
    guess = _Matcher(source, tokens, by_indentation=missing > 0).run()
    if missing and guess.unclosed_braces + guess.guessed_extra != missing:
        guess = _Matcher(source, tokens, by_indentation=False).run()
        guess.result.trusted = False
    return guess.result


def _mismatches(tokens: list[Token]) -> int:
    """How many brackets have no partner."""
    stack: list[str] = []
    extra = 0
    for token in tokens:
        if token.type in OPENERS:
            stack.append(OPENERS[token.type])
        elif token.type in CLOSERS:
            if stack and stack[-1] == token.type:
                stack.pop()
            else:
                extra += 1
    return extra + len(stack)


class _Matcher:
    def __init__(self, source: Source, tokens: list[Token], *, by_indentation: bool) -> None:
        self.source = source
        self.tokens = tokens
        self.by_indentation = by_indentation
        self.result = Brackets()
        self.stack: list[Token] = []
        self.indents: dict[int, int] = {}
        self.unclosed_braces = 0
        self.guessed_extra = 0

    def run(self) -> _Matcher:
        previous = None
        for index, token in enumerate(self.tokens[:-1]):
            first = starts_line(previous, token)
            if first:
                self.indents[token.line] = token.column
            for opener in self._ended_by(previous, token, first):
                self._close_before(opener, token)
            if token.type in OPENERS:
                self.stack.append(token)
                self.result.tokens.append(token)
            elif token.type in CLOSERS:
                self._closer(index, token)
            else:
                self.result.tokens.append(token)
            previous = token
        while self.stack:
            self._close_before(self.stack[-1], None)
        self.result.tokens.append(self.tokens[-1])
        return self

    def _ended_by(self, previous: Token | None, token: Token, first: bool) -> Iterator[Token]:
        """Open brackets, inmost first, that cannot still be open at this token."""
        while self.stack:
            top = self.stack[-1]
            if top.type == "LBRACE":
                ended = self.by_indentation and first and self._outdented(top, token)
            else:
                ended = _ends_bracket(top, previous, token, first)
            if not ended:
                return
            yield top

    def _outdented(self, brace: Token, token: Token) -> bool:
        indent = self.indents[brace.line]
        column = token.column
        if token.type == "RBRACE":
            return column < indent and len(self.stack) > 1
        return column <= indent and brace.line != token.line

    def _extra(self, top: Token, index: int) -> bool:
        """Whether what comes after a `}` is still indented as part of the braces it would close."""
        token = self.tokens[index]
        if token.type != "RBRACE" or top.line == token.line:
            return False
        after = self.tokens[index + 1]
        inside = after.column > self.indents[top.line]
        return starts_line(token, after) and inside

    def _close_before(self, opener: Token, token: Token | None) -> None:
        self.stack.pop()
        self.result.errors.append(finished.unclosed(self.source, opener, token))
        self.unclosed_braces += opener.type == "LBRACE"
        kind = OPENERS[opener.type]
        place = self.result.tokens[-1]
        self.result.tokens.append(place.made(kind, CLOSERS[kind]))

    def _closer(self, index: int, token: Token) -> None:
        top = self.stack[-1] if self.stack else None
        if self.by_indentation and top is not None and self._extra(top, index):
            self.result.errors.append(finished.closes_nothing(self.source, token))
            self.guessed_extra += 1
        elif top is not None and OPENERS[top.type] == token.type:
            self.stack.pop()
            self.result.tokens.append(token)
        elif top is None or top.type == "LBRACE":
            self.result.errors.append(finished.closes_nothing(self.source, token))
        else:
            self.stack.pop()
            self.result.errors.append(finished.mismatched(self.source, top, token))
            kind = OPENERS[top.type]
            self.result.tokens.append(token.made(kind, CLOSERS[kind]))


def _ends_bracket(opener: Token, previous: Token | None, token: Token, first: bool) -> bool:
    """Whether a token cannot stand inside round or square brackets."""
    if token.type in ("RBRACE", "SEMICOLON"):
        return True
    if token.type == "LBRACE":
        return previous not in COMBINATORS
    if token.type == "ARROW":
        return opener.type != "LPAR"
    return first and (token.type in STATEMENTS or token == "if")
