"""`smashdsl train`: the first step of a search."""

from __future__ import annotations

from typing import Any

import click

from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    changes,
    run_options,
    set_option,
    space_argument,
    train_options,
    training_options,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, together, usage
from smashdsl.cli.runs import Request


@click.command(
    cls=Command,
    epilog=examples(
        "train space.smash --data digits --run runs/first",
        "train --run runs/first        go on where it was interrupted",
        "train space.smash --data digits --archs-per-step 4 --proposals sandwich --teach",
        "train space.smash --data digits --set train.hypernet.graph.width=64",
    )
    + "\n  torchrun --nproc-per-node 4 -m smashdsl train space.smash --data digits",
)
@space_argument
@options(*run_options, *train_options, set_option, *training_options)
@json_option
def command(space: str | None, data: str | None, limit: int | None, folder: str | None,
            seed: int | None, name: str | None, pairs: tuple[str, ...], device: str,
            save_every: float, tensorboard: bool, as_json: bool, **given: Any) -> None:  # fmt: skip
    """Train the HyperNet of the space in the file SPACE, each step with new programs.

    SPACE may also be the folder of an earlier run, which is then gone on with. What is not given
    depends on the data. Several processes train together where a launcher starts them.
    """
    request = Request(space, name, data, limit, folder, seed,
                      changes(given, pairs, "train", "rank", "fit"))  # fmt: skip
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.resources import Resources
    from smashdsl.search.steps import train_step

    with together(where) as world:
        progress = reporting(quiet=as_json or not world.first)
        run = request.open(progress, world)
        with usage():
            train_step(run, Resources(progress, where, world, save_every, tensorboard))
    if not world.first:
        return
    steps = run.settings.train.steps
    if as_json:
        say_json({"run": str(run.folder), "space": run.name, "seed": run.seed, "steps": steps})
    else:
        say(f"{run.folder}: the HyperNet of {run.name} is trained for {steps:,} steps "
            f"(train.jsonl tells how)\nnext: smashdsl rank {run.folder}")  # fmt: skip
