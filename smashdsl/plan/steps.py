"""The plan's data: flat steps in order of execution, every shape known.

Every back end that runs or costs a network reads these. Besides the table's operations, a step may
be one of the structural ones in `STRUCTURAL`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from smashdsl.ir import Op, Program
from smashdsl.ops import Slot
from smashdsl.plan.liveness import Liveness, liveness

STRUCTURAL = {
    "input": "the network's input",
    "cat": "concatenation along channels",
    "sum": "the sum of its inputs",
    "mean": "the mean of its inputs",
    "max": "the elementwise maximum of its inputs",
    "mul": "the product of its inputs",
    "shake": "a random convex combination in training, the mean otherwise",
    "attend": "the combination by a softmax over one learned scalar per input",
    "slice": "channels `start` to `stop` (exclusive) of its input",
}


@dataclass(frozen=True)
class Step:
    """One value of the network.

    `inputs` are indices of earlier steps. `shape` is `(channels, *spatial)` of the output. `path`
    is the module's name, from which slots take theirs (`blocks.0.layers.2.conv1`); structural
    steps without weights have the path of what they belong to. `slots` are the trainable tensors,
    named below `path`. `source` is the operation as the IR has it; `group` the names of the
    user-defined ops around it, outermost first; `label` names banks for people.
    """

    index: int
    op: str
    inputs: tuple[int, ...]
    attrs: Mapping[str, Any]
    shape: tuple[int, ...]
    path: str
    slots: tuple[Slot, ...] = ()
    flops: int = 0
    source: Op | None = None
    group: tuple[str, ...] = ()

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The full names of its slots, as in the state dict."""
        return tuple(f"{self.path}.{slot.name}" for slot in self.slots)

    @property
    def params(self) -> int:
        return sum(slot.size for slot in self.slots)


@dataclass(frozen=True)
class Costs:
    """What a network costs for one example.

    `flops` are multiply-adds of convolutions and linear layers; `activations` the elements of their
    outputs; `depth` the most of them on any path from input to output.
    """

    params: int
    flops: int
    activations: int
    depth: int


@dataclass(frozen=True)
class Plan:
    """A program's steps; `output` is the index of the last value."""

    program: Program
    steps: tuple[Step, ...]
    output: int
    costs: Costs = field(compare=False)

    @property
    def slots(self) -> dict[str, Slot]:
        """Every trainable tensor by its full name, as in the state dict."""
        return {
            name: slot
            for step in self.steps
            for name, slot in zip(step.names, step.slots, strict=True)
        }

    @cached_property
    def liveness(self) -> Liveness:
        """What the output depends on; found once, and sent along with the plan."""
        return liveness(self.steps, self.output)
