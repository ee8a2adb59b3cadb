"""`smashdsl rank`: the second step of a search."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.engines import engine_of
from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    changes,
    corrupt_option,
    device_option,
    engine_options,
    pareto_option,
    rank_options,
    run_argument,
    run_option,
    scorer_option,
    set_option,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, usage
from smashdsl.cli.reports import corrupt_text, front_text, ranking_text, run_data
from smashdsl.cli.runs import the_run

if TYPE_CHECKING:
    from smashdsl.search.ledger import Reading
    from smashdsl.search.run import Run


@click.command(
    cls=Command,
    epilog=examples(
        "rank runs/first",
        "rank runs/first --random 500     score more of them",
        "rank runs/first --proposer evolution --proposed 300 --max-flops 20000000",
        "rank runs/first --pareto flops    the best score for every cost, with a picture",
        "rank runs/first --scorer synflow   by something that needs no trained weights",
        "rank runs/first --engine ray --address HOST:6379    on a cluster",
        "rank runs/first --corrupt all    what is it worth that the HyperNet knows the network?",
    ),
)
@run_argument
@options(
    run_option,
    *rank_options,
    scorer_option,
    pareto_option,
    corrupt_option,
    set_option,
    device_option,
    *engine_options,
)
@json_option
def command(run: str | None, folder: str | None, scorer: str, pareto: str | None,
            corrupt: str | None, pairs: tuple[str, ...], device: str, engine: str,
            address: str | None, as_json: bool, **given: Any) -> None:  # fmt: skip
    """Score programs with the generated weights of the run in the folder RUN (or --run DIR).

    Random programs come first, then those of a proposer. All are scored on the same few images, and
    the best on more. What the ledger has already is not scored again.

    With --scorer, something else than generated weights gives the scores: params, live_params,
    flops, depth, synflow, naswot, swap, zico, expressivity, trainability, ensemble, or sgd:STEPS
    (short training). They are kept apart.

    With --corrupt, a field of each program's encoding is dealt out anew before the HyperNet sees
    it. These scores are kept apart, and options are not kept for the next time.
    """
    usual = corrupt is None and scorer == "hypernet"
    if corrupt is not None and scorer != "hypernet":
        raise click.UsageError("--corrupt is about the HyperNet: leave --scorer out.")
    opened = the_run(run, folder, changes(given, pairs, "rank"), keep=usual)
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.ranked import rank_step
    from smashdsl.search.resources import Resources

    progress = reporting(quiet=as_json)
    with usage(), engine_of(engine, address, progress) as chosen:
        using = Resources(progress, where, engine=chosen)
        name = rank_step(opened, using, corrupt=corrupt, scorer=scorer)
    with opened.ledger() as ledger:
        if as_json:
            say_json(
                {**run_data(opened, ledger, name, None), **_front(opened, ledger, name, pareto)}
            )
            return
        say(ranking_text(opened, ledger, name))
        if pareto is not None:
            say(front_text(_front(opened, ledger, name, pareto)["pareto"], pareto))
        if corrupt is not None:
            say(corrupt_text(ledger, corrupt))
        elif usual:
            say(f"next: smashdsl confirm {opened.folder}")


def _front(run: Run, ledger: Reading, scorer: str, cost: str | None) -> dict[str, Any]:
    """The Pareto front as plain data, if one is asked for, and a picture of it in the run."""
    from smashdsl.search.pareto import front, picture

    if cost is None:
        return {}
    entries = [
        each for each in ledger.ranked(scorer, where=run.within) if math.isfinite(each.score.score)
    ]
    path = run.folder / f"pareto-{cost}.svg"
    picture(path, entries, cost, run.name)
    return {"pareto": [entry.as_data() for entry in front(entries, cost)], "picture": str(path)}
