"""Values that operations make, and values that meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import torch

from smashdsl.importing.modules.graph import Node, Piece, Place, Ref, Shape, joined
from smashdsl.importing.modules.leaves import Leaf, Misfit
from smashdsl.ir import Op
from smashdsl.ops import OpError, find_op


@dataclass(frozen=True)
class Stacked:
    """Values stacked along a new first dimension."""

    refs: tuple[Ref, ...]


def is_ref(value: Any) -> TypeGuard[Ref]:
    """Whether an argument is a value that comes from the input."""
    return isinstance(value, tuple) and bool(value) and all(hasattr(p, "start") for p in value)


class Joins:
    """Collects the nodes of a graph."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []

    def add(self, node: Node) -> Ref:
        self.nodes.append(node)
        return (Piece(len(self.nodes) - 1, 0, node.shape[0]),)

    def shape(self, ref: Ref) -> Shape:
        return (sum(p.stop - p.start for p in ref), *self.nodes[ref[0].node].shape[1:])

    def leaf(self, leaf: Leaf, source: Ref, place: Place) -> Ref:
        if leaf.op is None:
            return source
        spec = find_op(leaf.op.name)
        assert spec is not None
        try:
            shape = spec.outline(self.shape(source), leaf.op.attrs).shape
        except OpError as error:
            raise Misfit(error.message) from error
        return self.add(Node((source,), shape, place, leaf.op, state=leaf.state))

    def refs(self, values: Any) -> list[Ref]:
        if not values or not all(map(is_ref, values)):
            raise Misfit("an argument is no value that comes from the input")
        return [joined(value) for value in values]

    def two(self, rule: str, values: Sequence[Any], place: Place, neutral: int) -> Ref:
        numbers = [value for value in values if isinstance(value, int | float)]
        refs = [value for value in values if is_ref(value)]
        if len(refs) == 1 and len(numbers) == len(values) - 1 == 1:
            if numbers[0] == neutral:
                return refs[0]
            if rule == "mul" and numbers[0] == 0:
                return self.leaf(Leaf(Op("zero", {})), refs[0], place)
            raise Misfit(f"a value cannot be combined with a number, such as {numbers[0]}")
        if len(refs) != 2 or len(values) != 2:
            raise Misfit("an argument is no value that comes from the input")
        return self.join(rule, refs, place)

    def join(self, rule: str, refs: Sequence[Ref], place: Place) -> Ref:
        shapes = [self.shape(ref) for ref in refs]
        if any(shape != shapes[0] for shape in shapes):
            raise Misfit(f"values of different shapes are combined: {shapes[0]} and {shapes[-1]}")
        if len(refs) == 1:
            return refs[0]
        return self.add(Node(tuple(map(joined, refs)), shapes[0], place, rule=rule))

    def divided(self, values: Sequence[Any], place: Place) -> Ref:
        """A sum divided by the number of its terms is a mean."""
        ref, number = values[0], values[1]
        if is_ref(ref):
            for terms in (self._terms(ref, 1), self._terms(ref)):
                if isinstance(number, int | float) and number == len(terms) > 1:
                    return self.join("mean", terms, place)
        if number == 1 and is_ref(ref):
            return joined(ref)
        raise Misfit("only a sum can be divided, by the number of its terms")

    def _terms(self, ref: Ref, levels: int = 1000) -> list[Ref]:
        """The terms of a sum, those of sums among them opened down to some level."""
        node = self.nodes[ref[0].node]
        if len(ref) > 1 or node.rule != "sum" or self.shape(ref) != node.shape or not levels:
            return [ref]
        return [term for each in node.inputs for term in self._terms(each, levels - 1)]

    def unstacked(self, target: Any, args: Any, kwargs: Mapping[str, Any], place: Place) -> Ref:
        rules: dict[Any, str] = {torch.mean: "mean", "mean": "mean", torch.sum: "sum", "sum": "sum",
                                 torch.amax: "max", "amax": "max", torch.prod: "mul",
                                 "prod": "mul"}  # fmt: skip
        dim = kwargs.get("dim", args[1] if len(args) > 1 else None)
        if target not in rules or dim not in (0, (0,), [0]) or kwargs.get("keepdim"):
            raise Misfit("stacked values can be added, averaged, multiplied or compared only")
        return self.join(rules[target], args[0].refs, place)
