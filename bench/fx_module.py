"""Time and memory of the fx module beside a network written by hand.

    python bench/fx_module.py [--json] [--pairs N]

Both have the same weights and run in one process, on two threads, with batches of 64 images: one
forward and one backward pass each in turn, in an order that alternates. The ratio is the median
over the pairs (fx / by hand); `best` divides the shortest times, which a busy machine disturbs
least. Peak memory is the most that torch's allocator held at once during
a pass beyond what it held before.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import ProfilerActivity, profile

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference.densenet_bc import DenseNetBC  # noqa: E402
from reference.resnet20 import ResNet20  # noqa: E402
from reference.slots import by_slot  # noqa: E402

import smashdsl  # noqa: E402
from smashdsl.backends.module import build_module  # noqa: E402

BATCH = 64
THREADS = 2
NETWORKS: dict[str, Callable[[], nn.Module]] = {"resnet20": ResNet20, "densenet_bc": DenseNetBC}


def step(network: nn.Module, images: Tensor, labels: Tensor) -> None:
    """One forward and one backward pass."""
    network.zero_grad(set_to_none=True)
    functional.cross_entropy(network(images), labels).backward()


def seconds(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    start = time.perf_counter()
    step(network, images, labels)
    return time.perf_counter() - start


def peak_bytes(network: nn.Module, images: Tensor, labels: Tensor) -> int:
    """The most that was allocated at once during a pass."""
    network.zero_grad(set_to_none=True)
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        step(network, images, labels)
    events = [e for e in record.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def measure(name: str, pairs: int) -> dict[str, Any]:
    """Both networks' times in seconds, the ratios of the pairs, and peak memory in bytes."""
    program = smashdsl.load(ROOT / "specs" / f"{name}.smash")
    assert isinstance(program, smashdsl.Program)
    reference = NETWORKS[name]()
    network = build_module(program.plan, init=False)
    network.load_state_dict(by_slot(reference, program.plan.slots))
    images = torch.randn(BATCH, *program.ir.input)
    labels = torch.arange(BATCH) % 10
    both = {"fx": network, "by_hand": reference}
    times: dict[str, list[float]] = {name: [] for name in both}
    for pair in range(pairs + 2):
        for name in sorted(both, reverse=pair % 2 == 1):
            elapsed = seconds(both[name], images, labels)
            if pair >= 2:
                times[name].append(elapsed)
    ratios = [f / h for f, h in zip(times["fx"], times["by_hand"], strict=True)]
    peaks = {name: peak_bytes(each, images, labels) for name, each in both.items()}
    return {
        "seconds": {name: statistics.median(t) for name, t in times.items()},
        "ratio": statistics.median(ratios),
        "ratio_quartiles": statistics.quantiles(ratios, n=4)[::2],
        "ratio_range": [min(ratios), max(ratios)],
        "ratio_of_best": min(times["fx"]) / min(times["by_hand"]),
        "n": pairs,
        "peak_bytes": peaks,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="The fx module beside a network written by hand.")
    parser.add_argument("--pairs", type=int, default=15, help="timed pairs of passes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    torch.set_num_threads(THREADS)
    torch.manual_seed(0)
    results = {name: measure(name, arguments.pairs) for name in NETWORKS}
    if arguments.json:
        setting = {"batch": BATCH, "threads": THREADS, "torch": torch.__version__}
        host = {"machine": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"setting": setting | host, "networks": results}, indent=2))
        return
    print(f"torch {torch.__version__}, {THREADS} threads, batch {BATCH}, n = {arguments.pairs}")
    print("network         fx s  hand s  ratio     min..max   best    fx MB  hand MB")
    for name, result in results.items():
        low, high = result["ratio_range"]
        times, peaks = result["seconds"], result["peak_bytes"]
        print(
            f"{name:12} {times['fx']:7.3f} {times['by_hand']:7.3f} {result['ratio']:6.3f} "
            f"{low:6.2f}..{high:.2f} {result['ratio_of_best']:6.3f} "
            f"{peaks['fx'] / 1e6:8.1f} {peaks['by_hand'] / 1e6:8.1f}"
        )


if __name__ == "__main__":
    main()
