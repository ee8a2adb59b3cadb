"""`smashdsl rank`: the second step of a search."""

from __future__ import annotations

from pathlib import Path

import click

from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    leaderboard_text,
    options,
    rank_options,
    run_argument,
    run_data,
    with_settings,
)


@click.command(
    epilog=examples("rank runs/first", "rank runs/first --random 500     score more of them")
)
@run_argument
@options(*rank_options)
@json_option
def command(run: str, random: int | None, perturbed: int | None, as_json: bool) -> None:
    """Score programs with the generated weights of the run in the folder RUN.

    Random programs come first, then mutations of the best. What the leaderboard has already is not
    scored again.
    """
    from smashdsl.cli.progress import reporting
    from smashdsl.search.run import open_run
    from smashdsl.search.steps import rank_step

    opened = with_settings(open_run(Path(run)), rank={"random": random, "perturbed": perturbed})
    ledger = rank_step(opened, reporting(quiet=as_json))
    if as_json:
        say_json(run_data(opened, ledger, None))
    else:
        say(leaderboard_text(ledger))
        say(f"next: smashdsl fit {run}")
