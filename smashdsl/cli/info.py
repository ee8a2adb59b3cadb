"""`smashdsl info`: what a program costs, what a space holds, how far a run is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashdsl.cli.options import (
    examples,
    file_argument,
    genome_option,
    json_option,
    name_argument,
    seed_option,
)
from smashdsl.cli.output import say, say_json

if TYPE_CHECKING:
    from smashdsl.api import Space
    from smashdsl.backends.summary import RequirementSummary

SAMPLES = 100


@click.command(
    epilog=examples(
        "info net.smash",
        "info net.smash --expand             every operation of every layer",
        "info space.smash                    draws, size, bounds, requirements",
        "info space.smash --seed 3 --json    one of its programs, as data",
        "info runs/first                     how far a run is",
    )
)
@file_argument
@name_argument
@seed_option
@genome_option
@click.option("--expand", is_flag=True, help="List every operation of a program's layers.")
@click.option("--samples", type=click.IntRange(min=1), default=SAMPLES, show_default=True,
              help="Programs to draw for a space's requirements.")  # fmt: skip
@json_option
def command(file: str, name: str | None, seed: int | None, genome: str | None, expand: bool,
            samples: int, as_json: bool) -> None:  # fmt: skip
    """Show shapes, parameters, FLOPs and receptive fields of a program, layer by layer.

    For a space: its draws, how many programs it has, bounds on what they cost, and how often each
    requirement rejects. With --seed or --genome a space's program is shown instead.

    For the folder of a run: how far it is.

    FLOPs are multiply-adds of convolutions and linear layers.
    """
    if Path(file).is_dir():
        _run(Path(file), as_json)
        return
    from smashdsl.api import Space, load
    from smashdsl.cli.networks import pick, refuse_choice

    network = load(file, name)
    if isinstance(network, Space):
        if seed is None and genome is None:
            _space(network, samples, as_json)
            return
        network = pick(network, seed, genome)
    else:
        refuse_choice(network, seed, genome)
    from smashdsl.backends.summary import program_page, summarise_program

    summary = summarise_program(network.plan)
    if as_json:
        say_json(summary.as_data())
    else:
        say(program_page(summary, expand=expand))


def _run(folder: Path, as_json: bool) -> None:
    from smashdsl.cli.run_page import run_facts, run_page

    facts = run_facts(folder)
    if as_json:
        say_json(facts)
    else:
        say(run_page(facts))


def _space(space: Space, samples: int, as_json: bool) -> None:
    from smashdsl.backends.summary import (
        has_requirements,
        rejection_rates,
        space_page,
        summarise_space,
    )
    from smashdsl.cli.progress import reporting

    found: tuple[RequirementSummary, ...] = ()
    if has_requirements(space.definition):
        with reporting(quiet=as_json).task("drawing samples", samples) as task:
            found = rejection_rates(space.definition, samples, task.advance)
    summary = summarise_space(space.definition, found)
    if as_json:
        say_json(summary.as_data())
    else:
        say(space_page(summary))
