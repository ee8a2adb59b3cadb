"""Tokens that depend on their surroundings.

Takes the tokens that the terminals of the grammar give, one after the other; gives the tokens
that the parser wants. See the head of `grammar/smash.lark` for what is told apart here.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

COMBINATORS = frozenset({"sum", "mean", "max", "mul", "cat", "shake"})
OPERAND_ENDS = frozenset({"NAME", "NUMBER", "SHAPE", "TRUE", "FALSE", "CLASSES", "RPAR", "RSQB"})
TOUCHABLE = frozenset({"NAME", "ONE_OF", "RPAR", "RSQB"})
OPENERS = {"LPAR": "RPAR", "CALL": "RPAR", "SPACED": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSERS = frozenset(OPENERS.values())
HEADERS = frozenset({"FOR", "REPEAT", "WHEN"})
_JOINERS = frozenset({"AND", "OR", "STEP"})

_BODY, _BRANCHES, _BRACKET = "body", "branches", "bracket"


class Surroundings:
    """The pass that looks at neighbours; one object serves one text.

    `frames` says what each open bracket is: a body of statements, the branches of a combinator,
    or round or square brackets.
    """

    def __init__(self) -> None:
        self.frames: list[str] = []
        self.header_open = False

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """The same tokens with their final types."""
        previous: Token | None = None
        closed = ""
        for token in stream:
            kind = token.type
            if kind == "LPAR":
                token.type = _parenthesis(previous, token)
            elif kind == "MINUS":
                binary = previous is not None and previous.type in OPERAND_ENDS
                token.type = "BINARY" if binary else "NEG"
            elif kind in _JOINERS:
                token.type = "BINARY"
            elif kind == "IF" and self._starts_statement(previous, token, closed):
                token.type = "WHEN"
            if token.type in OPENERS:
                self._open(previous, token)
            elif kind in CLOSERS:
                closed = self.frames.pop() if self.frames else _BODY
            elif token.type in HEADERS and _BRACKET not in self.frames[-1:]:
                self.header_open = True
            previous = token
            yield token

    def _open(self, previous: Token | None, token: Token) -> None:
        if token.type != "LBRACE":
            self.frames.append(_BRACKET)
            return
        combines = previous is not None and previous in COMBINATORS and not self.header_open
        self.frames.append(_BRANCHES if combines else _BODY)
        self.header_open = False

    def _starts_statement(self, previous: Token | None, token: Token, closed: str) -> bool:
        if self.frames and self.frames[-1] != _BODY:
            return False
        if previous is None or previous.line < token.line:
            return True
        if previous.type == "RBRACE":
            return closed == _BODY
        return previous.type in ("LBRACE", "SEMICOLON", "ELSE")


def _parenthesis(previous: Token | None, token: Token) -> str:
    if previous is None or previous.type not in TOUCHABLE:
        return "LPAR"
    if previous.end_pos == token.start_pos:
        return "CALL"
    return "SPACED" if previous.line == token.line else "LPAR"
