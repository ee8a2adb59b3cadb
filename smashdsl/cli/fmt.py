"""`smashdsl fmt`: files in their standard layout."""

from __future__ import annotations

import difflib

import click

from smashdsl.cli.options import examples
from smashdsl.cli.output import complain, say, show_errors
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Source


@click.command(
    epilog=examples(
        "fmt net.smash                rewrite it",
        "fmt --diff net.smash         show what would change, and change nothing",
        "fmt --check specs/*.smash    fail if a file would change",
        "fmt - < net.smash            from standard input to standard output",
    )
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@click.option("--check", is_flag=True, help="Change nothing; exit with 1 if that would.")
@click.option("--diff", is_flag=True, help="Change nothing; print what would change.")
def command(files: tuple[str, ...], check: bool, diff: bool) -> int:
    """Bring FILEs into their standard layout; comments stay.

    A file that is in it already, or has syntax errors, is not touched.
    """
    worst = 0
    for file in files:
        try:
            changed = _format(file, write=not (check or diff), diff=diff, check=check)
        except SmashError as error:
            show_errors(error)
            worst = 1
            continue
        if changed and check:
            worst = 1
    return worst


def _format(file: str, *, write: bool, diff: bool, check: bool) -> bool:
    """Whether the file was, or would be, changed."""
    from smashdsl.syntax import format_source, load_source

    source = load_source(file)
    formatted = format_source(source)
    changed = formatted != source.text
    if diff:
        say("".join(_differences(source, formatted))) if changed else None
    elif write and file == "-":
        say(formatted)
    elif write and changed:
        from smashdsl.files import write_atomic

        write_atomic(file, formatted)
        complain(f"{file}: formatted")
    if check and changed:
        complain(f"{source.name}: would be formatted")
    return changed


def _differences(source: Source, formatted: str) -> list[str]:
    return list(
        difflib.unified_diff(
            source.text.splitlines(keepends=True), formatted.splitlines(keepends=True),
            source.name, f"{source.name} (formatted)",
        )
    )  # fmt: skip
