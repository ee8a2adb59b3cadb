"""Syntax tree to text: the one layout that all files share.

Two blanks of indentation, lines of at most 100 columns where that is possible, one blank line at
most between statements. Comments stay beside what they were written beside; a statement with a
comment in its middle keeps its lines as they are. A block that was written on one line stays on
one line if it fits.
"""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax import nodes
from smashdsl.syntax.compare import same_meaning
from smashdsl.syntax.format.page import Page
from smashdsl.syntax.format.rough import rough
from smashdsl.syntax.parser import parse


def format_source(source: Source) -> str:
    """The text in its standard layout; formatting it again changes nothing.

    Raises:
        SmashError: the text has syntax errors.
        InternalError: the result would not mean the same.
    """
    file = parse(source)
    page = Page(source.text)
    page.rows(file.items, 0, len(source.text), 0)
    result = page.text()
    if not same_meaning(parse(Source(source.name, result)), file):
        raise InternalError(f"formatting would change what {source.name} means")
    return result


def format_nodes(file: nodes.File) -> str:
    """The text of a tree whose spans mean nothing, such as one made by a program.

    Raises:
        SmashError: the tree does not describe a text that can be parsed.
    """
    return format_source(Source("<generated>", rough(file.items)))


def format_network(network: nodes.Network) -> str:
    """The text of one network; see `format_nodes`."""
    return format_source(Source("<generated>", rough((network,))))
