"""`smashdsl confirm`: the third step of a search."""

from __future__ import annotations

from typing import Any

import click

from smashdsl.cli.engines import engine_of
from smashdsl.cli.grouped import Command, options
from smashdsl.cli.knobs import (
    changes,
    confirm_options,
    device_option,
    engine_options,
    run_argument,
    run_option,
    set_option,
)
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of
from smashdsl.cli.reports import confirmed_text
from smashdsl.cli.runs import the_run


@click.command(
    cls=Command,
    epilog=examples(
        "confirm runs/first",
        "confirm runs/first --confirm 8 --controls 8 --confirm-epochs 10",
        "confirm runs/first --engine ray --address HOST:6379    on a cluster",
    ),
)
@run_argument
@options(run_option, *confirm_options, set_option, device_option, *engine_options)
@json_option
def command(run: str | None, folder: str | None, pairs: tuple[str, ...], device: str,
            engine: str, address: str | None, as_json: bool, **given: Any) -> None:  # fmt: skip
    """Train promising programs of the run in the folder RUN for a short time, and choose one.

    The best of many noisy scores is worse than it looks. So random programs and the best of the
    ranking are trained for real. A regression on score, live parameters, multiply-adds, depth,
    expressivity and trainability says which ranked programs to train next, two at a time, and
    learns from each. The choice weighs what each reached against what a mix of these expects of
    it; the random ones say what the search gained at equal total cost.
    """
    opened = the_run(run, folder, changes(given, pairs, "confirm"))
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.confirm import as_data
    from smashdsl.search.confirmed import confirm_step, gained
    from smashdsl.search.resources import Resources

    progress = reporting(quiet=as_json)
    with engine_of(engine, address, progress) as chosen:
        choice = confirm_step(opened, Resources(progress, where, engine=chosen))
    if choice is None:
        raise click.UsageError("Nothing is to be confirmed: --confirm is 0.")
    gain = gained(opened, choice)
    if as_json:
        say_json({"run": str(opened.folder), **as_data(choice, gain)})
        return
    say(confirmed_text(choice, gain, opened.folder))
    say(f"next: smashdsl fit {opened.folder}")
