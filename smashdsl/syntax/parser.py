"""Text to tree.

Takes a `Source`; gives a `nodes.File`, or raises `SmashError` with everything that is wrong
with the text as text. What the names in it mean is not looked at here.
"""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import nodes
from smashdsl.syntax.automaton import Automaton
from smashdsl.syntax.brackets import match_brackets
from smashdsl.syntax.build import Builder
from smashdsl.syntax.lexer import Token, scan
from smashdsl.syntax.limits import MAX_ERRORS, check_depth
from smashdsl.syntax.recover import Recovery
from smashdsl.syntax.structure import misplaced, missing
from smashdsl.syntax.tokens import Surroundings


def tokens_of(source: Source) -> list[Token]:
    """All tokens of a text, mistakes among them as BAD tokens; comments are left out."""
    return list(Surroundings(source).process(scan(source.text)))


def parse(source: Source) -> nodes.File:
    """The syntax tree of a text.

    Raises:
        SmashError: with every syntax error found (codes E1xx and E8xx).
    """
    builder = Builder(source)
    automaton = Automaton(builder)
    if not all(map(automaton.feed, Surroundings(source).process(scan(source.text)))):
        raise SmashError(_mistakes(source))
    file: nodes.File = automaton.result
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
    recovery = Recovery(source, tokens, Automaton(builder))
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
