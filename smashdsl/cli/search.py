"""`smashdsl search`: all steps of a search in a row."""

from __future__ import annotations

from pathlib import Path

import click

from smashdsl.backends.summary.columns import columns
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    data_option,
    fit_options,
    folder_option,
    leaderboard_text,
    limit_option,
    network_option,
    open_or_start,
    options,
    rank_options,
    run_data,
    seed_option,
    space_argument,
    train_options,
    winner_text,
)


@click.command(
    epilog=examples(
        "search space.smash --data digits",
        "search space.smash --data PATH/TO/PARQUET --run runs/second --seed 1",
        "search --run runs/second        go on where it was interrupted",
    )
)
@space_argument
@options(data_option, limit_option, folder_option, seed_option, network_option)
@options(*train_options, *rank_options, *fit_options)
@json_option
def command(
    space: str | None,
    data: str | None,
    limit: int | None,
    folder: str | None,
    seed: int | None,
    name: str | None,
    steps: int | None,
    batch_size: int | None,
    random: int | None,
    perturbed: int | None,
    epochs: int | None,
    as_json: bool,
) -> None:
    """Search the space in the file SPACE: the best network, trained and exported.

    Trains the HyperNet with a new random program each step, scores random and perturbed programs
    with the weights that it generates, trains the best by itself, and exports it as a Python file
    that needs only torch. All of it is left in the run's folder.

    The same command goes on with a run that was interrupted; steps that are done are not repeated.

    What is not given depends on the data. For digits: 600 steps, 100 random and 50 perturbed
    programs, 40 epochs, a minute or two in all; for others 5,000 steps, 200 and 50, 30 epochs.
    """
    from smashdsl.cli.progress import reporting

    progress = reporting(quiet=as_json)
    train = {"steps": steps, "batch_size": batch_size}
    rank = {"random": random, "perturbed": perturbed}
    run = open_or_start(space, name, data, limit, folder, seed, progress, train=train, rank=rank,
                        fit={"epochs": epochs})  # fmt: skip
    from smashdsl.search.steps import leaderboard, search

    winner = search(run, progress)
    ledger = leaderboard(run)
    if as_json:
        say_json(run_data(run, ledger, winner))
        return
    say(leaderboard_text(ledger))
    say("\n" + winner_text(run, winner))
    say(_what_next(run.folder))


def _what_next(folder: Path) -> str:
    commands = [
        [f"  python {folder / 'winner.py'}", "try the exported network"],
        [f"  smashdsl fit {folder} --test", "its accuracy on the test images, once"],
        [f"  smashdsl export {folder} --verify", "prove that the file is the network"],
        [f"  smashdsl info {folder / 'winner.smash'}", "what it costs, layer by layer"],
    ]
    left = "leaderboard.csv, winner.py with winner.safetensors, winner.smash, winner.svg"
    return f"\nin {folder}: {left}\n\nnext:\n" + columns(commands, widest=10_000)
