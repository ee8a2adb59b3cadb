"""Inference of exported networks beside networks written by hand.

    python bench/inference.py [--json] [--pairs N] [--batch N] [--threads N] [NAME ...]

Each program is exported as Python source, simplified, and imported from there. It has the weights
of the network written by hand (`tests/reference`) and runs in one process with it, in evaluation
and without gradients: one pass each in turn, in an order that alternates. A pass is as many calls
as take some tenth of a second. The ratio is the median over the pairs (exported / by hand), with a
95% interval from 2,000 bootstrap samples. Peak memory is the most that torch's allocator held at
once during a call beyond what it held before. The same export with batch normalisation folded is
measured beside them. With one thread, times are of the processor, which other programs disturb
less than those of the clock on the wall; with more, they are of the latter.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from reference.densenet_bc import DenseNetBC  # noqa: E402
from reference.fractalnet import FractalNet  # noqa: E402
from reference.resnet20 import ResNet20  # noqa: E402
from reference.slots import by_slot  # noqa: E402

import smashdsl  # noqa: E402
from smashdsl.backends.formats import Export, make  # noqa: E402

NETWORKS: dict[str, Callable[[], nn.Module]] = {
    "resnet20": ResNet20, "densenet_bc": DenseNetBC, "fractalnet": FractalNet,
}  # fmt: skip
SECONDS = 0.1
WARMUP = 2
SAMPLES = 2000


def exported(program: smashdsl.Program, state: dict[str, Tensor], fold: bool) -> nn.Module:
    """The network of the exported file, with its weights."""
    made = make(program.ir, Export("python", simplify=True, fold_bn=fold), state)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "exported.py"
        _, weights = made.write(path)
        spec = importlib.util.spec_from_file_location("exported", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        network: nn.Module = module.load(weights)
    return network


def seconds(network: nn.Module, images: Tensor, calls: int) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    start = clock()
    for _ in range(calls):
        network(images)
    return (clock() - start) / calls


def peak_bytes(network: nn.Module, images: Tensor) -> int:
    """The most that was allocated at once during a call."""
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        network(images)
    events = [e for e in record.profiler.kineto_results.events() if e.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda e: e.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def interval(ratios: list[float]) -> list[float]:
    """A 95% interval of the median."""
    rng = random.Random(0)
    medians = sorted(
        statistics.median(rng.choices(ratios, k=len(ratios))) for _ in range(SAMPLES)
    )  # fmt: skip
    return [medians[int(0.025 * SAMPLES)], medians[int(0.975 * SAMPLES) - 1]]


@torch.no_grad()
def measure(name: str, pairs: int, batch: int) -> dict[str, Any]:
    """Times in seconds for one call, the ratios of the pairs, and peak memory in bytes."""
    program = smashdsl.load(ROOT / "specs" / f"{name}.smash")
    assert isinstance(program, smashdsl.Program)
    reference = NETWORKS[name]().eval()
    state = {n: t.detach() for n, t in by_slot(reference, program.plan.slots).items()}
    networks = {
        "exported": exported(program, state, False), "by_hand": reference,
        "folded": exported(program, state, True),
    }  # fmt: skip
    images = torch.randn(batch, *program.ir.input)
    expected = reference(images)
    for network in networks.values():
        torch.testing.assert_close(network(images), expected, rtol=1e-4, atol=1e-4)
    calls = max(1, round(SECONDS / min(seconds(reference, images, 1) for _ in range(3))))
    times: dict[str, list[float]] = {each: [] for each in networks}
    for pair in range(pairs + WARMUP):
        for each in sorted(networks, reverse=pair % 2 == 1):
            elapsed = seconds(networks[each], images, calls)
            if pair >= WARMUP:
                times[each].append(elapsed)
    found: dict[str, Any] = {"n": pairs, "calls": calls}
    found["seconds"] = {each: statistics.median(t) for each, t in times.items()}
    found["peak_bytes"] = {each: peak_bytes(n, images) for each, n in networks.items()}
    for each in ("exported", "folded"):
        ratios = [a / b for a, b in zip(times[each], times["by_hand"], strict=True)]
        found[each] = {
            "ratio": statistics.median(ratios), "interval": interval(ratios),
            "quartiles": statistics.quantiles(ratios, n=4)[::2],
            "of_best": min(times[each]) / min(times["by_hand"]),
        }  # fmt: skip
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description="Exported networks beside ones written by hand.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NETWORKS)}")
    parser.add_argument("--pairs", type=int, default=25, help="timed pairs of passes")
    parser.add_argument("--batch", type=int, default=32, help="images in a call")
    parser.add_argument("--threads", type=int, default=1, help="threads of torch")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if unknown := {*arguments.names} - {*NETWORKS}:
        parser.error(f"there is no network {', '.join(sorted(unknown))}")
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    results = {
        name: measure(name, arguments.pairs, arguments.batch)
        for name in arguments.names or NETWORKS
    }  # fmt: skip
    if arguments.json:
        setting = {"batch": arguments.batch, "threads": arguments.threads,
                   "torch": torch.__version__}  # fmt: skip
        host = {"machine": platform.machine(), "python": platform.python_version()}
        print(json.dumps({"setting": setting | host, "networks": results}, indent=2))
        return
    print(f"torch {torch.__version__}, {arguments.threads} threads, batch {arguments.batch}, "
          f"n = {arguments.pairs}")  # fmt: skip
    print("network      export      ms  hand ms  ratio   95% interval    best     MB  hand MB")
    for name, result in results.items():
        for each in ("exported", "folded"):
            times, peaks, found = result["seconds"], result["peak_bytes"], result[each]
            low, high = found["interval"]
            print(
                f"{name:12} {each:8} {1000 * times[each]:7.2f} {1000 * times['by_hand']:8.2f} "
                f"{found['ratio']:6.3f} {low:7.3f}..{high:.3f} {found['of_best']:7.3f} "
                f"{peaks[each] / 1e6:6.1f} {peaks['by_hand'] / 1e6:8.1f}"
            )


if __name__ == "__main__":
    main()
