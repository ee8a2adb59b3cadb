"""`smashdsl fit`: the third step of a search."""

from __future__ import annotations

from typing import Any

import click

from smashdsl.cli.engines import engine_of
from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    changes,
    confirm_options,
    device_option,
    engine_options,
    fit_options,
    run_argument,
    run_option,
    set_option,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of
from smashdsl.cli.reports import run_data, winner_text
from smashdsl.cli.runs import the_run


@click.command(
    cls=Command,
    epilog=examples(
        "fit runs/first",
        "fit runs/first --init hypernet    start from the weights that scored it",
        "fit runs/first --set fit.weight_decay=1e-3",
        "fit runs/first --test             also score on the test images",
        "fit runs/first --engine ray --address HOST:6379    on a cluster",
    ),
)
@run_argument
@options(run_option, *confirm_options, *fit_options, set_option, device_option, *engine_options)
@click.option("--test", is_flag=True, help="Score on the test images, which nothing else reads.")
@json_option
def command(run: str | None, folder: str | None, pairs: tuple[str, ...], device: str, test: bool,
            engine: str, address: str | None, as_json: bool, **given: Any) -> None:  # fmt: skip
    """Train the best program of the run in the folder RUN by itself.

    Which one that is, is confirmed first, as `smashdsl confirm` does.

    Settings in the `train` part of the program come before those of the run, and what is given here
    before both. All that is given is kept for the next time.
    """
    opened = the_run(run, folder, changes(given, pairs, "confirm", "fit"))
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.ledger import scorer_name
    from smashdsl.search.resources import Resources
    from smashdsl.search.steps import fit_step

    progress = reporting(quiet=as_json)
    with engine_of(engine, address, progress) as chosen:
        winner = fit_step(opened, test, Resources(progress, where, engine=chosen))
    if as_json:
        with opened.ledger() as ledger:
            say_json(run_data(opened, ledger, scorer_name(), winner))
    else:
        say(winner_text(opened, winner) + f"next: smashdsl export {opened.folder}")
