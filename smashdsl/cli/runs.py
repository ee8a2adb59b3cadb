"""What the verbs of a search share: their options, the run they work on, and what they report."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.backends.summary.columns import columns

if TYPE_CHECKING:
    from smashdsl.search.ledger import Entry, Ledger
    from smashdsl.search.run import Run
    from smashdsl.search.steps import Winner
    from smashdsl.training.progress import Progress

SHOWN = 10
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
_POSITIVE = click.IntRange(min=1)
_COUNT = click.IntRange(min=0)

space_argument = click.argument("space", metavar="[SPACE]", required=False)
run_argument = click.argument("run", metavar="[RUN]", required=False, type=click.Path())
data_option = click.option("--data", metavar="DATA",
                           help="`digits`, a set's name such as cifar10, or a path: of parquet, "
                                "images or .npz (docs/data.md).")  # fmt: skip
limit_option = click.option("--limit", type=_POSITIVE,
                            help="Read so many examples of each part at most.")  # fmt: skip
folder_option = click.option("--run", "folder", metavar="DIR", type=click.Path(),
                             help="The run's folder (runs/ and the space's name).")  # fmt: skip
run_option = click.option("--run", "folder", metavar="DIR", type=click.Path(),
                          help="The same as RUN.")  # fmt: skip
seed_option = click.option("--seed", type=_COUNT, help="Decides everything left to chance (0).")
network_option = click.option("--name", metavar="NAME", help="Which space of the file.")
train_options = (
    click.option("--steps", type=_POSITIVE, help="Steps of training the HyperNet."),
    click.option("--batch-size", type=_POSITIVE, help="Images in a step of the HyperNet."),
)
rank_options = (
    click.option("--random", type=_POSITIVE, help="Random programs to score."),
    click.option("--perturbed", type=_COUNT, help="Mutations of the best to score."),
)
fit_options = (click.option("--epochs", type=_POSITIVE, help="Epochs of training the winner."),)


def options(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in this order in the help."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate


def open_or_start(
    space: str | None,
    name: str | None,
    data: str | None,
    limit: int | None,
    folder: str | None,
    seed: int | None,
    progress: Progress,
    **given: Mapping[str, Any],
) -> Run:
    """The run to work on: the one in the folder if there is one, else a new one.

    Args:
        space: the file of the space, or the folder of a run; not needed beside `folder` for a run
            that exists.
        name: of the space in its file.
        data: as `load_data` takes it; not needed for a run that exists.
        limit: how many examples of each part to read at most.
        folder: of the run.
        seed: of the run.
        progress: is told about reading the data.
        given: settings of the steps `train`, `rank` and `fit`; None stands for what the run has.
    """
    from smashdsl.cli.networks import require_space
    from smashdsl.search.run import MANIFEST, continued, start_run
    from smashdsl.search.settings import preset

    changes = {step: _present(settings) for step, settings in given.items()}
    if space is not None and folder is None and Path(space).is_dir():
        space, folder = None, space
    found = None if space is None else require_space(space, name)
    if folder is None:
        if found is None:
            raise click.UsageError("Name a SPACE to search, or an earlier run with --run DIR.")
        folder = str(Path("runs") / found.name)
    place = Path(folder)
    if (place / MANIFEST).exists():
        asked = _present({"data": data, "limit": limit, "seed": seed})
        run = continued(place, found, asked, changes["train"])
        return with_settings(run, rank=changes.get("rank", {}), fit=changes.get("fit", {}))
    if found is None:
        from smashdsl.search.run import open_run

        return open_run(place)
    if data is None:
        raise click.UsageError("A new run needs data: --data digits, or --data PATH.")
    settings = _replaced(preset(data), changes)
    return start_run(place, found, data, seed or 0, settings, progress, limit)


def the_run(run: str | None, folder: str | None) -> Run:
    """The run that a verb's argument or its option `--run` names.

    Raises:
        SmashError: E943 it is no run, E924 or E944 it is damaged.
        click.UsageError: there is not exactly one of the two.
    """
    from smashdsl.search.run import open_run

    named = [place for place in (run, folder) if place is not None]
    if len(named) != 1:
        raise click.UsageError("Name the folder of one run.")
    return open_run(Path(named[0]))


def with_settings(run: Run, **changes: Mapping[str, Any]) -> Run:
    """The run with other settings of some steps; None stands for what it has."""
    wanted = {step: _present(settings) for step, settings in changes.items()}
    return run.changed(_replaced(run.settings, wanted))


def _replaced(settings: Any, changes: Mapping[str, Mapping[str, Any]]) -> Any:
    steps = {
        step: dataclasses.replace(getattr(settings, step), **values)
        for step, values in changes.items()
    }
    return dataclasses.replace(settings, **steps)


def _present(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value is not None}


def leaderboard_text(ledger: Ledger) -> str:
    """The best programs as a table, with what their scores are."""
    ranked = ledger.ranked()
    rows = [["", "score", "± stderr", "error", "parameters", "FLOPs", "depth", "found as", "hash"]]
    rows += [_row(place, entry) for place, entry in enumerate(ranked[:SHOWN], 1)]
    images = ranked[0].score.n
    shown = min(SHOWN, len(ranked))
    return (
        f"{len(ranked)} programs of {ledger.facts['space']}, the best {shown}:\n\n"
        + columns(rows, (0, 1, 2, 3, 4, 5, 6))
        + f"""
score: mean log-likelihood of {images:,} held-out images (seed {ledger.facts["seed"]}), with weights
generated by the HyperNet, not with trained ones; FLOPs: multiply-adds of convolutions and linear
layers. Differences of a few standard errors mean little.
"""
    )


def _row(place: int, entry: Entry) -> list[str]:
    score = entry.score
    return [
        str(place), f"{score.mean_log_likelihood:.3f}", f"{score.stderr:.3f}", f"{score.error:.1%}",
        f"{entry.params:,}", f"{entry.flops:,}", str(entry.depth), entry.proposals[0],
        entry.hash[:12],
    ]  # fmt: skip


def winner_text(run: Run, winner: Winner) -> str:
    """How well the winner does after ordinary training."""
    fitted = winner.fitted
    if fitted is None:
        return ""
    epochs = len(fitted["history"])
    lines = [f"the winner, trained by itself for {epochs} epoch{'s' * (epochs > 1)}:"]
    for split, words in (("validation", "held-out"), ("test", "test")):
        score = fitted[split]
        if score is not None:
            right = f"{score['accuracy']:.1%} of {score['n']:,} {words} images right"
            lines.append(f"  {right}, log-likelihood {score['mean_log_likelihood']:.3f} "
                         f"± {score['stderr']:.3f}")  # fmt: skip
    if fitted["test"] is None:
        lines.append("  (the held-out images also chose it; the test images are untouched)")
    return "\n".join(lines) + "\n"


def run_data(run: Run, ledger: Ledger, winner: Winner | None) -> dict[str, Any]:
    """The results of a run as plain JSON data."""
    ranked = ledger.ranked()
    return {
        "run": str(run.folder), "space": run.name, "data": run.data, "limit": run.limit,
        "seed": run.seed,
        "settings": dataclasses.asdict(run.settings),
        "score": "mean log-likelihood of held-out images with generated weights",
        "programs": len(ranked),
        "validation_images": ranked[0].score.n if ranked else None,
        "leaderboard": [entry.as_data() for entry in ranked[:SHOWN]],
        "winner": winner and {**winner.entry.as_data(), "fit": winner.fitted},
        "files": sorted(str(path) for path in run.folder.iterdir() if path.is_file()),
    }  # fmt: skip
