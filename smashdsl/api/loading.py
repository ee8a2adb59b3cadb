"""Texts → programs and spaces."""

from __future__ import annotations

import os

from smashdsl.api.program import Program
from smashdsl.api.space import Space
from smashdsl.check.names import check_names
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.choice import choose
from smashdsl.elaborate.modules import Module, load_module
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import elaborate
from smashdsl.syntax import load_source

File = str | os.PathLike[str]


def load(path: File, name: str | None = None) -> Program | Space:
    """Read a `.smash` file and give its program or space.

    Args:
        path: the file.
        name: which of its networks; not needed where there is one.

    Raises:
        SmashError: the file cannot be read, has mistakes, or no network of that name.

    >>> import smashdsl
    >>> smashdsl.load("specs/resnet20.smash").costs.params
    295418
    """
    return _pick(load_module(load_source(os.fspath(path))), name)


def loads(text: str, name: str | None = None, *, filename: str = "<text>") -> Program | Space:
    """Like `load`, from a text; `filename` is what errors call it, and where `use` starts from."""
    return _pick(load_module(Source(filename, text)), name)


def _pick(module: Module, name: str | None) -> Program | Space:
    definition = choose(module, name)
    report = Report()
    check_names(module, report)
    if report.found:
        raise SmashError(report.diagnostics)
    return (
        Space(definition)
        if definition.is_space
        else Program(elaborate(definition, None), Space(definition))
    )
