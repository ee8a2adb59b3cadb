"""Differences between two chains of stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smashdsl.backends.compare.align import APART, GAP, aligned
from smashdsl.backends.labels import chain_label
from smashdsl.elaborate.values import show
from smashdsl.ir import Chain, Combine, Op, flat

Stage = Op | Combine
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")


def chain_differences(before: Chain, after: Chain, rank: int) -> Iterator[str]:
    """What a chain does otherwise; `rank` is the number of spatial dimensions it works on.

    >>> old, new = Op("conv", {"units": 8, "kernel": 3}), Op("conv", {"units": 8, "kernel": 5})
    >>> list(chain_differences((old,), (new,), 2))
    ['conv: kernel 3 → 5']
    """
    old, new = list(flat(before)), list(flat(after))
    gone: list[int] = []
    added: list[int] = []
    for i, j in [*aligned(old, new, _distance), (len(old), len(new))]:
        if i is None or j is None:
            gone += [] if i is None else [i]
            added += [] if j is None else [j]
            continue
        if gone or added:
            yield _exchanged(old, gone, new, added, rank)
            gone, added = [], []
        if i < len(old):
            yield from _stage_differences(old, i, new[j], rank)


def _distance(a: Stage, b: Stage) -> int:
    if isinstance(a, Combine) or isinstance(b, Combine):
        both = isinstance(a, Combine) and isinstance(b, Combine)
        return 0 if a == b else GAP // 2 if both else APART
    if a.name != b.name:
        return APART
    return 0 if a.attrs == b.attrs else GAP // 2


def _exchanged(old: Sequence[Stage], gone: Sequence[int], new: Sequence[Stage],
               added: Sequence[int], rank: int) -> str:  # fmt: skip
    before = chain_label(tuple(old[i] for i in gone), rank)
    after = chain_label(tuple(new[j] for j in added), rank)
    if not added:
        return f"{before} left out"
    if gone:
        return f"{after} instead of {before}"
    first = added[0]
    place = f"after {chain_label((new[first - 1],), rank)}" if first else "at the start"
    return f"{after} added {place}"


def _stage_differences(old: Sequence[Stage], index: int, after: Stage, rank: int) -> Iterator[str]:
    before = old[index]
    if isinstance(before, Combine) and isinstance(after, Combine):
        yield from _combine_differences(before, after, rank)
    elif isinstance(before, Op) and isinstance(after, Op):
        changed = [
            f"{name} {_value(before.attrs.get(name))} → {_value(after.attrs.get(name))}"
            for name in {**before.attrs, **after.attrs}
            if before.attrs.get(name) != after.attrs.get(name)
        ]
        if changed:
            yield f"{_which(old, index, before.name)}: {', '.join(changed)}"


def _combine_differences(before: Combine, after: Combine, rank: int) -> Iterator[str]:
    if before.rule != after.rule:
        yield f"{after.rule} of the branches instead of {before.rule}"
    old, new = before.branches, after.branches
    for number, (a, b) in enumerate(zip(old, new, strict=False), 1):
        for found in chain_differences(a, b, rank):
            yield f"branch {number}: {found}"
    for branch in new[len(old) :]:
        yield f"another branch: {chain_label(branch, rank)}"
    for branch in old[len(new) :]:
        yield f"no branch any more: {chain_label(branch, rank)}"


def _which(stages: Sequence[Stage], index: int, name: str) -> str:
    """An operation by its name, and by its number where there are several."""
    same = [i for i, stage in enumerate(stages) if isinstance(stage, Op) and stage.name == name]
    if len(same) == 1:
        return name
    number = same.index(index)
    return f"{_ORDINALS[number] if number < len(_ORDINALS) else f'{number + 1}th'} {name}"


def _value(value: object) -> str:
    return "none" if value is None else show(value)
