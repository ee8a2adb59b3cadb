"""Runs and choices in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smashdsl.backends.web.markup import Html, join, table, tag
from smashdsl.backends.web.numbers import number, plus_minus
from smashdsl.backends.web.thumbnail import THUMBNAIL_CSS, thumbnail
from smashdsl.search.ledger.shown import ROWS, entries_html
from smashdsl.search.winner import original

if TYPE_CHECKING:
    from smashdsl.search.confirm import Choice
    from smashdsl.search.run import Run


def run_html(run: Run) -> Html:
    """A run's facts and the best programs of its ranking, with pictures.

    Raises:
        SmashError: E944, the ledger is damaged.
    """
    about = tag("p", tag("strong", f"Run {run.folder}"),
                f": {run.name} on {run.data}, seed {run.seed}")  # fmt: skip
    with run.ledger() as ledger:
        counts = ledger.scorers()
        scorer = "hypernet" if "hypernet" in counts else next(iter(counts), "")
        best = ledger.ranked(scorer, ROWS, run.within, "stage") if scorer else []
    if not best:
        return join([about, tag("p", "nothing is ranked yet")])
    drawn = [thumbnail(original(run, entry).ir) for entry in best]
    caption = f"The best {len(best)} of {counts[scorer]:,} by {scorer}"
    return join([tag("style", Html(THUMBNAIL_CSS)), about, entries_html(best, caption, drawn)])


def choice_html(choice: Choice) -> Html:
    """Programs that were trained for a short time, the chosen one first."""
    rows = [
        [each.program.hash[:12], each.role,
         number(each.entry.score.score), plus_minus(each.reached, each.stderr),
         f"{each.accuracy:.1%}", plus_minus(worth, unsure)]
        for each, worth, unsure in zip(choice.trained, choice.worth, choice.unsure, strict=True)
    ]  # fmt: skip
    return table("Programs that were trained, the chosen one first",
                 ["program", "", "score", "reached", "accuracy", "worth"], rows)  # fmt: skip
