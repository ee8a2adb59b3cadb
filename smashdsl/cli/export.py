"""`smashdsl export`: a network as a file that does not need smashdsl."""

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
    from smashdsl.backends.formats import Export, Exported

SUFFIXES = {".onnx": ("onnx",), ".pt2": ("pt2",), ".py": ("python", "fx")}


@click.command(
    epilog=examples(
        "export runs/first                       the winner, with its trained weights",
        "export runs/first -o net.py --verify",
        "export runs/first -o net.onnx --fold-bn",
        "export net.smash -o net.py              a program's file, without weights",
        "export net.smash -o net.pt2 --load net.safetensors",
        "export space.smash --seed 3             to standard output",
    )
)
@click.argument("source", metavar="[RUN|FILE]", required=False, type=click.Path(allow_dash=True))
@name_argument
@run_option
@seed_option
@genome_option
@click.option("--to", type=click.Choice(("python", "onnx", "pt2", "fx")),
              help="The format; by OUT's suffix, else python.")  # fmt: skip
@click.option("--weights", type=click.Choice(("fitted", "generated")),
              help="Of a run's winner (fitted).")  # fmt: skip
@click.option("--load", metavar="FILE", type=click.Path(),
              help="Weights of a FILE's network, as safetensors.")  # fmt: skip
@click.option("--simplify/--no-simplify", default=None,
              help="Leave out what changes nothing but cost (yes, except for python).")  # fmt: skip
@click.option("--fold-bn", is_flag=True, help="Fold batch norm into layers before it, to infer.")
@click.option("--verify", is_flag=True, help="Prove equal outputs in a process without smashdsl.")
@out_option("The file; weights of python and fx go beside it, with the suffix .safetensors.")
@json_option
def command(source: str | None, name: str | None, folder: str | None, seed: int | None,
            genome: str | None, to: str | None, weights: str | None, load: str | None,
            simplify: bool | None, fold_bn: bool, verify: bool, out: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Write the winner of a RUN, or the network NAME of a FILE, for use without smashdsl.

    \b
    python  source that reads as if written by hand, and trains as well as it infers
    onnx    for onnxruntime and its like, with the weights (needs the extra `onnx`)
    pt2     for torch.export.load, with the weights
    fx      the traced graph, a line for each value, as Python source

    onnx and pt2 are for inference, with batches of any size. A FILE's network has initial weights
    there unless --load gives others.

    With --verify, the file is run without smashdsl, by onnxruntime or in a process that cannot
    import it, and its outputs are compared with the network's.
    """
    if (source is None) == (folder is None):
        raise click.UsageError("Name one run or one file.")
    is_run = folder is not None or (source != "-" and Path(str(source)).is_dir())
    form = _form(to, out)
    if is_run:
        if name is not None or seed is not None or genome is not None:
            raise click.UsageError("A run has one winner: leave NAME, --seed and --genome out.")
        if load is not None:
            raise click.UsageError("A run has weights of its own: leave --load out.")
    elif weights is not None:
        raise click.UsageError("A file holds no weights: leave --weights out, or name a run.")
    elif fold_bn and load is None:
        raise click.UsageError("A file holds no weights to fold: give them with --load.")
    from smashdsl.backends.formats import Export

    how = Export(form, simplify, fold_bn)
    if is_run:
        _run(Path(folder or str(source)), how, weights == "generated", verify, out, as_json)
        return
    from smashdsl.backends.formats import make, read_weights
    from smashdsl.cli.networks import open_program

    program = open_program(str(source), name, seed, genome)
    state = None if load is None else read_weights(load, program.plan)
    made = make(program.ir, how, state)
    beside = None
    if out in (None, "-"):
        content = made.content()
    else:
        content, beside = made.write(Path(str(out)))
    facts = _verified(made, content, beside) if verify else {}
    if out == "-" or (out is None and not (verify or as_json)):
        deliver(content.decode() if how.weights_beside else content, out)
    kept = {} if beside is None else {"weights": str(beside)}
    found = {"program": program.name, "hash": program.hash, "file": out, **kept}
    _report({**found, **_about(made), **facts}, as_json, out)


def _form(to: str | None, out: str | None) -> str:
    """The format that was asked for."""
    suffix = Path(out or "").suffix.lower()
    named = SUFFIXES.get(suffix, ())
    if to is not None and named and to not in named:
        raise click.UsageError(f"`{out}` is no name for a file of `--to {to}`: {suffix} means "
                               f"{' or '.join(named)}.")  # fmt: skip
    return to or next(iter(named), "python")


def _run(folder: Path, how: Export, generated: bool, verify: bool, out: str | None,
         as_json: bool) -> None:  # fmt: skip
    from smashdsl.search.run import open_run
    from smashdsl.search.steps import export_step, winner

    if out == "-":
        raise click.UsageError("The weights of a run need a file: name one with -o.")
    require_alone()
    run = open_run(folder)
    path, beside, made = export_step(run, Path(out) if out else None, generated, how)
    program = winner(run).program
    facts = _verified(made, path.read_bytes(), beside) if verify else {}
    found = {"program": program.name, "hash": program.hash, "file": str(path)}
    kept = {} if beside is None else {"weights": str(beside)}
    _report({**found, **kept, **_about(made), **facts}, as_json, str(path))


def _about(made: Exported) -> dict[str, Any]:
    """The format, where it is not the usual one, and what was done before."""
    facts: dict[str, Any] = {} if made.how.to == "python" else {"to": made.how.to}
    if made.passes:
        facts["parameters"] = [made.original_plan.costs.params, made.plan.costs.params]
    if made.given is None and not made.how.weights_beside:
        facts["initial"] = True
    return facts


def _verified(made: Exported, content: bytes, weights: Path | None) -> dict[str, Any]:
    from smashdsl.backends.verify import verify

    report = verify(made, content, weights)
    return {"verified": str(report), "max_difference": report.max_difference}


def _report(facts: dict[str, Any], as_json: bool, out: str | None) -> None:
    """What was written goes to standard output unless the file itself does."""
    if as_json:
        say_json(facts)
        return
    written = [facts[key] for key in ("file", "weights") if facts.get(key) not in (None, "-")]
    if written:
        initial = ", with initial weights" if facts.get("initial") else ""
        say(f"{facts['program']}: wrote {' and '.join(written)}{initial}")
    if "verified" in facts and out != "-":
        say(f"verified: {facts['verified']}")
