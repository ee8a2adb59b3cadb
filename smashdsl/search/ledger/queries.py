"""Which programs, and in which order."""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.search.ledger.rows import within

SORTS = {
    "score": "s.score DESC",
    "error": "s.error IS NULL, s.error",
    "images": "s.images DESC",
    "stage": "s.stage DESC",
    "seconds": "s.seconds DESC",
    "time": "s.time DESC",
    "found": "s.found",
    "params": "p.params",
    "flops": "p.flops",
    "depth": "p.depth",
}
"""By what programs can be sorted: the best score comes first, the smallest error, the most images,
the latest stage, the longest and the last scoring, what was found first, the lowest cost."""

Query = tuple[str, list[object]]
_SCORES = "scores s WHERE s.scorer = ?"
# Costs are looked at in the order of programs; in that of scores it takes several times as long.
_COSTS = "programs p CROSS JOIN scores s WHERE s.program = p.program AND s.scorer = ?"


@dataclass(frozen=True)
class Filter:
    """Programs within these bounds, both included, which `proposer` has proposed, and which have
    been scored at `min_stage` or later."""

    min_params: int | None = None
    max_params: int | None = None
    min_flops: int | None = None
    max_flops: int | None = None
    min_depth: int | None = None
    max_depth: int | None = None
    min_stage: int | None = None
    proposer: str | None = None


def query(columns: str, scorer: int, where: Filter | None, sort: str | None = None,
          limit: int | None = None) -> Query:  # fmt: skip
    """A query for scores `s`, and the values to put into it.

    Args:
        columns: to select.
        scorer: whose scores.
        where: which programs; None for all.
        sort: a name in `SORTS`; of equal programs the best, then the first one found, comes first.
        limit: how many at most.

    Raises:
        ValueError: programs cannot be sorted by that.
    """
    if sort is not None and sort not in SORTS:
        raise ValueError(f"programs are sorted by {', '.join(SORTS)}, not by {sort!r}")
    conditions, values = _conditions(where or Filter())
    order = [SORTS[sort], "s.score DESC", "s.found"] if sort else []
    by_cost = any(each.startswith("p.") for each in (*conditions, *order))
    text = " AND ".join([f"SELECT {columns} FROM {_COSTS if by_cost else _SCORES}", *conditions])
    if order:
        text += f" ORDER BY {', '.join(dict.fromkeys(order))}"
    if limit is not None:
        text += " LIMIT ?"
        values.append(within(limit))
    return text, [scorer, *values]


def _conditions(where: Filter) -> tuple[list[str], list[object]]:
    found: list[str] = []
    values: list[object] = []
    for bound, sign in (("min", ">="), ("max", "<=")):
        for name in ("params", "flops", "depth"):
            value = getattr(where, f"{bound}_{name}")
            if value is not None:
                found.append(f"p.{name} {sign} ?")
                values.append(within(value))
    if where.min_stage is not None:
        found.append("s.stage >= ?")
        values.append(within(where.min_stage))
    if where.proposer is not None:
        found.append(
            "EXISTS (SELECT 1 FROM proposals q INDEXED BY found_as WHERE q.scorer = s.scorer "
            "AND q.program = s.program AND q.proposer = ?)"
        )
        values.append(where.proposer)
    return found, values
