"""From the arguments FILE, NAME, `--seed` and `--genome` to a program or a space."""

from __future__ import annotations

import sys
from typing import Any

import click

from smashdsl.api import Program, Space, load
from smashdsl.cli.progress import reporting
from smashdsl.files import fail, parse_json, read_json
from smashdsl.space.sampling import ATTEMPTS


def open_program(file: str, name: str | None, seed: int | None = None,
                 genome: str | None = None) -> Program:  # fmt: skip
    """The program of a file, or the one of a space that the seed or the genome picks.

    Raises:
        SmashError: the file has a mistake, or the genome does not fit.
        click.UsageError: a program was asked for one of its samples.
    """
    network = load(file, name)
    if isinstance(network, Space):
        return pick(network, seed, genome)
    refuse_choice(network, seed, genome)
    return network


def refuse_choice(program: Program, seed: int | None, genome: str | None) -> None:
    """A program is not chosen by a seed or genome.

    Raises:
        click.UsageError: one was given.
    """
    if seed is not None or genome is not None:
        option = "--seed" if genome is None else "--genome"
        raise click.UsageError(
            f"`{program.name}` is a program, with nothing left to draw: leave {option} out."
        )


def pick(space: Space, seed: int | None, genome: str | None) -> Program:
    """The program of a space that a seed (0 if not given) or a genome's file names."""
    if genome is None:
        with reporting().task("meeting the requirements", 2 * ATTEMPTS) as task:
            return space.sample(seed or 0, tried=task.advance)
    if seed is not None:
        raise click.UsageError("Give a seed or a genome, not both.")
    return space.rebuild(read_genome(genome))


def require_space(file: str, name: str | None) -> Space:
    """The space of a file.

    Raises:
        click.UsageError: it is a program.
    """
    network = load(file, name)
    if isinstance(network, Program):
        raise click.UsageError(f"`{network.name}` is a program, with nothing left to draw.")
    return network


def read_genome(path: str) -> dict[str, Any]:
    """The genome of a JSON file: a map from paths of draws to values, or under the key `genome`.

    Raises:
        SmashError: E923 it cannot be read, E924 it is not JSON, E604 it holds something else.
    """
    value = parse_json(sys.stdin.buffer.read(), "<stdin>") if path == "-" else read_json(path)
    if isinstance(value, dict) and isinstance(value.get("genome"), dict):
        value = value["genome"]
    if not isinstance(value, dict):
        raise fail("E604", f"`{path}` holds no genome",
                   "a genome is a JSON object from paths of draws to values, as `sample --json` "
                   "prints it")  # fmt: skip
    return value
