"""The step of a search that keeps to its budget: what is left of it is for the winner."""

from __future__ import annotations

from smashdsl.search.budget import epochs_left
from smashdsl.search.confirm import Choice
from smashdsl.search.confirmed import searching_seconds
from smashdsl.search.run import Run


def in_time(run: Run, choice: Choice | None) -> Run:
    """The run with as many epochs for the winner as what is left of its budget takes, by how long
    that program's short training took. This is settled once, and never where the user has said how
    many epochs there are to be, or where nothing was confirmed.
    """
    if run.budget is None or choice is None or "fit.epochs" in run.asked:
        return run
    spent = searching_seconds(run) + sum(each.seconds for each in choice.trained)
    each = choice.trained[0].seconds / run.settings.confirm.epochs
    return run.settled(epochs_left(run.budget, spent, each, run.settings.fit.epochs))
