"""The whole page, with its style and its script inside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from smashdsl.backends.render.theme import dark_css
from smashdsl.backends.web.document import document
from smashdsl.backends.web.markup import paragraph, tag
from smashdsl.backends.web.thumbnail import THUMBNAIL_CSS
from smashdsl.report.costs import costs_section
from smashdsl.report.gather import Findings, gather
from smashdsl.report.leaderboard import leaderboard_section
from smashdsl.report.repeating import made_with, repeating_section
from smashdsl.report.training import training_section
from smashdsl.report.trust import trust_section, verdict
from smashdsl.report.winning import winning_section
from smashdsl.search.run import Run

ROWS, PICTURES = 500, 50
PARTS = {
    "winner": "Best program", "trust": "Worth of the ranking", "leaderboard": "Leaderboard",
    "costs": "Score and cost", "training": "Training", "repeat": "How to repeat it",
}  # fmt: skip


def report(run: Run, *, scorer: str | None = None, rows: int = ROWS, pictures: int = PICTURES,
           studies: Sequence[Path] = ()) -> str:  # fmt: skip
    """A run as a page of HTML, however far the run is; the same run gives the same page.

    Args:
        run: to tell of.
        scorer: whose ranking is listed; the HyperNet's unless it has none.
        rows: how many programs to list at most.
        pictures: how many of these to draw at most.
        studies: folders of studies of the space, to be told of with it.

    Raises:
        SmashError: E923, E924, E940 or E944 a file is damaged, E978 a folder holds no study that
            can be shown.
        ValueError: there is no such scorer in the ledger.
    """
    return page(gather(run, scorer, rows, pictures, studies))


def page(found: Findings) -> str:
    """What was found, as a page."""
    sections = [
        part
        for part in (
            winning_section(found), trust_section(found), leaderboard_section(found),
            costs_section(found), training_section(found), repeating_section(found),
        )
        if part is not None
    ]  # fmt: skip
    run = found.run
    title = f"{run.name} on {Path(run.data).name}"
    head = tag(
        "header", tag("h1", title),
        paragraph(f"A search with smashdsl: {found.count:,} programs scored, seed {run.seed}. ",
                  verdict(found)),
    )  # fmt: skip
    links = [tag("li", tag("a", words, href=f"#{name}")) for name, words in PARTS.items()
             if any(f' id="{name}"' in part[:80] for part in sections)]  # fmt: skip
    nav = tag("nav", tag("ul", links), aria_label="Parts of this page")
    foot = tag("footer", paragraph(made_with()))
    return document(title, head, nav, tag("main", sections), foot, style=_style(),
                    script=_asset("script.js"))  # fmt: skip


def _style() -> str:
    dark = f"@media (prefers-color-scheme: dark) {{\n{dark_css('.paper')}\n}}"
    return f"{_asset('style.css')}{THUMBNAIL_CSS}{dark}\n"


@cache
def _asset(name: str) -> str:
    return files("smashdsl.report").joinpath(name).read_text(encoding="utf-8")
