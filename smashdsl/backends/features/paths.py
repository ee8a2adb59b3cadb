"""Path encoding (White et al. 2020, BANANAS): which rows of operations lead to the output."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from smashdsl.backends.features.adjacency import label
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.plan import STRUCTURAL, Plan, Step

MOST = 20_000  # different paths to any one value
MOST_WRITTEN = 50_000_000  # operations in the paths to all values together
ARROW = " -> "

Paths = Counter[tuple[str, ...]]


def paths(plan: Plan, longest: int | None = None, whole: bool = False) -> dict[str, int]:
    """How often each row of operations leads from what enters a part of the network to what leaves.

    A path names its operations with their arguments, such as `block[0]: conv(16, 3) -> relu`. Sums
    and concatenations are no operations; a path through `zero` carries nothing and does not count.
    Names, the order of banks and where filters come from make no difference.

    Args:
        plan: of the program.
        longest: the most operations of a path; longer ones are left out.
        whole: paths through the whole network, not through each stem, block, transition and head.

    Raises:
        SmashError: E996, more than 20,000 different paths lead to one value, or the paths to all
            values have more than 50 million operations.
        ValueError: `longest` is less than 1.
    """
    if longest is not None and longest < 1:
        raise ValueError(f"longest must be at least 1, not {longest}")
    written = 0
    found: Counter[str] = Counter()
    known: dict[int, Paths] = {}
    part_of = [_part(step, whole) for step in plan.steps]
    leaving = {plan.output}
    for step in plan.steps:
        leaving |= {i for i in step.inputs if part_of[i] != part_of[step.index]}
    for step in plan.steps:
        part = part_of[step.index]
        total: Paths = Counter()
        for i in step.inputs:
            total.update(known[i] if part_of[i] == part else Counter({(): 1}))
        known[step.index] = _after(step, total, longest)
        written += sum(map(len, known[step.index]))
        if written > MOST_WRITTEN:
            raise _too_many(f"the paths to `{step.path}` are many and long")
        if step.index in leaving and step.op != "input":
            for path, times in known[step.index].items():
                found[f"{part}: {ARROW.join(path) or 'identity'}"] += times
    return dict(sorted(found.items()))


def _after(step: Step, before: Paths, longest: int | None) -> Paths:
    """The paths that end with a step, from those that lead to it."""
    if step.op == "input":
        return Counter({(): 1})
    if len(before) > MOST:
        raise _too_many(f"more than {MOST:,} different paths lead to `{step.path}`")
    if step.op == "zero":
        return Counter()
    if step.op in STRUCTURAL:
        return before
    name = label(step)
    return Counter(
        {
            (*path, name): times
            for path, times in before.items()
            if longest is None or len(path) < longest
        }
    )


def _too_many(problem: str) -> SmashError:
    help = "leave out long paths (`--longest`), or take another encoding"
    return SmashError(Diagnostic("E996", problem, helps=(help,)))


def _part(step: Step, whole: bool) -> str:
    if whole:
        return "network"
    first, *rest = step.path.split(".")
    names = {"blocks": "block", "transitions": "transition"}
    return f"{names[first]}[{rest[0]}]" if first in names else first


def hashed_paths(found: dict[str, int], size: int) -> NDArray[np.int64]:
    """Paths as a vector of fixed size: each path adds its number to the entry that its name's hash
    (BLAKE2b) falls on. Programs of different spaces can be compared; paths may fall together.

    Args:
        found: how often each path is there; of one, at most 2^32 count.
        size: of the vector, from 1.

    Raises:
        ValueError: `size` is less than 1.
    """
    if size < 1:
        raise ValueError(f"size must be at least 1, not {size}")
    vector = np.zeros(size, np.int64)
    for path, times in found.items():
        digest = hashlib.blake2b(path.encode(), digest_size=8).digest()
        vector[int.from_bytes(digest, "little") % size] += min(times, 2**32)
    return vector
