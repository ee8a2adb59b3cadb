"""`smashdsl check`: every mistake in some files."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from smashdsl.cli.options import examples
from smashdsl.cli.output import colored, complain, say
from smashdsl.diagnostics.diagnostic import Diagnostic, Severity, SmashError

FORMATS = ("text", "concise", "json", "github", "sarif")


@click.command(
    epilog=examples(
        "check net.smash",
        "check --strict specs/*.smash           warnings fail, too",
        "check --format json - < net.smash      a list of findings, for scripts",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", show_default=True)
@click.option("--json", "form", flag_value="json", help="Short for --format json.")
@click.option("--strict", is_flag=True, help="Let warnings fail the check.")
def command(files: tuple[str, ...], form: str, strict: bool) -> int:
    """Report every mistake in FILEs, each with its place and what to do.

    Findings go to standard output; how many there are, and a line for each file without any, to
    standard error. The exit code is 1 if there are errors (with --strict: or warnings).
    """
    found: dict[object, Diagnostic] = {}
    for file in files:
        diagnostics, contents = _check(file)
        found |= {_identity(diagnostic): diagnostic for diagnostic in diagnostics}
        if not diagnostics and form not in ("json", "sarif"):
            complain(f"{'<stdin>' if file == '-' else file}: ok ({contents})")
    listed = list(found.values())
    if listed or form in ("json", "sarif"):
        from smashdsl.diagnostics.formats import render_all

        say(render_all(listed, form, color=colored(sys.stdout)))
    if listed and form == "text":
        complain("\n" + _tally(listed))
    return int(any(strict or _is_error(found) for found in listed))


def _check(file: str) -> tuple[list[Diagnostic], str]:
    """What is wrong with a file, and what is in it."""
    from smashdsl.check.check import check
    from smashdsl.elaborate.modules import load_module
    from smashdsl.syntax import load_source, nodes, nothing_here

    try:
        module = load_module(load_source(file))
    except SmashError as error:
        return list(error.diagnostics), ""
    empty = None if module.tree.items else nothing_here(module.tree)
    if empty is not None:
        return [empty], ""
    networks = module.networks()
    counts = {kind: sum(n.kind == kind for n in networks) for kind in ("program", "space")}
    if not networks:
        counts = {"op": sum(isinstance(item, nodes.OpDef) for item in module.tree.items)}
    return check(module), _count(counts.items())


def _identity(diagnostic: Diagnostic) -> object:
    span = diagnostic.span
    place = (span.source.name, span.start, span.end) if span else diagnostic.message
    return diagnostic.code, place


def _is_error(diagnostic: Diagnostic) -> bool:
    return diagnostic.severity is Severity.ERROR


def _tally(found: list[Diagnostic]) -> str:
    errors = sum(map(_is_error, found))
    return _count([("error", errors), ("warning", len(found) - errors)])


def _count(counts: Iterable[tuple[str, int]]) -> str:
    """`2 programs, 1 space`."""
    shown = [f"{n} {what}{'s' if n > 1 else ''}" for what, n in counts if n]
    return ", ".join(shown) or "nothing to check"
