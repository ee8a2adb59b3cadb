"""`smashdsl profile`: what each layer of a network takes on this device."""

from __future__ import annotations

import click

from smashdsl.cli.knobs import device_option
from smashdsl.cli.options import (
    examples,
    file_argument,
    genome_option,
    json_option,
    name_argument,
    seed_option,
)
from smashdsl.cli.output import say, say_json


@click.command(
    epilog=examples(
        "profile net.smash",
        "profile net.smash --batch 64 --repeat 50",
        "profile space.smash --seed 3 --json",
    )
)
@file_argument
@name_argument
@seed_option
@genome_option
@click.option("--batch", type=click.IntRange(1, 2**20), default=1, show_default=True,
              help="Images at once.")  # fmt: skip
@click.option("--repeat", type=click.IntRange(2, 10**6), default=20, show_default=True,
              help="Passes to measure.")  # fmt: skip
@device_option
@json_option
def command(file: str, name: str | None, seed: int | None, genome: str | None, batch: int,
            repeat: int, device: str, as_json: bool) -> None:  # fmt: skip
    """Measure the layers of the network NAME in FILE: time and memory, beside what can be counted.

    Inference with fresh weights. Times are medians, with half the distance between the quartiles
    beside them; the last line is the network undisturbed, which is quicker than its layers one by
    one. What else the machine does shows in these times.
    """
    from smashdsl.backends.profile import profile, profile_page
    from smashdsl.backends.profile.measure import WARMUP
    from smashdsl.cli.networks import open_program
    from smashdsl.cli.processes import device_of
    from smashdsl.cli.progress import reporting
    from smashdsl.training.devices import device_name

    program = open_program(file, name, seed, genome)
    where = device_of(device)
    with reporting(quiet=as_json).task("measuring", WARMUP + repeat) as task:
        found = profile(program.plan, where, batch, repeat, device_name(where), task.advance)
    if as_json:
        say_json(found.as_data())
    else:
        say(profile_page(found))
