"""Text to tree.

Takes a `Source`; gives a `nodes.File`, or raises `SmashError` with everything that is wrong
with the text as text. What the names in it mean is not looked at here.
"""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import nodes
from smashdsl.syntax.automaton import Automaton
from smashdsl.syntax.build import Builder
from smashdsl.syntax.lexer import scan
from smashdsl.syntax.limits import check_depth
from smashdsl.syntax.structure import merged, misplaced, missing
from smashdsl.syntax.tokens import Surroundings


def parse(source: Source) -> nodes.File:
    """The syntax tree of a text.

    Raises:
        SmashError: with every syntax error found (codes E1xx and E8xx).
    """
    builder = Builder(source)
    automaton = Automaton(builder)
    if not all(map(automaton.feed, Surroundings(source).process(scan(source.text)))):
        from smashdsl.syntax.recover import find_mistakes

        raise SmashError(find_mistakes(source))
    file: nodes.File = automaton.result
    check_depth(file)
    errors = merged(builder.errors, [*misplaced(file), *missing(file)])
    if errors:
        raise SmashError(errors)
    return file
