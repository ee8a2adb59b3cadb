"""Score against cost: which programs no other beats at both."""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.backends.web.markup import Html, folded, paragraph, section, table, tag
from smashdsl.backends.web.numbers import SURE, number, plus_minus
from smashdsl.report.chart import Series, figure
from smashdsl.report.gather import Findings
from smashdsl.search.ledger import Entry
from smashdsl.search.pareto import front

DOTS = 2_000  # programs that are drawn at most, besides the front
LISTED = 60
COSTS = {"params": "parameters", "flops": "FLOPs"}


def costs_section(found: Findings) -> Html | None:
    """A front for each cost; None where nothing is ranked."""
    if not found.cloud:
        return None
    about = "Each program on a front has a higher score than all that cost no more. "
    if found.scorer.startswith("hypernet"):
        about += (
            "The front consists of the luckiest of many noisy scores, and lies too high for that: "
            "where intervals overlap, the order is open."
        )
    if len(found.cloud) < found.count:
        about += (
            f" Of {found.count:,} programs, the best and the cheapest "
            f"{len(found.cloud):,} were looked at."
        )
    charts = [_chart(found, cost, words) for cost, words in COSTS.items()]
    return section("costs", "Score and cost", paragraph(about), tag("div", charts, class_="charts"))


def _chart(found: Findings, cost: str, words: str) -> Html:
    best = front(found.cloud, cost)
    on_front = {entry.hash for entry in best}
    rest = _spread([entry for entry in found.cloud if entry.hash not in on_front], DOTS)
    x, y = _costs(best, cost), [entry.score.score for entry in best]
    labels = [f"{entry.hash[:12]}: {plus_minus(entry.score.score, entry.score.stderr)}, "
              f"{getattr(entry, cost):,} {words}" for entry in best]  # fmt: skip
    series = [
        Series("other programs", _costs(rest, cost), [e.score.score for e in rest], "dots"),
        Series("the front", x, y, "steps"),
        Series("on the front, with 95 % interval", x, y, "points", (),
               [SURE * entry.score.stderr for entry in best], labels),
    ]  # fmt: skip
    return figure(
        f"Score by {words}", f"{len(best):,} programs on the front.", words, "score", series,
        folded("Numbers", _numbers(best, cost, words)), log_x=True,
    )  # fmt: skip


def _costs(entries: Sequence[Entry], cost: str) -> list[float]:
    return [float(getattr(entry, cost)) for entry in entries]


def _spread(entries: Sequence[Entry], most: int) -> Sequence[Entry]:
    """At most so many, spread over all."""
    every = max(1, -(-len(entries) // most))
    return entries[::every]


def _numbers(best: Sequence[Entry], cost: str, words: str) -> Html:
    rows = [[entry.hash[:12], f"{getattr(entry, cost):,}", number(entry.score.score),
             number(entry.score.stderr)] for entry in best[-LISTED:]]  # fmt: skip
    return table(f"The front by {words}", ["program", words, "score", "± standard error"], rows)
