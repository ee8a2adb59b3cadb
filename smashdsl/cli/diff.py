"""`smashdsl diff`: what differs between two programs."""

from __future__ import annotations

import click

from smashdsl.cli.guard import WRONG, Trouble
from smashdsl.cli.opened import program_of
from smashdsl.cli.options import examples, json_option, out_option
from smashdsl.cli.output import deliver, say, say_json, suffix_of
from smashdsl.cli.render import NAMES
from smashdsl.diagnostics.diagnostic import SmashError

SUFFIXES = ("svg", "png", "pdf", "tex", "mmd", "txt")


@click.command(
    epilog=examples(
        "diff old.smash new.smash",
        "diff nets.smash:small nets.smash:large     two programs of a file",
        "diff space.smash@1 space.smash@2           the programs of two seeds",
        "diff old.smash new.smash -o diff.svg       as a picture: what both have is grey",
        "sample space.smash --seed 4 | smashdsl diff space.smash@1 -",
    )
)
@click.argument("before", metavar="A")
@click.argument("after", metavar="B")
@out_option("Also write a picture to this .svg, .png, .pdf, .tex, .mmd or .txt file.")
@json_option
def command(before: str, after: str, out: str | None, as_json: bool) -> int:
    """Say in what program B differs from program A.

    Each is a FILE, FILE:NAME, FILE@SEED or FILE:NAME@SEED. The exit code is 0 if they are the same
    network, whatever they call its parts, 1 if they differ, and 2 if something is wrong.
    """
    if before == after == "-":
        raise click.UsageError("Standard input can be only one of the two.")
    from smashdsl.backends.compare import compare

    wanted = None if out is None else suffix_of(out, SUFFIXES, "txt")
    try:
        one, two = program_of(before), program_of(after)
        comparison = compare(one.plan, two.plan)
    except SmashError as error:
        raise Trouble(error, WRONG) from error
    if wanted is not None:
        deliver(one.render_diff(two, NAMES.get(wanted, wanted)), out)
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
