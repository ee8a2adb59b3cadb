"""`smashdsl import`: networks from elsewhere as `.smash` text."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from smashdsl.cli.options import examples, out_option
from smashdsl.cli.output import deliver

if TYPE_CHECKING:
    from smashdsl.importing.imported import Imported

_out = out_option("Write the text to this .smash file instead of printing it.")
_CELL = "|nor_conv_3x3~0|+|none~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
_source = click.argument("source", metavar="SOURCE")
_classes = click.option(
    "--classes", type=click.IntRange(1, 2**20), metavar="N", help="How many classes (10)."
)
_POSITIVE = click.IntRange(min=0)


@click.group(
    epilog=examples(
        "import nas-bench-macro 01210212",
        "import darts genotype.txt -o darts.smash",
        "import smash CIFAR100_archs.npz --number 3 -o third.smash",
        "import optuna study.db space.smash --trial 17",
    )
)
def command() -> None:
    """Write a network from elsewhere as a program, in the language's own way.

    What repeats becomes a loop, operations are called by their names, and comments say where the
    network comes from and what is not as it was there. SOURCE is a text, a file that holds it, or
    `-` for standard input. Nothing in it is executed.
    """


def _add_benchmark(kind: str, about: str, example: str) -> None:
    """A subcommand that reads networks of a benchmark as this writes them."""

    @command.command(kind, help=about, epilog=examples(f"import {kind} {example}"))
    @_source
    @_out
    def benchmark(source: str, out: str | None) -> None:
        from smashdsl.importing.benchmarks import from_benchmark

        _deliver(from_benchmark(kind, _text(source)), out)


_add_benchmark(
    "nas-bench-201", "A cell of NAS-Bench-201, by its string.", f"'{_CELL}' -o cell.smash"
)
_add_benchmark("nas-bench-macro", "A network of NAS-Bench-Macro, by its eight digits.", "01210212")
_add_benchmark(
    "nas-bench-101",
    "A cell of NAS-Bench-101: JSON with `matrix` and `ops`, or the benchmark's own keys.",
    """'{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}'""",
)


@command.command("darts", epilog=examples("import darts genotype.txt --cells 8 --channels 16"))
@_source
@click.option("--cells", type=click.IntRange(3, 100), default=20, show_default=True)
@click.option("--channels", type=click.IntRange(2, 4096), default=36, show_default=True,
              help="Of the first cells' states; an even number.")  # fmt: skip
@_classes
@_out
def darts(source: str, cells: int, channels: int, classes: int | None, out: str | None) -> None:
    """The network of a DARTS genotype, for CIFAR: Genotype(normal=[...], ...)."""
    from smashdsl.importing.darts import from_genotype

    if channels % 2:
        raise click.UsageError("--channels must be an even number.")
    _deliver(from_genotype(_text(source), cells, channels, classes or 10), out)


@command.command("smash", epilog=examples("import smash CIFAR100_archs.npz --number 3"))
@click.argument("source", metavar="ARCHIVE", type=click.Path())
@click.option("--number", type=_POSITIVE, default=0, show_default=True, help="Which, from 0.")
@click.option("--order", type=click.Choice(("best", "run")), default="best", show_default=True,
              help="Numbered from the best, or as they were scored.")  # fmt: skip
@click.option("--classes", type=click.IntRange(1, 2**20), default=100, show_default=True)
@_out
def smash(source: str, number: int, order: str, classes: int, out: str | None) -> None:
    """An architecture that the released SMASH code has scored, from its ..._archs.npz.

    The archive is a pickle, and is read without executing any of it.
    """
    from smashdsl.importing.released import from_archs

    _deliver(from_archs(source, number, classes, order), out)


@command.command(
    "optuna",
    epilog=examples(
        "import optuna study.db space.smash                the best trial",
        "import optuna study.db space.smash --trial 17",
        "import optuna params.json space.smash             a trial's params as JSON",
    ),
)
@_source
@click.argument("space", metavar="SPACE", type=click.Path())
@click.argument("name", required=False)
@click.option("--trial", type=_POSITIVE, metavar="N", help="Which trial of a study (the best).")
@click.option("--study", metavar="NAME", help="Which study, where there are several.")
@_out
def optuna(source: str, space: str, name: str | None, trial: int | None, study: str | None,
           out: str | None) -> None:  # fmt: skip
    """The program of a space (NAME in SPACE) that a trial of Optuna means.

    SOURCE is a SQLite file with a study (.db, .sqlite, .sqlite3 or sqlite:///FILE), or JSON of the
    trial's parameters, which are those of smashdsl's own samplers.
    """
    from smashdsl.cli.networks import require_space
    from smashdsl.importing.trials import from_trial, params_in, params_of

    stored = source.startswith("sqlite:") or source.endswith((".db", ".sqlite", ".sqlite3"))
    if not stored and (trial is not None or study is not None):
        raise click.UsageError("--trial and --study are for studies in a SQLite file.")
    network = require_space(space, name)
    params = params_of(source, trial, study) if stored else params_in(_text(source))
    _deliver(from_trial(network, params), out)


def _text(source: str) -> str:
    from smashdsl.importing.imported import MAX_TEXT, foreign, text_or_file

    if source != "-":
        return text_or_file(source)
    content = sys.stdin.buffer.read(MAX_TEXT + 1)
    if len(content) > MAX_TEXT:
        raise foreign("standard input", f"it is longer than {MAX_TEXT:,} bytes")
    return content.decode(errors="replace").strip()


def _deliver(found: Imported, out: str | None) -> None:
    deliver(found.text, out)
