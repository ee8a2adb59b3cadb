"""`smashdsl fit`: the third step of a search."""

from __future__ import annotations

from pathlib import Path

import click

from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    fit_options,
    options,
    run_argument,
    run_data,
    winner_text,
    with_settings,
)


@click.command(
    epilog=examples("fit runs/first", "fit runs/first --test     also score on the test images")
)
@run_argument
@options(*fit_options)
@click.option("--test", is_flag=True, help="Score on the test images, which nothing else reads.")
@json_option
def command(run: str, epochs: int | None, test: bool, as_json: bool) -> None:
    """Train the best program of the run in the folder RUN by itself, from fresh weights."""
    from smashdsl.cli.progress import reporting
    from smashdsl.search.run import open_run
    from smashdsl.search.steps import fit_step, leaderboard

    opened = with_settings(open_run(Path(run)), fit={"epochs": epochs})
    winner = fit_step(opened, test, reporting(quiet=as_json))
    if as_json:
        say_json(run_data(opened, leaderboard(opened), winner))
    else:
        say(winner_text(opened, winner) + f"next: smashdsl export {run}")
