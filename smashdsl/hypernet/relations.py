"""How the parts of a network that own slices of the encoding lie to each other.

Takes a plan and the owner of each stretch; gives a number for each pair of stretches: how far apart
their owners are along the flow of data, counted in owners.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from smashdsl.plan import Plan

FAR = 4
"""The greatest distance that is told from greater ones."""

NONE, SAME = 0, 1
COUNT = 2 + 2 * FAR
"""Relations: none, the same owner, 1 to `FAR` before it, 1 to `FAR` after it."""


def relations(plan: Plan, owners: Sequence[str]) -> npt.NDArray[np.int64]:
    """The relation `[i, j]` of stretch `j` to stretch `i`: `1 + d` if its owner's output reaches
    that of `i` through `d` owners at the least, `1 + FAR + d` the other way round."""
    numbers = {owner: number for number, owner in enumerate(dict.fromkeys(owners))}
    found = np.full((len(numbers), len(numbers)), NONE, np.int64)
    step = _adjacency(plan, numbers)
    reached = step
    for distance in range(1, FAR + 1):
        found[reached & (found == NONE)] = 1 + distance
        found[reached.T & (found == NONE)] = 1 + FAR + distance
        reached = (reached.astype(np.float32) @ step.astype(np.float32)) > 0
    np.fill_diagonal(found, SAME)
    places = [numbers[owner] for owner in owners]
    return found[np.ix_(places, places)]


def _adjacency(plan: Plan, numbers: dict[str, int]) -> npt.NDArray[np.bool_]:
    """`[i, j]`: whether owner `i` takes what owner `j` made, straight or through what nobody
    owns."""
    takes = np.zeros((len(numbers), len(numbers)), np.bool_)
    makers: list[frozenset[int]] = []
    nobody: frozenset[int] = frozenset()
    for step in plan.steps:
        before = nobody.union(*(makers[i] for i in step.inputs))
        number = numbers.get(_owner(step.path))
        if number is None:
            makers.append(before)
            continue
        takes[number, list(before)] = True
        makers.append(frozenset((number,)))
    np.fill_diagonal(takes, False)
    return takes


def _owner(path: str) -> str:
    section, *rest = path.split(".", 4)
    count = {"blocks": 3, "transitions": 1}.get(section, 0)
    return ".".join((section, *rest[:count]))
