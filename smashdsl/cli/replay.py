"""`smashdsl replay`: is a run what it says it is?"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashdsl.cli.grouped import Command, options
from smashdsl.cli.guard import FINDINGS
from smashdsl.cli.knobs import device_option
from smashdsl.cli.options import examples, json_option
from smashdsl.cli.output import say, say_json
from smashdsl.cli.processes import device_of
from smashdsl.cli.runs import the_run

if TYPE_CHECKING:
    from smashdsl.search.replay import Comparison
    from smashdsl.search.run import Run


@click.command(
    cls=Command,
    epilog=examples(
        "replay runs/first",
        "replay runs/first --run elsewhere    in a folder of that name",
        "replay runs/first --command          only say how",
    ),
)
@click.argument("run", metavar="RUN", type=click.Path())
@click.option("--run", "folder", metavar="NEW", type=click.Path(),
              help="The new folder (RUN with -replay behind it).")  # fmt: skip
@click.option("--command", "only_say", is_flag=True,
              help="Print the commands that do the run again, and do nothing.")  # fmt: skip
@options(device_option)
@json_option
def command(run: str, folder: str | None, only_say: bool, device: str,
            as_json: bool) -> int:  # fmt: skip
    """Train the HyperNet of the run in the folder RUN again, and compare the weights.

    The new run has the same space, data, seed and settings, and starts from nothing. Exits with 1
    if a single bit differs, and says which weight is the first and what may be the reason.
    """
    opened = the_run(run, None)
    target = Path(folder) if folder else opened.folder.with_name(f"{opened.folder.name}-replay")
    from smashdsl.search.commands import commands

    if only_say:
        found = commands(opened, str(target))
        say_json(found) if as_json else say("\n".join(found))
        return 0
    where = device_of(device)
    from smashdsl.cli.progress import reporting
    from smashdsl.search.replay import replay
    from smashdsl.search.resources import Resources

    again, result = replay(opened, target, Resources(reporting(quiet=as_json), where))
    if as_json:
        facts = dataclasses.asdict(result)
        say_json({"run": str(opened.folder), "again": str(again.folder),
                  "identical": not result.differing, **facts})  # fmt: skip
    else:
        say(_words(opened, again, result))
    return FINDINGS if result.differing else 0


def _words(run: Run, again: Run, result: Comparison) -> str:
    if not result.differing:
        return f"{again.folder}: all {result.tensors} tensors are bit-identical to {run.folder}"
    by = "" if result.largest is None else f", by up to {result.largest:.2g}"
    said = (
        f"{again.folder}: {len(result.differing)} of {result.tensors} tensors differ from "
        f"{run.folder}; the first is {result.differing[0]}{by}\n"
    )
    if result.reasons:
        return said + "\n".join(["what may be the reason:", *(f"  {r}" for r in result.reasons)])
    return said + (
        "versions, machine, device and threads are the same: a file was changed, or this is a "
        "mistake in smashdsl"
    )
