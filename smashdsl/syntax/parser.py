"""Text to tree.

Takes a `Source`; gives a `nodes.File`, or raises `SmashError` with everything that is wrong
with the text as text. What the names in it mean is not looked at here.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from functools import cache
from importlib.resources import files
from typing import Any

import lark.lexer
from lark import Lark, Token
from lark.exceptions import UnexpectedToken
from lark.parsers.lalr_interactive_parser import InteractiveParser

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import nodes
from smashdsl.syntax.brackets import match_brackets
from smashdsl.syntax.build import Builder
from smashdsl.syntax.limits import MAX_ERRORS, check_depth
from smashdsl.syntax.recover import Recovery
from smashdsl.syntax.structure import misplaced, missing
from smashdsl.syntax.tokens import Surroundings


class _Postlex:
    """Keeps the terminals that only `Surroundings` sees."""

    always_accept = ("MINUS", "AND", "OR", "STEP", "TRAIN", "BAD")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return stream


def build_parser(*, strict: bool = False) -> Lark:
    """A parser for the grammar; `strict` makes lark refuse every ambiguity (slow)."""
    grammar = files("smashdsl.grammar").joinpath("smash.lark").read_text(encoding="utf-8")
    # Where `interegular` is installed lark compares all terminals with it, which takes longer
    # than everything else together.
    compares = lark.lexer.has_interegular
    lark.lexer.has_interegular = compares and strict
    try:
        return Lark(
            grammar,
            parser="lalr",
            lexer="basic",
            postlex=_Postlex(),
            strict=strict,
            keep_all_tokens=True,
            maybe_placeholders=False,
        )
    finally:
        lark.lexer.has_interegular = compares


@cache
def _parser() -> Lark:
    return build_parser()


def tokens_of(source: Source) -> list[Token]:
    """All tokens of a text, mistakes among them as BAD tokens; comments are left out."""
    lexer: Any = _parser().parse_interactive(source.text).lexer_thread
    return list(Surroundings(source).process(lexer.lex(None)))


def _automaton(builder: Builder) -> InteractiveParser:
    """The parser at the start of a text, calling the builder's methods."""
    automaton = _parser().parse_interactive("")
    state = automaton.parser_state
    state.parse_conf = copy(state.parse_conf)
    callbacks: Any = {
        rule: getattr(builder, rule.alias or str(rule.origin.name)) for rule in _parser().rules
    }
    state.parse_conf.callbacks = callbacks
    return automaton


def parse(source: Source) -> nodes.File:
    """The syntax tree of a text.

    Raises:
        SmashError: with every syntax error found (codes E1xx and E8xx).
    """
    builder = Builder(source)
    automaton = _automaton(builder)
    try:
        for token in tokens_of(source):
            automaton.feed_token(token)
        file: nodes.File = automaton.feed_token(Token("$END", ""))
    except UnexpectedToken:
        raise SmashError(_mistakes(source)) from None
    check_depth(file)
    errors = _merged(builder.errors, [*misplaced(file), *missing(file)])
    if errors:
        raise SmashError(errors)
    return file


def _mistakes(source: Source) -> list[Diagnostic]:
    """All mistakes of a text that cannot be parsed, in order."""
    brackets = match_brackets(source, tokens_of(source))
    builder = Builder(source)
    tokens = list(Surroundings(source).process(brackets.tokens))
    recovery = Recovery(source, tokens, _automaton(builder))
    file = recovery.run()
    if not brackets.trusted:
        no_brace = [error for error in recovery.errors if error.code == "E126"]
        return no_brace[:1] or _merged(brackets.errors, [])
    found = _merged([*brackets.errors, *recovery.errors], builder.errors)
    return _merged(found, misplaced(file, partial=True) if file is not None else [])


def _merged(found: list[Diagnostic], later: list[Diagnostic]) -> list[Diagnostic]:
    """All in order of place; of the later ones those on lines that have no other."""
    lines = {_place(error)[0] for error in found}
    more = [error for error in later if _place(error)[0] not in lines]
    return sorted([*found, *more], key=_place)[:MAX_ERRORS]


def _place(error: Diagnostic) -> tuple[int, int]:
    """Line and offset."""
    return (error.span.line, error.span.start) if error.span else (0, 0)
