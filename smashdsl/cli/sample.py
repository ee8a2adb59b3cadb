"""`smashdsl sample`: programs that a space holds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.options import examples, file_argument, json_option, name_argument, out_option
from smashdsl.cli.output import deliver, json_text

if TYPE_CHECKING:
    from smashdsl.api import Program, Space


@click.command(
    epilog=examples(
        "sample space.smash --seed 7",
        "sample space.smash --count 3 -o three.smash     seeds 0, 1 and 2",
        "sample space.smash --json                       genome, hash, costs and text",
        "sample space.smash | smashdsl render - --view banks -o net.svg",
    )
)
@file_argument
@name_argument
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--count", type=click.IntRange(min=1), help="So many programs, of consecutive seeds.")
@out_option("Write to this file (.smash or .json) instead of printing.")
@json_option
def command(file: str, name: str | None, seed: int, count: int | None, out: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Print programs of the space NAME in FILE, in normal form: no draws, no loops.

    The same seed and file give the same program everywhere. With --json a program is an object
    with genome, hash, costs and text; with --count there is a list of them.
    """
    from smashdsl.cli.networks import pick, require_space

    space = require_space(file, name)
    programs = (
        {seed: pick(space, seed, None)}
        if count is None
        else _several(space, range(seed, seed + count), as_json)
    )
    if as_json or (out or "").endswith(".json"):
        content = _data(programs, alone=count is None)
    else:
        content = _texts(programs)
    deliver(content, out)


def _several(space: Space, seeds: range, quiet: bool) -> dict[int, Program]:
    from smashdsl.cli.progress import reporting

    programs = {}
    with reporting(quiet).task("drawing samples", len(seeds)) as task:
        for seed in seeds:
            programs[seed] = space.sample(seed)
            task.advance()
    return programs


def _data(programs: Mapping[int, Program], alone: bool) -> str:
    facts = [_facts(program, seed) for seed, program in programs.items()]
    return json_text(facts[0] if alone else facts)


def _facts(program: Program, seed: int) -> dict[str, Any]:
    return {
        "space": program.ir.space,
        "seed": seed,
        "hash": program.hash,
        "repaired": program.repaired,
        "genome": dict(program.genome),
        "costs": dataclasses.asdict(program.costs),
        "text": program.text,
    }


def _texts(programs: Mapping[int, Program]) -> str:
    """The programs' texts; where there are several, each has a name of its own."""
    from smashdsl.ir import program_text

    parts = []
    for seed, program in programs.items():
        ir = program.ir
        if len(programs) > 1:
            ir = dataclasses.replace(ir, name=f"{ir.name}_{seed}")
        head = f"# space {ir.space}, seed {seed}, hash {program.hash}\n"
        if program.repaired:
            head += "# repaired: 1,000 draws were rejected; this is the nearest, changed to fit\n"
        parts.append(head + program_text(ir))
    return "\n".join(parts)
