"""`smashdsl fit`: the third step of a search."""

from __future__ import annotations

import click

from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    fit_options,
    options,
    run_argument,
    run_data,
    run_option,
    the_run,
    winner_text,
    with_settings,
)


@click.command(
    epilog=examples("fit runs/first", "fit runs/first --test     also score on the test images")
)
@run_argument
@options(run_option, *fit_options)
@click.option("--test", is_flag=True, help="Score on the test images, which nothing else reads.")
@json_option
def command(
    run: str | None, folder: str | None, epochs: int | None, test: bool, as_json: bool
) -> None:
    """Train the best program of the run in the folder RUN by itself, from fresh weights."""
    from smashdsl.cli.progress import reporting
    from smashdsl.search.steps import fit_step, leaderboard

    opened = with_settings(the_run(run, folder), fit={"epochs": epochs})
    winner = fit_step(opened, test, reporting(quiet=as_json))
    if as_json:
        say_json(run_data(opened, leaderboard(opened), winner))
    else:
        say(winner_text(opened, winner) + f"next: smashdsl export {opened.folder}")
