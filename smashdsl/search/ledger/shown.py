"""A ledger in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from smashdsl.backends.web.markup import Content, Html, join, table, tag
from smashdsl.backends.web.numbers import plus_minus
from smashdsl.search.ledger.entry import Entry

if TYPE_CHECKING:
    from smashdsl.search.ledger.reading import Reading

ROWS = 10
SCORERS = 3


def ledger_html(ledger: Reading) -> Html:
    """The best programs of the first few scorers as tables; raises as `Reading.ranked`."""
    facts = ledger.facts
    about = f"{facts.get('space')} on {facts.get('data')}, seed {facts.get('seed')}"
    counts = ledger.scorers()
    parts: list[Content] = [tag("p", tag("strong", "Ledger"), f": {about}")]
    for scorer in list(counts)[:SCORERS]:
        best = ledger.ranked(scorer, ROWS, sort="stage")
        parts.append(entries_html(best, f"The best {len(best)} of {counts[scorer]:,} by {scorer}"))
    if len(counts) > SCORERS:
        parts.append(tag("p", f"and by {', '.join(list(counts)[SCORERS:])}"))
    if not counts:
        parts.append(tag("p", "nothing is scored yet"))
    return join(parts)


def entries_html(entries: Sequence[Entry], caption: str, pictures: Sequence[Html] = ()) -> Html:
    """Programs as a table; `pictures` are those of the first."""
    head = ["", *(["picture"] if pictures else []), "score", "wrong", "parameters", "FLOPs",
            "depth", "found as", "hash"]  # fmt: skip
    rows: list[list[Content]] = []
    for place, entry in enumerate(entries, 1):
        score, drawn = entry.score, pictures[place - 1] if place <= len(pictures) else ""
        rows.append([
            str(place), *([drawn] if pictures else []), plus_minus(score.score, score.stderr),
            "–" if score.error is None else f"{score.error:.1%}", f"{entry.params:,}",
            f"{entry.flops:,}", str(entry.depth), str(entry.proposals[0]), entry.hash[:12],
        ])  # fmt: skip
    return table(caption, head, rows)
