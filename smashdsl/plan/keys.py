"""Where a space keeps the weights of its programs.

A weight's key names the place in the text, the operation and the slot (`0:31/45/conv.weight`), by
words before it: comments and layout change nothing (`smashdsl.elaborate.places`).
One that is shared has one key wherever in its block the place is entered; of those that layers own
there is one for each time (`0:31/45/conv#2.weight` for the second); a filter that the HyperNet
generates has the slot `generated`, for those who would rather keep it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from smashdsl.plan.sources import filter_source, is_filter
from smashdsl.plan.steps import Plan, Step


def weight_key(place: str, slot: str, number: int | None = None) -> str:
    """The key of a slot at a place; `number`, from 1, where the place owns one for each time that
    it is entered."""
    return f"{place}.{slot}" if number is None else f"{place}#{number}.{slot}"


def weight_keys(plan: Plan) -> dict[str, str]:
    """The key of each weight of a program by the slot's full name, in order of the plan.

    Fixed filters have none. Keys of generated filters are among `Layout.filters`, all others among
    `Layout.tensors` of the space's layout.
    """
    times: Counter[str] = Counter()
    return {
        name: key
        for step in plan.steps
        if step.source is not None and step.slots
        for name, key in _keys_of(step, times)
    }


def _keys_of(step: Step, times: Counter[str]) -> Iterator[tuple[str, str]]:
    """The full names and the keys of a step's kept or generated weights."""
    assert step.source is not None
    place, source = f"{step.source.position}/{step.op}", filter_source(step)
    times[place] += source == "own"
    for name, slot in zip(step.names, step.slots, strict=True):
        if source == "own":
            yield name, weight_key(place, slot.name, times[place])
        elif source == "generated" and is_filter(slot):
            yield name, weight_key(place, "generated")
        elif not (source.startswith("fixed") and is_filter(slot)):
            yield name, weight_key(place, slot.name)
