"""Which items of two sequences belong together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Pair = tuple[int | None, int | None]

GAP = 10
APART = 2 * GAP + 1
LARGEST = 1_000_000


def aligned(before: Sequence[Item], after: Sequence[Item],
            distance: Callable[[Item, Item], int]) -> list[Pair]:  # fmt: skip
    """Pairs of indices in order, None where an item has no partner.

    The pairing with the least sum of distances is taken, where an item without partner counts
    `GAP`; of equal ones, that which pairs earlier items.
    Sequences with more than `LARGEST` possible pairs, equal ends left out, are paired one by one.

    Args:
        before, after: the sequences.
        distance: 0 for items that are equal, `APART` for items that cannot be partners.
    """
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and distance(before[head], after[head]) == 0:
        head += 1
    tail = 0
    while tail < shorter - head and distance(before[-1 - tail], after[-1 - tail]) == 0:
        tail += 1
    old, new = range(head, len(before) - tail), range(head, len(after) - tail)
    pairs: list[Pair] = [(i, i) for i in range(head)]
    if len(old) * len(new) > LARGEST:
        pairs += _one_by_one(old, new)
    else:
        pairs += _cheapest(old, new, lambda i, j: distance(before[i], after[j]))
    return [*pairs, *((len(before) - n, len(after) - n) for n in range(tail, 0, -1))]


def _one_by_one(old: range, new: range) -> list[Pair]:
    paired = list(zip(old, new, strict=False))
    count = len(paired)
    return [*paired, *((i, None) for i in old[count:]), *((None, j) for j in new[count:])]


def _cheapest(old: range, new: range, distance: Callable[[int, int], int]) -> list[Pair]:
    rows = [[GAP * j for j in range(len(new) + 1)]]
    gaps: list[list[int]] = []
    for n, i in enumerate(old, 1):
        above, row = rows[-1], [GAP * n]
        gaps.append([distance(i, j) for j in new])
        for m, gap in enumerate(gaps[-1]):
            row.append(min(above[m] + gap, above[m + 1] + GAP, row[m] + GAP))
        rows.append(row)
    pairs: list[Pair] = []
    n, m = len(old), len(new)
    while n or m:
        if m and rows[n][m] == rows[n][m - 1] + GAP:
            m -= 1
            pairs.append((None, new[m]))
        elif n and rows[n][m] == rows[n - 1][m] + GAP:
            n -= 1
            pairs.append((old[n], None))
        else:
            n, m = n - 1, m - 1
            pairs.append((old[n], new[m]))
    return pairs[::-1]


def spans(numbers: Sequence[int], dash: str = "–") -> str:
    """Ascending numbers with neighbours together: `1–3, 7`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}{dash}{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def banks_text(names: Sequence[str]) -> str:
    """Banks with neighbours of one array together: `x, b[0..3], b[7]`."""
    runs: list[tuple[str, list[int]]] = []
    for name in names:
        found = re.fullmatch(r"(.+)\[(\d+)\]", name)
        array, index = (found[1], [int(found[2])]) if found else (name, [])
        if index and runs and runs[-1][0] == array and runs[-1][1][-1] + 1 == index[0]:
            runs[-1][1].extend(index)
        else:
            runs.append((array, index))
    return ", ".join(f"{array}[{spans(run, '..')}]" if run else array for array, run in runs)
