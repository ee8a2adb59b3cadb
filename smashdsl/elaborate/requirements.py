"""Requirements as written, taken apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from smashdsl.syntax import nodes

GROWING = ("params", "flops", "activations")  # costs that only grow while a network is built


class TooCostly(Exception):
    """A network under elaboration has passed what may be spent on a cost."""

    def __init__(self, cost: str) -> None:
        super().__init__(cost)
        self.cost = cost


@dataclass(frozen=True)
class Ceiling:
    """A requirement that a cost be at most a number."""

    cost: str
    most: float
    require: nodes.Require
    part: nodes.Expr


Budget = Mapping[str, float]


def conjuncts(node: nodes.Expr) -> Iterator[nodes.Expr]:
    """The parts of `a and b and c`."""
    if isinstance(node, nodes.Binary) and node.operator == "and":
        yield from conjuncts(node.left)
        yield from conjuncts(node.right)
    else:
        yield node


def ceilings(network: nodes.Network) -> list[Ceiling]:
    """The requirements of a network of the form `cost <= number`, or `<`."""
    found = []
    for require in network.body:
        if not isinstance(require, nodes.Require):
            continue
        for part in conjuncts(require.condition):
            match part:
                case nodes.Binary("<=" | "<", nodes.Name(cost), nodes.Number(most)):
                    if cost in GROWING:
                        found.append(Ceiling(cost, most, require, part))
    return found
