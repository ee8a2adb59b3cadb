"""Counted and measured costs of a network's layers.

Times are of inference. They are the medians of several passes, with the quartiles beside them: on a
machine that does other things as well, single passes say little. Layers are timed in passes of
their own, operation by operation, which costs some time itself; the whole network is timed
undisturbed. Passes of both kinds take turns, so that they meet the same disturbances.
"""

from __future__ import annotations

import platform
import statistics
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.fx import Node

from smashdsl.backends.graph.layers import layer_of, section_of
from smashdsl.backends.module import build_module
from smashdsl.backends.profile.runs import layer_bytes, layer_seconds, whole_seconds
from smashdsl.backends.summary import ProgramSummary, summarise_program
from smashdsl.ops import find_op
from smashdsl.plan import Plan

WARMUP = 3


@dataclass(frozen=True)
class Spread:
    """Milliseconds: the median of all passes, the quartiles, and the least."""

    median: float
    lower: float
    upper: float
    least: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        """Of at least two passes."""
        lower, median, upper = statistics.quantiles(seconds, n=4, method="inclusive")
        return cls(*(1000 * value for value in (median, lower, upper, min(seconds))))


@dataclass(frozen=True)
class LayerProfile:
    """A layer of a block, or a whole stem, transition or head.

    Attributes:
        name: as `info` has it.
        path: of its modules.
        op: what it does, in a few words.
        shape: `(channels, *spatial)` of its output.
        params: its weights and biases.
        flops: multiply-adds of its convolutions and linear layers, for one image.
        activations: outputs of these, for one image.
        latency: of the whole batch.
        memory: bytes that were held at once at most while it ran, beyond weights and images.
    """

    name: str
    path: str
    op: str
    shape: tuple[int, ...]
    params: int
    flops: int
    activations: int
    latency: Spread
    memory: int


@dataclass(frozen=True)
class Profile:
    """A network's layers, and the whole of it.

    `rest` is dealing to banks between layers and whatever else belongs to none. `summed` is the
    time of all layers and the rest in the passes that were timed operation by operation.
    """

    summary: ProgramSummary
    batch: int
    repeat: int
    device: str
    threads: int
    layers: tuple[LayerProfile, ...]
    rest: Spread
    summed: Spread
    whole: Spread
    memory: int

    def as_data(self) -> dict[str, Any]:
        """Plain JSON data; times in milliseconds, memory in bytes."""
        summary, costs = self.summary, self.summary.costs
        return {
            "name": summary.name, "hash": summary.hash, "input": list(summary.input),
            "batch": self.batch, "repeat": self.repeat, "device": self.device,
            "threads": self.threads, "torch": torch.__version__, "machine": platform.machine(),
            "params": costs.params, "flops": costs.flops, "activations": costs.activations,
            "latency": asdict(self.whole), "layers_latency": asdict(self.summed),
            "rest_latency": asdict(self.rest), "memory": self.memory,
            "layers": [asdict(layer) for layer in self.layers],
        }  # fmt: skip


@torch.no_grad()
def profile(plan: Plan, device: torch.device, batch: int = 1, repeat: int = 20,
            name: str = "", tick: Callable[[], object] = int) -> Profile:  # fmt: skip
    """Measure a network with fresh weights, in evaluation.

    Args:
        plan: of a verified program.
        device: where to run it.
        batch: images at once.
        repeat: passes of each kind, at least two; some more come before, to warm up.
        name: what to call the device.
        tick: is called after every pass.
    """
    network = build_module(plan, seed=0, inplace=False).eval().to(device)
    images = torch.randn(batch, *plan.program.input, generator=torch.Generator().manual_seed(0))
    images = images.to(device)

    def place(node: Node) -> str:
        path = plan.steps[node.meta["step"]].path if "step" in node.meta else ""
        return layer_of(path) or section_of(path)

    whole: list[float] = []
    layers: list[dict[str, float]] = []
    for number in range(WARMUP + repeat):
        undisturbed = whole_seconds(network, images)
        by_layer = layer_seconds(network, images, place)
        if number >= WARMUP:
            whole.append(undisturbed)
            layers.append(by_layer)
        tick()
    peaks = layer_bytes(network, images, place)
    summary = summarise_program(plan)
    rows = {row.path for row in summary.layers}
    rest = [sum(t for path, t in run.items() if path not in rows) for run in layers]
    return Profile(
        summary, batch, repeat, name or str(device), torch.get_num_threads(),
        _layers(plan, summary, layers, peaks), Spread.of(rest),
        Spread.of([sum(run.values()) for run in layers]), Spread.of(whole),
        max(peaks.values(), default=0),
    )  # fmt: skip


def _layers(plan: Plan, summary: ProgramSummary, layers: Sequence[dict[str, float]],
            peaks: dict[str, int]) -> tuple[LayerProfile, ...]:  # fmt: skip
    activations = _activations(plan)
    return tuple(
        LayerProfile(
            row.name, row.path, row.op, row.shape, row.params, row.flops, activations[row.path],
            Spread.of([run.get(row.path, 0.0) for run in layers]), peaks.get(row.path, 0),
        )
        for row in summary.layers
    )  # fmt: skip


def _activations(plan: Plan) -> dict[str, int]:
    """Outputs of convolutions and linear layers by layer, for one image."""
    found: dict[str, int] = defaultdict(int)
    for step in plan.steps:
        spec = find_op(step.op)
        if spec is not None and spec.weighted:
            found[layer_of(step.path) or section_of(step.path)] += torch.Size(step.shape).numel()
    return found
