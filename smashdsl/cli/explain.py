"""`smashdsl explain`: the long form of a diagnostic's code."""

from __future__ import annotations

import click

from smashdsl.cli.options import examples
from smashdsl.cli.output import say


@click.command(epilog=examples("explain E203", "explain --list"))
@click.argument("code", required=False)
@click.option("--list", "listing", is_flag=True, help="List all codes with their titles.")
def command(code: str | None, listing: bool) -> None:
    """Explain the code of a diagnostic, with an example where a text can show it."""
    from smashdsl.diagnostics.catalog import CATALOG, explain

    if listing == (code is not None):
        raise click.UsageError("Give a code such as E203, or --list.")
    if code is None:
        say("\n".join(f"{entry.code}  {entry.title}" for entry in CATALOG.values()))
        return
    try:
        say(explain(code))
    except ValueError as error:
        raise click.UsageError(f"{error}; `smashdsl explain --list` lists them all.") from error
