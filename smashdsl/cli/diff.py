"""`smashdsl diff`: what differs between two programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashdsl.cli.guard import WRONG, Trouble
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.diagnostics.diagnostic import SmashError

if TYPE_CHECKING:
    from smashdsl.plan import Plan


@click.command(
    epilog=examples(
        "diff old.smash new.smash",
        "diff nets.smash:small nets.smash:large     two programs of a file",
        "diff space.smash@1 space.smash@2           the programs of two seeds",
        "sample space.smash --seed 4 | smashdsl diff space.smash@1 -",
    )
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@json_option
def command(before: str, after: str, as_json: bool) -> int:
    """Say in what program B differs from program A.

    Each is a FILE, FILE:NAME, FILE@SEED or FILE:NAME@SEED. The exit code is 0 if they are the same
    network, whatever they call its parts, 1 if they differ, and 2 if something is wrong.
    """
    if before == after == "-":
        raise click.UsageError("Standard input can be only one of the two.")
    from smashdsl.backends.compare import compare

    try:
        comparison = compare(_plan(before), _plan(after))
    except SmashError as error:
        raise Trouble(error, WRONG) from error
    if as_json:
        say_json(comparison.as_data())
    elif comparison.equal:
        say("the same network")
    else:
        say("\n".join(f"{found.where}: {found.what}" for found in comparison.differences))
        costs = ", ".join(comparison.costs())
        say(f"\n{costs or 'no more and no fewer parameters or multiply-adds'}")
        say("(multiply-adds of convolutions and linear layers)")
    return int(not comparison.equal)


def _plan(text: str) -> Plan:
    from smashdsl.cli.networks import open_program

    file, name, seed = split(text)
    return open_program(file, name, seed).plan


def split(text: str) -> tuple[str, str | None, int | None]:
    """The file, the network's name and the seed in `FILE:NAME@SEED`.

    >>> split("space.smash:small@3")
    ('space.smash', 'small', 3)
    """
    if Path(text).exists():
        return text, None, None
    rest, at, digits = text.rpartition("@")
    seed = int(digits) if at and digits.isdecimal() else None
    file = text if seed is None else rest
    if Path(file).exists():
        return file, None, seed
    before, colon, name = file.rpartition(":")
    return (before, name, seed) if colon and name.isidentifier() else (file, None, seed)
