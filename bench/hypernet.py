"""What the HyperNet and its step cost as networks and batches grow.

    python bench/hypernet.py [--threads N] [--device cuda] [--json]

Three things. All weights of eight architectures of `smash_v2` from one call of the HyperNet beside
eight calls, forward and backward, as a ratio within one run. The time to make a new plan's function
for a hundred layers. And the time of a whole step per multiply-add as networks grow from
10 to 400 layers.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

import smashdsl
from smashdsl.backends.module import Function
from smashdsl.backends.waiting import waiter
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.clock import Clock
from smashdsl.hypernet.model import HyperNet, HyperNetSettings
from smashdsl.hypernet.step import Recipe, accumulate
from smashdsl.hypernet.supernet import Supernet

SPECS = Path(__file__).parents[1] / "specs"
LAYERS = (10, 25, 50, 100, 200, 400)
CHAIN = """
space chain {
  input 3x16x16
  classes 10
  encoding { unit = 8  compression = 2 }
  stem { conv(32, 3) }
  block {
    banks b[4] of 8
    repeat LAYERS {
      read some(one_of(1..4), written) -> norm -> relu -> conv(16, 1) -> norm -> relu
        -> conv(16, one_of(1, 3)) -> write some(2, written)
    }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def space(text: str) -> smashdsl.Space:
    found = smashdsl.loads(text)
    assert isinstance(found, smashdsl.Space)
    return found


def seconds(works: Sequence[Callable[[], object]], repeats: int,
            device: str = "cpu") -> list[float]:  # fmt: skip
    """The medians of several runs of each, in turn, after one that does not count."""
    wait = waiter(device)
    times: list[list[float]] = [[] for _ in works]
    for _ in range(repeats + 1):
        for work, row in zip(works, times, strict=True):
            wait()
            start = time.perf_counter()
            work()
            wait()
            row.append(time.perf_counter() - start)
    return [statistics.median(row[1:]) for row in times]


def made(net: HyperNet, architectures: list[Architecture], gradients: list[torch.Tensor]) -> None:
    torch.autograd.backward(net(architectures), gradients)


def together(body: str, repeats: int, device: str) -> dict[str, float]:
    of = smashdsl.load(SPECS / "smash_v2.smash")
    assert isinstance(of, smashdsl.Space)
    some = [prepare(of.sample(seed)) for seed in range(8)]
    net = HyperNet(of.layout, HyperNetSettings(body), 0).to(device)
    gradients = [torch.ones_like(each) for each in net(some)]

    def eight() -> None:
        for each, gradient in zip(some, gradients, strict=True):
            made(net, [each], [gradient])

    one, several = seconds([lambda: made(net, some, gradients), eight], repeats, device)
    return {"one_call": one, "eight_calls": several, "ratio": one / several}


def building(count: int = 20) -> dict[str, float]:
    """The median over plans that come from another process and are used once, as in training;
    others before them have filled the caches."""
    found = {}
    for name, of in (
        ("smash_v2", smashdsl.load(SPECS / "smash_v2.smash")),
        ("chain", space(CHAIN.replace("LAYERS", "100"))),
    ):
        assert isinstance(of, smashdsl.Space)
        per_layer, per_convolution = [], []
        for seed in range(2 * count):
            plan = pickle.loads(pickle.dumps(prepare(of.sample(seed)).plan))
            start = time.perf_counter()
            Function(plan)
            taken = 1000 * (time.perf_counter() - start)
            layers = sum(len(block.layers) for block in plan.program.blocks)
            weighted = sum(step.op in ("conv", "linear") for step in plan.steps)
            per_layer.append(100 * taken / layers)
            per_convolution.append(100 * taken / weighted)
        found[f"{name}_ms_per_100_bank_layers"] = statistics.median(per_layer[count:])
        found[f"{name}_ms_per_100_convolutions"] = statistics.median(per_convolution[count:])
    return found


def growth(repeats: int, device: str) -> list[dict[str, float]]:
    found = []
    for layers in LAYERS:
        of = space(CHAIN.replace("LAYERS", str(layers)))
        net = Supernet(of.layout, HyperNetSettings(), 0).to(device)
        architecture = prepare(of.sample(0))
        images = torch.randn(64, 3, 16, 16, device=device)
        labels = torch.arange(64, device=device) % 10

        def step(net: Supernet = net, architecture: Architecture = architecture,
                 images: torch.Tensor = images, labels: torch.Tensor = labels) -> None:  # fmt: skip
            accumulate(net, [architecture], images, labels, Recipe(), 0, 1.0, Clock())

        macs = 64 * architecture.plan.costs.flops
        (taken,) = seconds([step], max(2, repeats * 50 // layers), device)
        found.append({"layers": layers, "gmacs": macs / 1e9, "seconds": taken,
                      "ns_per_mac": 1e9 * taken / macs})  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    found: dict[str, Any] = {
        "together": {body: together(body, options.repeats, options.device)
                     for body in ("graph", "densenet")},
        "building": building(),
        "growth": growth(options.repeats, options.device),
    }  # fmt: skip
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    for body, row in found["together"].items():
        print(f"{body}: eight architectures, one call {row['one_call']:.3f} s, eight calls "
              f"{row['eight_calls']:.3f} s: {row['ratio']:.2f}")  # fmt: skip
    for name, value in found["building"].items():
        print(f"making a function, {name.replace('_', ' ')}: {value:.2f}")
    for row in found["growth"]:
        print(f"{row['layers']:4} layers, {row['gmacs']:6.2f} GMAC: {row['seconds']:7.3f} s, "
              f"{row['ns_per_mac']:.3f} ns per multiply-add")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
