"""`smashdsl rank`: the second step of a search."""

from __future__ import annotations

from typing import Any

import click

from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    changes,
    corrupt_option,
    device_option,
    rank_options,
    run_argument,
    run_option,
    set_option,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of, usage
from smashdsl.cli.reports import corrupt_text, ranking_text, run_data
from smashdsl.cli.runs import the_run


@click.command(
    cls=Command,
    epilog=examples(
        "rank runs/first",
        "rank runs/first --random 500     score more of them",
        "rank runs/first --corrupt all    what is it worth that the HyperNet knows the network?",
    ),
)
@run_argument
@options(run_option, *rank_options, corrupt_option, set_option, device_option)
@json_option
def command(run: str | None, folder: str | None, corrupt: str | None, pairs: tuple[str, ...],
            device: str, as_json: bool, **given: Any) -> None:  # fmt: skip
    """Score programs with the generated weights of the run in the folder RUN (or --run DIR).

    Random programs come first, then mutations of the best. What the ledger has already is not
    scored again.

    With --corrupt, a field of each program's encoding is dealt out anew before the HyperNet sees
    it. These scores are kept apart, and options are not kept for the next time.
    """
    opened = the_run(run, folder, changes(given, pairs, "rank"), keep=corrupt is None)
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.ledger import scorer_name
    from smashdsl.search.resources import Resources
    from smashdsl.search.steps import rank_step

    with usage():
        rank_step(opened, Resources(reporting(quiet=as_json), where), corrupt=corrupt)
    with opened.ledger() as ledger:
        if as_json:
            say_json(run_data(opened, ledger, scorer_name(corrupt), None))
            return
        say(ranking_text(ledger, scorer_name(corrupt)))
        if corrupt is None:
            say(f"next: smashdsl fit {opened.folder}")
        else:
            say(corrupt_text(ledger, corrupt))
