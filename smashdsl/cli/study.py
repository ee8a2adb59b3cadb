"""`smashdsl study`: experiments on what a ranking is worth."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.grouped import Command, grouped, options
from smashdsl.cli.knobs import data_option, device_option, limit_option, network_option
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, usage

if TYPE_CHECKING:
    from smashdsl.studies.report import Page

_work = grouped("How much work")
_POSITIVE = click.IntRange(min=1)
work_options = (
    _work("--budget", metavar="MINUTES", type=click.FloatRange(min=0, min_open=True),
          help="About how long it may take (25: half an hour at most)."),
    _work("--programs", metavar="N", type=_POSITIVE,
          help="Networks to train by themselves, or to propose."),
    _work("--epochs", metavar="N", type=_POSITIVE, help="Epochs of training each of them."),
    _work("--steps", metavar="N", type=_POSITIVE, help="Steps of each one-shot training."),
    _work("--archs-per-step", metavar="N", type=_POSITIVE, help="Programs in such a step (4)."),
    _work("--seeds", metavar="N", type=_POSITIVE, help="How often one-shot training is repeated "
                                                       "(1)."),
    _work("--images", metavar="N", type=_POSITIVE, help="Images that a score looks at (1024)."),
)  # fmt: skip
_study = grouped("The study")
out_option = _study("--out", metavar="DIR", type=click.Path(),
                    help="Where it is left (studies/NAME-SPACE).")  # fmt: skip
seed_option = _study("--seed", type=click.IntRange(min=0), default=0,
                     help="Decides everything left to chance (0).")  # fmt: skip
study_options = (data_option, limit_option, network_option, out_option, seed_option, *work_options,
                 device_option)  # fmt: skip


@click.group(
    epilog=examples(
        "study correlation space.smash --data PATH/TO/PARQUET",
        "study capacity space.smash --data digits --budget 10",
        "study corruption space.smash --data digits --seeds 3",
    )
)
def command() -> None:
    """Find out what the ranking of a space is worth.

    Each study leaves its figures, its data and a one-page summary in a folder. The same command
    goes on with one that was interrupted. How much work it is follows from the budget, and from
    what the space's networks cost on this machine.
    """


def _space_study(name: str, trainings: int, text: str) -> None:
    """Add the study of a space whose module and function have this name."""

    @command.command(name, cls=Command, help=text,
                     epilog=examples(f"study {name} space.smash --data digits"))  # fmt: skip
    @click.argument("space", metavar="SPACE")
    @options(*study_options)
    @json_option
    def run(space: str, name_: str = name, **given: Any) -> None:
        _run(name_, trainings, space, **given)


def _run(study: str, trainings: int, file: str, **given: Any) -> None:
    from importlib import import_module

    with _opened(study, trainings, file, **given) as (around, show):
        function: Callable[..., Page] = getattr(import_module(f"smashdsl.studies.{study}"), study)
        show(function(*around))


@contextmanager
def _opened(study: str, trainings: int, file: str, *, data: str | None, limit: int | None,
            name: str | None, out: str | None, seed: int, device: str, as_json: bool,
            more: Mapping[str, Any] | None = None, **work: Any) -> Iterator[Any]:  # fmt: skip
    """What a study takes (itself, its space, data, plan and device), and how to show its page."""
    from smashdsl.cli.networks import require_space
    from smashdsl.cli.progress import reporting

    if data is None:
        raise click.UsageError("A study needs data: --data digits, or --data PATH.")
    space = require_space(file, name)
    folder = Path(out) if out else Path("studies") / f"{study}-{space.name}"
    where = device_of(device)
    progress = reporting(quiet=as_json)
    from smashdsl.studies.opening import opened

    def show(page: Page) -> None:
        if as_json:
            say_json(page.data)
            return
        say(page.text)
        say(f"in {folder}: summary.md, data.json and pictures")

    with usage():
        begun, dataset, plan = opened(folder, study, space, data, limit, seed, trainings, work,
                                      where, progress, more)  # fmt: skip
        yield (begun, space, dataset, plan, where), show


_space_study(
    "correlation",
    3,
    """Do scores rank networks as their own training does?

Trains random networks of SPACE by themselves, then the weights of the space with a HyperNet, with
one that is told nothing, and with shared weights, and compares scores with the truth: Kendall's and
Spearman's correlation with intervals, in the better half and at equal cost, beside counting
parameters and other scores that need no HyperNet.""",
)
_space_study(
    "capacity",
    4,
    """Does a larger HyperNet rank better?

The same as the study `correlation` with HyperNets from small to large.""",
)
_space_study("corruption", 1, """Does the HyperNet listen to what it is told?

Scores random networks of SPACE with right encodings, and with one field after the other
shuffled.""")  # fmt: skip


_space_study(
    "gradient",
    1,
    """Does the gradient of the HyperNet's loss lead to better networks?

Lets proposers loose on SPACE from the same random programs: random ones, perturbation, hill
climbing, local search, mutations that a regression on scores expects most of, and mutations along
dE/dc; each scores as many programs.""",
)


@command.command("truth", cls=Command, epilog=examples(
    "study truth dev.csv specs/nas_bench_macro_small.smash --data 'PATH?size=16'",
    "study truth dev.csv space.smash --data 'PATH?size=16' --untrained",
    "study truth dev.csv space.smash --data 'PATH?size=16' --scorer flops --scorer ensemble",
    "study truth dev.csv space.smash --data cifar10 --column cifar100-test --budget 120",
))  # fmt: skip
@click.argument("table", metavar="TABLE")
@click.argument("space", metavar="SPACE")
@click.option("--column", metavar="NAME", help="The truth (the benchmark's usual accuracy).")
@click.option("--untrained", is_flag=True, help="Only scores that need no training.")
@click.option("--scorer", "scorers", metavar="NAME", multiple=True,
              help="Only this one; as often as needed, the one to compare with last.")  # fmt: skip
@options(*study_options)
@json_option
def truth_command(table: str, space: str, column: str | None, untrained: bool,
                  scorers: tuple[str, ...], **given: Any) -> None:  # fmt: skip
    """Rank the networks of TABLE, which others have measured, and compare.

    TABLE is a file of NAS-Bench-101, -201 or -Macro (CSV or parquet); SPACE the benchmark's space,
    or a smaller copy of it with the same draws. All networks are scored with a HyperNet, shared
    weights and what needs neither, and by mixes of these that are calibrated on a few networks,
    trained here for a short time. The measured accuracies are only compared with.
    """
    from smashdsl.scoring.registry import UNTRAINED
    from smashdsl.studies.tables import read_table
    from smashdsl.studies.truth import truth

    if untrained and not scorers:
        scorers = UNTRAINED
    known = read_table(table)
    truth_of = column or known.main
    if truth_of not in known.rows[0].truth:
        columns = ", ".join(known.rows[0].truth)
        raise click.UsageError(f"{table} has no column {truth_of!r}; there are {columns}.")
    more = {"table": hashlib.sha256(Path(table).read_bytes()).hexdigest(), "column": truth_of,
            "scorers": list(scorers)}  # fmt: skip
    with _opened("truth", 2, space, more=more, **given) as (around, show):
        begun, of, dataset, plan, where = around
        show(truth(begun, of, dataset, plan, where, known, truth_of, scorers))


@command.command("transfer", cls=Command, epilog=examples(
    "study transfer space.smash --data cifar10 --to fashion_mnist --to tiny-imagenet",
))  # fmt: skip
@click.argument("space", metavar="SPACE")
@click.option("--to", "others", metavar="DATA", multiple=True, required=True,
              help="Other data; as often as needed.")  # fmt: skip
@options(*study_options)
@json_option
def transfer_command(space: str, others: tuple[str, ...], data: str | None, **given: Any) -> None:
    """Is what a search finds on one data set good on others?

    Searches SPACE on --data and on each --to, where the space has another input and other classes,
    and trains on each set the network found at home, the one found there, and random ones. The
    images may have other dimensions: the space is the same.
    """
    from smashdsl.studies.transfer import transfer

    more = {"to": list(others)}
    searches = 1 + len(others)
    with _opened("transfer", searches, space, data=data, more=more, **given) as (around, show):
        begun, of, dataset, plan, where = around
        show(transfer(begun, of, dataset, plan, where, str(data), others))
