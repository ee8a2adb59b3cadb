"""Cells of `.smash` text in notebooks.

    %load_ext smashdsl.notebook

    %%smash
    program small { … }

reads the cell, tells of every mistake in it, binds each network to a variable of its name, and
shows the last. `%%smash NAME` binds a single network to another name. Paths in `use` start from
the current folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from smashdsl.api import Program, Space, loads
from smashdsl.check.check import check
from smashdsl.diagnostics.diagnostic import Diagnostic, Severity, SmashError
from smashdsl.diagnostics.formats import render_all
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.modules import load_module

CELL = "<cell>"


def load_ipython_extension(shell: Any) -> None:
    """Add the magic to an IPython shell, which calls this for `%load_ext`."""

    def smash(line: str, cell: str) -> Program | Space | None:
        return run_cell(shell.user_ns, line, cell)

    smash.__doc__ = __doc__
    shell.register_magic_function(smash, magic_kind="cell", magic_name="smash")


def run_cell(names: dict[str, Any], line: str, cell: str) -> Program | Space | None:
    """Read a cell, bind its networks among `names`, and give the last; None after mistakes, which
    are printed.

    Args:
        names: the variables of the notebook.
        line: what stands behind `%%smash`: nothing, or the variable for a single network.
        cell: the text.
    """
    variable = line.strip()
    if variable and not variable.isidentifier():
        print(f"%%smash takes the name of a variable, not {variable!r}")  # noqa: T201
        return None
    try:
        module = load_module(Source(str(Path.cwd() / CELL), cell))
        found = check(module)
        _tell(found)
        if any(each.severity is Severity.ERROR for each in found):
            return None
        known = [network.name for network in module.networks()]
        networks = [loads(cell, name, filename=str(Path.cwd() / CELL)) for name in known]
    except SmashError as error:
        _tell(error.diagnostics)
        return None
    if variable and len(networks) != 1:
        print(f"%%smash {variable} needs one network; the cell has {len(networks)}")  # noqa: T201
        return None
    for name, network in zip(known, networks, strict=True):
        names[variable or name] = network
    return networks[-1] if networks else None


def _tell(found: Any) -> None:
    diagnostics: list[Diagnostic] = list(found)
    if diagnostics:
        text = render_all(diagnostics, "text")
        print(text.replace(str(Path.cwd() / CELL), CELL))  # noqa: T201
