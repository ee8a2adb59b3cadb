"""Tokens that depend on their surroundings.

Takes the tokens that the terminals of the grammar give, one after the other; gives the tokens
that the parser wants. See the head of `grammar/smash.lark` for what is told apart here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smashdsl.diagnostics.span import Source, Span
from smashdsl.syntax.lexer import Token
from smashdsl.syntax.limits import MAX_DEPTH, MAX_TOKENS, too_deep, too_long

COMBINATORS = frozenset({"sum", "mean", "max", "mul", "cat", "shake"})
OPERAND_ENDS = frozenset({"NAME", "NUMBER", "SHAPE", "TRUE", "FALSE", "CLASSES", "RPAR", "RSQB"})
OPENERS = {"LPAR": "RPAR", "CALL": "RPAR", "SPACED": "RPAR", "LSQB": "RSQB", "LBRACE": "RBRACE"}
CLOSERS = {"RPAR": ")", "RSQB": "]", "RBRACE": "}"}
KEYWORDS = frozenset({
    "use", "let", "op", "program", "space", "input", "classes", "encoding", "train", "stem",
    "block", "transition", "head", "bank", "banks", "of", "enter", "leave", "read", "write",
    "by", "for", "in", "repeat", "until", "if", "else", "step", "weight", "and", "or", "not",
    "one_of", "require", "true", "false",
})  # fmt: skip

_TOUCHABLE = frozenset({"NAME", "ONE_OF", "RPAR", "RSQB"})
_PARENTHESES = frozenset({"LPAR", "CALL", "SPACED"})
_HEADERS = frozenset({"FOR", "REPEAT", "WHEN", "OP", "PROGRAM", "SPACE"})
_JOINERS = frozenset({"AND", "OR", "STEP"})
_PLAIN = frozenset({"NUMBER", "SHAPE", "COMMA", "ARROW", "EQUAL", "COLON", "SEMICOLON", "OF"})

_BODY, _BRANCHES, _BRACKET = "body", "branches", "bracket"


def span_of(source: Source, token: Token) -> Span:
    """The characters of a token."""
    return Span(source, token.start, token.end)


class Surroundings:
    """The pass that looks at neighbours; one object serves one text.

    `frames` says what each open bracket is: a body of statements, the branches of a combinator,
    or round or square brackets. `declares` says whether the last `classes` began a statement.
    Tokens that went through once may go through again.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.frames: list[str] = []
        self.closed = _BODY
        self.header_open = False
        self.declares = False

    def process(self, stream: Iterable[Token]) -> Iterator[Token]:
        """The same tokens with their final types.

        Raises:
            SmashError: E811, brackets are nested more than `MAX_DEPTH` deep; E810, there are
                more than `MAX_TOKENS` tokens.
        """
        previous: Token | None = None
        for number, token in enumerate(stream):
            if number > MAX_TOKENS:
                raise too_long(span_of(self.source, token))
            if token.type not in _PLAIN:
                self._settle(previous, token)
            previous = token
            yield token

    def _settle(self, previous: Token | None, token: Token) -> None:
        kind = token.type
        if kind == "NAME":
            if previous is not None and _misplaced_name(previous, token):
                token.type = "BAD"
        elif kind in OPENERS:
            if kind in _PARENTHESES:
                token.type = _parenthesis(previous, token)
            self._open(previous, token)
        elif kind in CLOSERS:
            self.closed = self.frames.pop() if self.frames else _BODY
        elif kind in _JOINERS:
            token.type = "BINARY"
        elif token == "-":
            token.type = "BINARY" if self._is_operand(previous) else "NEG"
        elif kind == "CLASSES":
            starts = previous is None or previous.type in ("LBRACE", "RBRACE", "SEMICOLON")
            self.declares = starts or self._is_operand(previous)
        else:
            if kind in ("IF", "WHEN"):
                token.type = "WHEN" if self._starts_statement(previous, token) else "IF"
            if token.type in _HEADERS and _BRACKET not in self.frames[-1:]:
                self.header_open = True

    def _is_operand(self, token: Token | None) -> bool:
        if token is None or (token.type == "CLASSES" and self.declares):
            return False
        return token.type in OPERAND_ENDS

    def _open(self, previous: Token | None, token: Token) -> None:
        if len(self.frames) == MAX_DEPTH:
            raise too_deep(span_of(self.source, token))
        if token.type != "LBRACE":
            self.frames.append(_BRACKET)
            return
        combines = previous is not None and previous in COMBINATORS and not self.header_open
        self.frames.append(_BRANCHES if combines else _BODY)
        self.header_open = False

    def _starts_statement(self, previous: Token | None, token: Token) -> bool:
        if self.frames and self.frames[-1] != _BODY:
            return False
        if previous is None or starts_line(previous, token):
            return True
        if previous.type == "RBRACE":
            return self.closed == _BODY
        return previous.type in ("LBRACE", "SEMICOLON", "ELSE")


def starts_line(previous: Token | None, token: Token) -> bool:
    """Whether a token is the first on its line."""
    return previous is None or (previous.line) < (token.line)


def _misplaced_name(previous: Token, token: Token) -> bool:
    """`10px`, and `elif`, which no other rule of the grammar would notice in time."""
    if previous.type in ("NUMBER", "SHAPE"):
        return previous.end == token.start
    return previous.type == "RBRACE" and token in ("elif", "elseif", "elsif")


def _parenthesis(previous: Token | None, token: Token) -> str:
    if previous is None or previous.type not in _TOUCHABLE:
        return "LPAR"
    if previous.end == token.start:
        return "CALL"
    return "LPAR" if starts_line(previous, token) else "SPACED"
