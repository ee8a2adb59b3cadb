"""Differences between two whole programs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from smashdsl.backends.compare.align import APART, GAP, Pair, aligned, spans
from smashdsl.backends.compare.blocks import block_differences
from smashdsl.backends.compare.chains import chain_differences
from smashdsl.backends.labels import chain_label, shape_label
from smashdsl.ir import Block, Program, Transition, content_hash
from smashdsl.plan import Costs, Plan

Part = Block | Transition
COSTS = {"params": "parameters", "flops": "multiply-adds", "activations": "activations",
         "depth": "depth"}  # fmt: skip


@dataclass(frozen=True)
class Difference:
    """What differs, and where: `blocks 1–3`, `transition 2`, `stem`, `the network`."""

    where: str
    what: str


@dataclass(frozen=True)
class Comparison:
    """How `after` differs from `before`. Programs that compute the same are equal, however their
    banks and operations are called."""

    before: Plan
    after: Plan
    differences: tuple[Difference, ...]

    @property
    def equal(self) -> bool:
        """Whether both are the same network, with the same training settings."""
        return not self.differences

    def costs(self) -> Iterator[str]:
        """What it costs more or less: `+12,000 parameters (+4.1%)`."""
        before, after = self.before.costs, self.after.costs
        for name, words in COSTS.items():
            old, new = getattr(before, name), getattr(after, name)
            if name == "depth" and old != new:
                yield f"depth {old} → {new}"
            elif old != new:
                share = f" ({(new - old) / old:+.1%})" if old else ""
                yield f"{new - old:+,} {words}{share}"

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        return {
            "equal": self.equal,
            "before": _facts(self.before),
            "after": _facts(self.after),
            "differences": [asdict(difference) for difference in self.differences],
        }


def _facts(plan: Plan) -> dict[str, Any]:
    costs: Costs = plan.costs
    return {"name": plan.program.name, "hash": content_hash(plan.program), **asdict(costs)}


def compare(before: Plan, after: Plan) -> Comparison:
    """Everything in which the second program differs from the first."""
    if content_hash(before.program) == content_hash(after.program):
        return Comparison(before, after, ())
    together: dict[str, list[str]] = defaultdict(list)
    for where, what in _found(before.program, after.program):
        together[what].append(where)
    if not together:
        together["its values are dealt out to the banks otherwise"].append("the network")
    differences = (Difference(_places(where), what) for what, where in together.items())
    return Comparison(before, after, tuple(differences))


def _places(where: Sequence[str]) -> str:
    """`blocks 1–3, transition 2`."""
    numbers: dict[str, list[int]] = defaultdict(list)
    parts = []
    for place in where:
        kind, _, number = place.rpartition(" ")
        if number.isdigit():
            numbers[kind].append(int(number))
        elif place not in parts:
            parts.append(place)
    for kind, found in numbers.items():
        distinct = sorted(set(found))
        parts.append(f"{kind}{'s' if len(distinct) > 1 else ''} {spans(distinct)}")
    return ", ".join(parts)


def _found(before: Program, after: Program) -> Iterator[tuple[str, str]]:
    rank = len(before.input) - 1
    if before.input != after.input:
        shapes = shape_label(after.input), shape_label(before.input)
        yield "the network", "takes {} instead of {}".format(*shapes)
    if before.classes != after.classes:
        counts = after.classes or "no", before.classes or "none"
        yield "the network", "has {} classes instead of {}".format(*counts)
    for what in _train_differences(before.train, after.train):
        yield "training", what
    for what in chain_differences(before.stem, after.stem, rank):
        yield "stem", what
    yield from _bodies(before, after, rank)
    for what in chain_differences(before.head, after.head, rank):
        yield "head", what


def _train_differences(before: Mapping[str, float], after: Mapping[str, float]) -> Iterator[str]:
    for name in dict.fromkeys((*before, *after)):
        if name not in after:
            yield f"without {name}"
        elif name not in before:
            yield f"with {name} = {after[name]}"
        elif before[name] != after[name]:
            yield f"{name} {before[name]} → {after[name]}"


def body_pairs(before: Program, after: Program) -> list[Pair]:
    """Which blocks and transitions of two programs belong together, by their places."""
    return aligned(before.body, after.body, _distance)


def _bodies(before: Program, after: Program, rank: int) -> Iterator[tuple[str, str]]:
    old, new = before.body, after.body
    pairs = body_pairs(before, after)
    names_before, names_after = part_names(old), part_names(new)
    for i, j in pairs:
        if i is None and j is not None:
            yield names_after[j], f"new: {_described(new[j], rank)}"
        elif i is not None and j is None:
            yield names_before[i], "left out"
        elif i is not None and j is not None:
            for what in _part_differences(old[i], new[j], rank):
                yield names_before[i], what


def _distance(a: Part, b: Part) -> int:
    if isinstance(a, Transition) or isinstance(b, Transition):
        both = isinstance(a, Transition) and isinstance(b, Transition)
        return 0 if a == b else GAP // 2 if both else APART
    layers = sum(x != y for x, y in zip(a.layers, b.layers, strict=False))
    differing = layers + abs(len(a.layers) - len(b.layers))
    most = max(len(a.layers), len(b.layers), 1)
    return 0 if a == b else 1 + (GAP - 1) * differing // most


def part_names(body: Sequence[Part]) -> list[str]:
    """`block 1`, `transition 1`, `block 2`, … by position in the body."""
    counts: Counter[str] = Counter()
    names = []
    for part in body:
        kind = "block" if isinstance(part, Block) else "transition"
        counts[kind] += 1
        names.append(f"{kind} {counts[kind]}")
    return names


def _described(part: Part, rank: int) -> str:
    if isinstance(part, Transition):
        return chain_label(part.stages, rank)
    layers, banks = len(part.layers), len(part.banks)
    return f"{layers} layer{'s' * (layers > 1)} on {banks} bank{'s' * (banks > 1)}"


def _part_differences(before: Part, after: Part, rank: int) -> Iterator[str]:
    if isinstance(before, Block) and isinstance(after, Block):
        yield from block_differences(before, after, rank)
    elif isinstance(before, Transition) and isinstance(after, Transition):
        yield from chain_differences(before.stages, after.stages, rank)
