"""What was exported, beside the network that it was made from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from smashdsl.backends.formats import Exported
from smashdsl.backends.formats.weights import network_of, state_of
from smashdsl.backends.module import build_module
from smashdsl.backends.verify.graphs import GraphReport, verify_onnx, verify_pt2
from smashdsl.backends.verify.isolated import another_network
from smashdsl.backends.verify.source import VerifyReport, scatter, verify_export

FOLDED, SIMPLIFIED = 1e-5, 0.0


@dataclass(frozen=True)
class Report:
    """What the file was found to be, and how far the passes before moved outputs, where any ran."""

    file: VerifyReport | GraphReport
    passes: float | None

    @property
    def max_difference(self) -> float:
        return max(self.file.max_difference, self.passes or 0.0)

    def __str__(self) -> str:
        if self.passes is None:
            return str(self.file)
        return f"{self.file}; the passes before moved outputs by at most {self.passes:.1e}"


def verify(made: Exported, content: bytes, weights: Path | None = None) -> Report:
    """Compare an exported file with its network, and that with the network before the passes.

    Args:
        made: what the file was made from.
        content: of the file.
        weights: the file beside it, if there is one.

    Raises:
        SmashError: E908 it is another network, E914 onnxruntime is missing.
    """
    passes = _passes(made) if made.passes else None
    if made.how.weights_beside:
        file = verify_export(content.decode(), made.program, weights=weights)
        return Report(file, passes)
    network = network_of(made.plan, made.weights)
    run = verify_onnx if made.how.to == "onnx" else verify_pt2
    return Report(run(content, network, made.program.input), passes)


def _passes(made: Exported) -> float:
    """The largest difference of outputs before and after the passes, in float64: in evaluation,
    and in training unless something is folded."""
    plan = made.original_plan
    fresh = build_module(plan, seed=0)
    if made.given is None:
        scatter(fresh, torch.Generator().manual_seed(0))
    given = state_of(fresh) if made.given is None else made.given
    before = network_of(plan, given, torch.float64)
    after = network_of(made.plan, made.through(given), torch.float64)
    x = torch.randn(2, *made.original.input, dtype=torch.float64,
                    generator=torch.Generator().manual_seed(0))  # fmt: skip
    modes = (False,) if made.how.fold_bn else (False, True)
    difference = max(_difference(before, after, x, training) for training in modes)
    if not difference <= (FOLDED if made.how.fold_bn else SIMPLIFIED):
        raise another_network(f"the passes before moved its outputs by {difference:.1e}")
    return difference


class _Dense(torch.fx.Interpreter):
    """Runs a graph with every value in the plainest layout. What a step gives takes its layout from
    the steps before, and kernels of different layouts add up in different orders."""

    def run_node(self, n: torch.fx.Node) -> Any:
        value = super().run_node(n)
        return value.contiguous() if isinstance(value, torch.Tensor) else value


@torch.no_grad()
def _difference(before: torch.fx.GraphModule, after: torch.fx.GraphModule, x: torch.Tensor,
                training: bool) -> float:  # fmt: skip
    outputs = []
    with torch.random.fork_rng(devices=[]):
        for network in (before, after):
            torch.manual_seed(0)
            outputs.append(_Dense(network.train(training)).run(x))
    expected, actual = outputs
    if actual.shape != expected.shape:
        raise another_network("the passes before changed the shape of its output")
    return float((actual - expected).abs().max()) / max(1.0, float(expected.abs().max()))
