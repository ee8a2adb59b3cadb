"""`smashdsl train`: the first step of a search."""

from __future__ import annotations

import click

from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.runs import (
    data_option,
    folder_option,
    limit_option,
    network_option,
    open_or_start,
    options,
    seed_option,
    space_argument,
    train_options,
)


@click.command(
    epilog=examples(
        "train space.smash --data digits --run runs/first",
        "train --run runs/first        go on where it was interrupted",
    )
)
@space_argument
@options(data_option, limit_option, folder_option, seed_option, network_option, *train_options)
@json_option
def command(space: str | None, data: str | None, limit: int | None, folder: str | None,
            seed: int | None, name: str | None, steps: int | None, batch_size: int | None,
            as_json: bool) -> None:  # fmt: skip
    """Train the HyperNet of the space in the file SPACE, each step with a new random program.

    SPACE may also be the folder of an earlier run, which is then gone on with.
    """
    from smashdsl.cli.progress import reporting

    progress = reporting(quiet=as_json)
    run = open_or_start(space, name, data, limit, folder, seed, progress,
                        train={"steps": steps, "batch_size": batch_size})  # fmt: skip
    from smashdsl.search.steps import train_step

    train_step(run, progress)
    steps = run.settings.train.steps
    if as_json:
        say_json({"run": str(run.folder), "space": run.name, "seed": run.seed, "steps": steps})
    else:
        say(f"{run.folder}: the HyperNet of {run.name} is trained for {steps:,} steps\n"
            f"next: smashdsl rank {run.folder}")  # fmt: skip
