"""`smashdsl study`: experiments on what a ranking is worth."""

from __future__ import annotations

from collections.abc import Callable
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
    _work("--programs", metavar="N", type=_POSITIVE, help="Networks to train by themselves."),
    _work("--epochs", metavar="N", type=_POSITIVE, help="Epochs of training each of them."),
    _work("--steps", metavar="N", type=_POSITIVE, help="Steps of each one-shot training."),
    _work("--archs-per-step", metavar="N", type=_POSITIVE, help="Programs in such a step (4)."),
    _work("--seeds", metavar="N", type=_POSITIVE, help="How often one-shot training is repeated "
                                                       "(1)."),
    _work("--images", metavar="N", type=_POSITIVE, help="Images that a score looks at (1024)."),
)  # fmt: skip
_study = grouped("The study")
out_option = _study("--out", metavar="DIR", type=click.Path(),
                    help="Where it is left (studies/, the study's and the space's name).")  # fmt: skip
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


def _run(study: str, trainings: int, file: str, *, data: str | None, limit: int | None,
         name: str | None, out: str | None, seed: int, device: str, as_json: bool,
         **work: Any) -> None:  # fmt: skip
    from importlib import import_module

    from smashdsl.cli.networks import require_space
    from smashdsl.cli.progress import reporting

    if data is None:
        raise click.UsageError("A study needs data: --data digits, or --data PATH.")
    space = require_space(file, name)
    folder = Path(out) if out else Path("studies") / f"{study}-{space.name}"
    where = device_of(device)
    progress = reporting(quiet=as_json)
    from smashdsl.studies.opening import opened

    with usage():
        opened_study, dataset, plan = opened(
            folder, study, space, data, limit, seed, trainings, work, where, progress
        )
        function: Callable[..., Page] = getattr(import_module(f"smashdsl.studies.{study}"), study)
        page = function(opened_study, space, dataset, plan, where)
    if as_json:
        say_json(page.data)
        return
    say(page.text)
    say(f"in {folder}: summary.md, data.json and pictures")


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

Scores random networks of SPACE with right encodings, and with one field after the other shuffled.""")  # fmt: skip
