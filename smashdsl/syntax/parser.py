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

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import mistakes, nodes
from smashdsl.syntax.build import Builder
from smashdsl.syntax.limits import check_depth
from smashdsl.syntax.tokens import Surroundings


class _Postlex:
    """Hooks `Surroundings` into lark, with the terminals that only it sees."""

    always_accept = ("MINUS", "AND", "OR", "STEP", "BAD")

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        return Surroundings().process(stream)


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
    thread = _parser().parse_interactive(source.text).lexer_thread
    return list(thread.lex(None))


def _automaton(builder: Builder) -> InteractiveParser:
    """The parser at the start of a text, calling the builder's methods."""
    automaton = _parser().parse_interactive("")
    state = automaton.parser_state
    state.parse_conf = copy(state.parse_conf)
    state.parse_conf.callbacks = {
        rule: getattr(builder, rule.alias or str(rule.origin.name))
        for rule in _parser().rules
        if rule.alias or str(rule.origin.name) != "$root_start"
    }
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
        file: Any = automaton.feed_token(Token("$END", ""))
    except UnexpectedToken as unexpected:
        token = unexpected.token
        raise SmashError(mistakes.unexpected(source, token)) from None
    if builder.errors:
        raise SmashError(builder.errors)
    check_depth(file)
    return file
