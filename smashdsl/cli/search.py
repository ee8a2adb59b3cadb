"""`smashdsl search`: all steps of a search in a row."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from smashdsl.backends.summary.columns import columns
from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    budget_option,
    changes,
    confirm_options,
    fit_options,
    rank_options,
    run_options,
    set_option,
    space_argument,
    train_options,
    training_options,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, together, usage
from smashdsl.cli.reports import confirmed_text, ranking_text, run_data, winner_text
from smashdsl.cli.runs import Request


@click.command(
    cls=Command,
    epilog=examples(
        "search space.smash --data digits",
        "search space.smash --data PATH/TO/PARQUET --run runs/second --seed 1",
        "search space.smash --data cifar10 --budget 30        half an hour",
        "search space.smash --data digits --archs-per-step 2 --init hypernet",
        "search --run runs/second        go on where it was interrupted",
    ),
)
@space_argument
@options(
    *run_options,
    budget_option,
    *train_options,
    *rank_options,
    *confirm_options,
    *fit_options,
    set_option,
    *training_options,
)
@json_option
def command(space: str | None, data: str | None, limit: int | None, folder: str | None,
            seed: int | None, name: str | None, budget: float | None, pairs: tuple[str, ...],
            device: str, save_every: float, tensorboard: bool, as_json: bool,
            **given: Any) -> None:  # fmt: skip
    """Search the space in the file SPACE: the best network, trained and exported.

    Trains the HyperNet with new random programs each step, scores random programs and mutations of
    the best with the weights that it generates, trains random and promising ones for a
    short time, the best of these for long, and exports it as a Python file that needs only torch.
    All of it is left in the run's folder.

    The same command goes on with a run that was interrupted; steps that are done are not repeated.
    Where a launcher starts several processes, they train the HyperNet together, and the first does
    the rest.

    What is not given follows from the budget, if there is one: a tenth of it is for the HyperNet,
    a tenth for ranking, 15 % for confirming, a tenth to spare, and the rest for the winner. Without
    one it depends on the data. For digits: 600 steps, 100 random and 50 proposed programs, 40
    epochs, a minute or two in all; for others 5,000 steps, 200 and 50, 30 epochs. A run that is
    gone on with keeps what it has.
    """
    request = Request(space, name, data, limit, folder, seed,
                      changes(given, pairs, "train", "rank", "confirm", "fit"), budget)  # fmt: skip
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.confirmed import confirmed, gained
    from smashdsl.search.ledger import scorer_name
    from smashdsl.search.resources import Resources
    from smashdsl.search.steps import after_training, train_step

    with together(where) as world:
        progress = reporting(quiet=as_json or not world.first)
        run = request.open(progress, world, where)
        using = Resources(progress, where, world, save_every, tensorboard)
        with run.ledger() as ledger:
            ranked = ledger.count(scorer_name()) > 0
        with usage():
            trained = None if ranked else train_step(run, using)
    if not world.first:
        return
    winner = after_training(run, trained, using)
    with run.ledger() as ledger:
        if as_json:
            say_json(run_data(run, ledger, scorer_name(), winner))
            return
        say(ranking_text(run, ledger, scorer_name()))
    choice = confirmed(run) if run.settings.confirm.top else None
    if choice is not None:
        say("\n" + confirmed_text(choice, gained(run, choice), run.folder))
    say("\n" + winner_text(run, winner))
    say(_what_next(run.folder))


def _what_next(folder: Path) -> str:
    commands = [
        [f"  python {folder / 'winner.py'}", "try the exported network"],
        [f"  smashdsl fit {folder} --test", "its accuracy on the test images, once"],
        [f"  smashdsl export {folder} --verify", "prove that the file is the network"],
        [f"  smashdsl info {folder / 'winner.smash'}", "what it costs, layer by layer"],
        [f"  smashdsl ledger {folder}", "all programs that were scored"],
        [f"  smashdsl report {folder}", "all of it as a page for a browser"],
    ]
    picture = ", winner.svg" if (folder / "winner.svg").exists() else ""
    left = f"ledger.sqlite, winner.py with winner.safetensors, winner.smash{picture}"
    left += ", train.jsonl (how training went)"
    return f"\nin {folder}: {left}\n\nnext:\n" + columns(commands, widest=10_000)
