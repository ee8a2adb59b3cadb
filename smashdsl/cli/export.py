"""`smashdsl export`: a network as a Python file that needs only torch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.knobs import run_option
from smashdsl.cli.options import (
    examples,
    genome_option,
    json_option,
    name_argument,
    out_option,
    seed_option,
)
from smashdsl.cli.output import deliver, say, say_json
from smashdsl.cli.processes import require_alone

if TYPE_CHECKING:
    from smashdsl.api import Program


@click.command(
    epilog=examples(
        "export runs/first                       the winner, with its trained weights",
        "export runs/first -o net.py --verify",
        "export net.smash -o net.py              a program's file, without weights",
        "export space.smash --seed 3             to standard output",
    )
)
@click.argument("source", metavar="[RUN|FILE]", required=False, type=click.Path(allow_dash=True))
@name_argument
@run_option
@seed_option
@genome_option
@click.option("--weights", type=click.Choice(("fitted", "generated")),
              help="Of a run's winner (fitted).")  # fmt: skip
@click.option("--verify", is_flag=True, help="Prove equal outputs in a process without smashdsl.")
@out_option("The Python file; weights go beside it, with the suffix .safetensors.")
@json_option
def command(source: str | None, name: str | None, folder: str | None, seed: int | None,
            genome: str | None, weights: str | None, verify: bool, out: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Write the winner of a RUN, or the network NAME of a FILE, as standalone Python source.

    With --verify, the file is run in a process that cannot import smashdsl, and its parameters and
    outputs are compared with the network's.
    """
    if (source is None) == (folder is None):
        raise click.UsageError("Name one run or one file.")
    if folder is not None or (source != "-" and Path(str(source)).is_dir()):
        if name is not None or seed is not None or genome is not None:
            raise click.UsageError("A run has one winner: leave NAME, --seed and --genome out.")
        _run(Path(folder or str(source)), weights == "generated", verify, out, as_json)
        return
    if weights is not None:
        raise click.UsageError("A file holds no weights: leave --weights out, or name a run.")
    from smashdsl.backends.source import export_source
    from smashdsl.cli.networks import open_program

    program = open_program(str(source), name, seed, genome)
    text = export_source(program.ir)
    facts = _verified(text, program, None) if verify else {}
    if out is not None or not (verify or as_json):
        deliver(text, out)
    _report({"program": program.name, "hash": program.hash, "file": out, **facts}, as_json, out)


def _run(folder: Path, generated: bool, verify: bool, out: str | None, as_json: bool) -> None:
    from smashdsl.search.run import open_run
    from smashdsl.search.steps import export_step, winner

    if out == "-":
        raise click.UsageError("The weights of a run need a file: name one with -o.")
    require_alone()
    run = open_run(folder)
    path, beside = export_step(run, Path(out) if out else None, generated)
    program = winner(run).program
    facts = _verified(path.read_text(encoding="utf-8"), program, beside) if verify else {}
    found = {"program": program.name, "hash": program.hash, "file": str(path)}
    _report({**found, "weights": str(beside), **facts}, as_json, str(path))


def _verified(text: str, program: Program, weights: Path | None) -> dict[str, Any]:
    from smashdsl.backends.verify_export import verify_export

    report = verify_export(text, program.ir, weights=weights)
    return {"verified": str(report), "max_difference": report.max_difference}


def _report(facts: dict[str, Any], as_json: bool, out: str | None) -> None:
    """What was written goes to standard output unless the file itself does."""
    if as_json:
        say_json(facts)
        return
    written = [facts[key] for key in ("file", "weights") if facts.get(key) not in (None, "-")]
    if written:
        say(f"{facts['program']}: wrote {' and '.join(written)}")
    if "verified" in facts and out != "-":
        say(f"verified: {facts['verified']}")
