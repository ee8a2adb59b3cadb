"""`smashdsl rank`: the second step of a search."""

from __future__ import annotations

import click

from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    leaderboard_text,
    options,
    rank_options,
    run_argument,
    run_data,
    run_option,
    the_run,
    with_settings,
)


@click.command(
    epilog=examples("rank runs/first", "rank runs/first --random 500     score more of them")
)
@run_argument
@options(run_option, *rank_options)
@json_option
def command(
    run: str | None, folder: str | None, random: int | None, perturbed: int | None, as_json: bool
) -> None:
    """Score programs with the generated weights of the run in the folder RUN (or --run DIR).

    Random programs come first, then mutations of the best. What the leaderboard has already is not
    scored again.
    """
    from smashdsl.cli.progress import reporting
    from smashdsl.search.steps import rank_step

    opened = with_settings(the_run(run, folder), rank={"random": random, "perturbed": perturbed})
    ledger = rank_step(opened, reporting(quiet=as_json))
    if as_json:
        say_json(run_data(opened, ledger, None))
    else:
        say(leaderboard_text(ledger))
        say(f"next: smashdsl fit {opened.folder}")
