"""The options of the verbs of a search.

The name of an option that is a setting is the setting's key, with `__` for dots: `train__steps`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import click

from smashdsl.cli.grouped import grouped

FIELDS = ("reads", "writes", "part", "width", "position", "draws", "graph", "all")


class _Whole(click.IntRange):
    name = "whole number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "N"


class _Real(click.FloatRange):
    name = "number"

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        return "NUMBER"


_POSITIVE, _COUNT = _Whole(min=1), _Whole(min=0)
_RATE = _Real(min=0, min_open=True)

space_argument = click.argument("space", metavar="[SPACE]", required=False)
run_argument = click.argument("run", metavar="[RUN]", required=False, type=click.Path())

_run = grouped("The run")
data_option = _run("--data", metavar="DATA",
                   help="`digits`, a set's name such as cifar10, or a path: of parquet, images or "
                        ".npz (docs/data.md).")  # fmt: skip
limit_option = _run("--limit", type=_POSITIVE, help="Read so many examples of each part at most.")
folder_option = _run("--run", "--run-dir", "folder", metavar="DIR", type=click.Path(),
                     help="The run's folder (runs/ and the space's name); torchrun would take "
                          "--run for its own.")  # fmt: skip
run_option = _run("--run", "folder", metavar="DIR", type=click.Path(), help="The same as RUN.")
seed_option = _run("--seed", type=_COUNT, help="Decides everything left to chance (0).")
budget_option = _run("--budget", metavar="MINUTES", type=_Real(min=0, min_open=True),
                     help="About how long all of it may take, on this machine.")  # fmt: skip
network_option = _run("--name", metavar="NAME", help="Which space of the file.")
run_options = (data_option, limit_option, folder_option, seed_option, network_option)

_train = grouped("Training the HyperNet")
train_options = (
    _train("--steps", "train__steps", type=_POSITIVE, help="Steps of training."),
    _train("--batch-size", "train__batch_size", type=_POSITIVE, help="Images in a step."),
    _train("--archs-per-step", "train__archs_per_step", type=_POSITIVE,
           help="Programs that a step runs on the same images (1)."),
    _train("--proposals", "train__proposals", type=click.Choice(("uniform", "fair", "sandwich")),
           help="Which programs: drawn, each option equally often, or largest, smallest and drawn "
                "(uniform)."),
    _train("--teach", "train__teach", is_flag=True, default=None,
           help="The first program of a step teaches the others."),
    _train("--replicas", "train__replicas", type=_POSITIVE,
           help="Groups of programs and images in a step (1, or the number of processes)."),
    _train("--learning-rate", "train__learning_rate", type=_RATE,
           help="Of weights that are learned directly (0.1)."),
    _train("--hypernet-rate", "train__hypernet_rate", type=_RATE,
           help="The learning rate of the HyperNet (0.001)."),
    _train("--average", "train__average", metavar="DECAY",
           type=_Real(min=0, max=1, max_open=True),
           help="Score with a moving average of the weights (0: none)."),
    _train("--body", "train__hypernet__body", type=click.Choice(("graph", "densenet")),
           help="The HyperNet's body (graph)."),
    _train("--control", "train__control", type=click.Choice(("none", "shared", "unconditional")),
           help="Train without a HyperNet, or one that is told nothing, to compare with (none)."),
    _train("--on-nan", "train__on_nan", type=click.Choice(("stop", "skip")),
           help="What to do about a loss that is not finite (stop)."),
)  # fmt: skip

_rank = grouped("Ranking")
rank_options = (
    _rank("--random", "rank__random", type=_POSITIVE, help="Random programs to score."),
    _rank("--proposed", "rank__proposed", type=_COUNT,
          help="Programs of the proposer to score after these."),
    _rank("--proposer", "rank__proposer", metavar="NAME",
          help="Who proposes them: perturb, markov, evolution, local, surrogate, gradient, "
               "optuna:tpe, ... (perturb)."),
    _rank("--keep", "rank__keep", type=_POSITIVE,
          help="How many of the best to look for with more images (10)."),
    _rank("--exact", "rank__exact", is_flag=True, default=None,
          help="Score all programs on all held-out images."),
    _rank("--max-params", "rank__max_params", type=_COUNT,
          help="Most parameters of any program (0, for as many as there are)."),
    _rank("--max-flops", "rank__max_flops", type=_COUNT,
          help="Most multiply-adds of any program."),
    _rank("--max-latency", "rank__max_latency", metavar="MS", type=_Real(min=0),
          help="Most milliseconds for one image, measured on this device."),
)  # fmt: skip
scorer_option = _rank("--scorer", metavar="NAME", default="hypernet",
                      help="What gives the scores (hypernet).")  # fmt: skip
pareto_option = _rank("--pareto", metavar="COST", type=click.Choice(("params", "flops", "depth")),
                      help="Show the programs that no other beats at score and cost, with a "
                           "picture.")  # fmt: skip
corrupt_option = _rank("--corrupt", metavar="FIELD", type=click.Choice(FIELDS),
                       help=f"Tell the HyperNet something wrong: {', '.join(FIELDS)}.")  # fmt: skip

_confirm = grouped("Confirming")
confirm_options = (
    _confirm("--confirm", "confirm__top", type=_COUNT,
             help="How many promising programs to train for a short time (0: choose unseen)."),
    _confirm("--controls", "confirm__random", type=_COUNT,
             help="How many random programs to train beside them."),
    _confirm("--confirm-epochs", "confirm__epochs", type=_POSITIVE,
             help="Epochs of training each of them."),
)  # fmt: skip

_fit = grouped("Training the winner")
fit_options = (
    _fit("--epochs", "fit__epochs", type=_POSITIVE, help="Epochs of training the winner."),
    _fit("--init", "fit__init", type=click.Choice(("fresh", "hypernet")),
         help="The weights that it starts from: fresh, or generated (fresh)."),
)  # fmt: skip

_other = grouped("All settings")
set_option = _other("--set", "pairs", metavar="KEY=VALUE", multiple=True,
                    help="Any setting, such as train.warmup=0.1 (docs/training.md lists them); "
                         "as often as needed.")  # fmt: skip

_running = grouped("Running")
device_option = _running("--device", metavar="DEVICE", default="auto",
                         help="cpu, cuda, cuda:N, or auto: a GPU, if any (auto).")  # fmt: skip
engine_options = (
    _running("--engine", type=click.Choice(("local", "ray")), default="local",
             help="Where programs are scored and trained: in this process, or on a Ray cluster "
                  "(local)."),
    _running("--address", metavar="ADDRESS",
             help="The cluster's head, HOST:PORT, or auto: one that runs here (a new one, with "
                  "the cores of this machine)."),
)  # fmt: skip
training_options = (
    device_option,
    _running("--workers", "train__workers", type=_COUNT,
             help="Processes that prepare programs ahead (1)."),
    _running("--save-every", metavar="SECONDS", type=_Real(min=0), default=30.0,
             help="Between two checkpoints of training (30)."),
    _running("--tensorboard", is_flag=True, help="Also log for TensorBoard, in DIR/tensorboard."),
)  # fmt: skip


def changes(given: Mapping[str, Any], pairs: Iterable[str], *parts: str) -> dict[str, Any]:
    """The settings that the user gave, by key.

    Args:
        given: the values of options, None where they were not given.
        pairs: what `--set` was given.
        parts: which settings `--set` may name: `train`, `rank`, `confirm`, `fit`.

    Raises:
        click.UsageError: there is no such setting, it has another type, or it is given twice.
    """
    from smashdsl.search.changes import parse_pair

    found = {name.replace("__", "."): value for name, value in given.items() if value is not None}
    for pair in pairs:
        try:
            key, value = parse_pair(pair, parts)
        except ValueError as error:
            raise click.UsageError(f"--set {pair}: {error}.") from error
        if key in found:
            raise click.UsageError(f"--set {pair}: `{key}` is given twice.")
        found[key] = value
    return found
