"""`smashdsl report`: a run as one page for a browser."""

from __future__ import annotations

from pathlib import Path

import click

from smashdsl.cli.grouped import Command, grouped, options
from smashdsl.cli.knobs import run_argument, run_option
from smashdsl.cli.options import examples, out_option
from smashdsl.cli.output import deliver, say
from smashdsl.cli.processes import usage
from smashdsl.cli.runs import the_run

NAME = "report.html"

_page = grouped("The page")
page_options = (
    _page("--scorer", metavar="NAME", help="Whose ranking is listed (hypernet)."),
    _page("--rows", metavar="N", type=click.IntRange(min=1),
          help="List so many programs at most (500)."),
    _page("--pictures", metavar="N", type=click.IntRange(min=0),
          help="Draw so many of them at most (50)."),
    _page("--study", "studies", metavar="DIR", multiple=True, type=click.Path(),
          help="Also tell of a study of the space; as often as needed."),
)  # fmt: skip


@click.command(
    cls=Command,
    epilog=examples(
        "report runs/first",
        "report runs/first -o first.html",
        "report runs/first --study studies/correlation-small --rows 2000",
    ),
)
@run_argument
@options(run_option, *page_options)
@out_option("Write the page to this file (report.html in the run's folder).")
def command(run: str | None, folder: str | None, scorer: str | None, rows: int | None,
            pictures: int | None, studies: tuple[str, ...], out: str | None) -> None:  # fmt: skip
    """Write the run in the folder RUN as one page of HTML, however far it is.

    The page loads nothing from anywhere: it can be mailed, kept and opened without a network. It
    has the best program with its picture, text and code, what the ranking is worth, a leaderboard
    to sort and to filter, scores against costs, how training went, and how to repeat it all.
    """
    opened = the_run(run, folder)
    from smashdsl.report import report

    sizes = {name: n for name, n in (("rows", rows), ("pictures", pictures)) if n is not None}
    with usage():
        page = report(opened, scorer=scorer, studies=[Path(each) for each in studies], **sizes)
    target = out or str(opened.folder / NAME)
    deliver(page, target)
    if target != "-":
        say(f"in {target}")
