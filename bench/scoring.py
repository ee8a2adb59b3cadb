"""What scoring with generated weights costs, beside the networks themselves.

    python bench/scoring.py [--threads N] [--images N] [--repeats N] [--large] [--json]

The limit: the same networks as plain modules with given weights, channels last, without gradients,
at the best of several batch sizes, on the same images: those for normalisation statistics and those
that score. Given is the limit's time over that of scoring, which includes preparing the programs
and generating their weights. For tiny networks, also programs a second, drawing them included.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.hypernet.calibrate import calibrate
from smashdsl.hypernet.oneshot import OneShot, OneShotSettings
from smashdsl.hypernet.supernet import Supernet
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.training.data import Dataset, from_arrays

SPECS = Path(__file__).parents[1] / "specs"
SIZES = (32, 64, 128, 256)
CALIBRATION = 256
TINY = """
space tiny {
  input 3x32x32
  classes 10
  stem { conv(8, 3, stride=4) -> norm -> relu }
  block {
    banks b[4] of 8
    repeat 2..6 {
      read some(one_of(1..count(written)), written)
        -> norm -> relu -> conv(16, 1) -> norm -> relu -> conv(16, one_of(1, 3))
        -> write some(2, written, fresh(1))
    }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""


def data_of(space: smashdsl.Space, images: int) -> Dataset:
    """Noise of the space's shape: what it shows costs nothing."""
    random = torch.Generator().manual_seed(0)
    shape = space.sample(0).ir.input
    classes = space.sample(0).ir.classes or 10

    def part(count: int) -> tuple[Any, Any]:
        pixels = torch.randint(0, 256, (count, *shape), generator=random, dtype=torch.uint8)
        return pixels.numpy(), (torch.arange(count) % classes).numpy()

    few = 2 * classes
    return from_arrays(*part(CALIBRATION), validation_set=part(images), test_set=part(few),
                       channels="first")  # fmt: skip


def seconds(work: Callable[[], object], repeats: int) -> list[float]:
    """The times of several runs, after one that does not count."""
    times = []
    for _ in range(repeats + 1):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return times[1:]


@torch.no_grad()
def modules(programs: Sequence[smashdsl.Program], images: Tensor, calibration: Tensor,
            batch: int) -> Callable[[], None]:  # fmt: skip
    """Running all networks as plain modules."""
    made: list[nn.Module] = [
        build_module(program.plan, seed=0).to(memory_format=torch.channels_last)
        for program in programs
    ]
    images = images.contiguous(memory_format=torch.channels_last)
    calibration = calibration.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def run() -> None:
        for module in made:
            calibrate(module, calibration)
            for part in images.split(batch):
                module(part)

    return run


def compare(name: str, space: smashdsl.Space, options: argparse.Namespace,
            count: int) -> dict[str, Any]:  # fmt: skip
    data = data_of(space, options.images)
    settings = OneShotSettings(calibration=CALIBRATION)
    oneshot = OneShot(Supernet(space.layout, settings.hypernet, 0), data, settings)
    scorer = GeneratedScorer(oneshot, [options.images])
    programs = [space.sample(seed) for seed in range(count)]
    images, calibration = data.validation.images, oneshot.calibration
    limits = {
        size: statistics.median(
            seconds(modules(programs, images, calibration, size), options.repeats)
        )
        for size in SIZES
    }
    best = min(limits, key=lambda size: limits[size])
    run = modules(programs, images, calibration, best)
    ratios = []
    for _ in range(options.repeats):
        limit = seconds(run, 1)[0]
        ratios.append(limit / seconds(lambda: scorer.score(programs), 1)[0])
    return {
        "space": name, "programs": count, "best_batch_size": best,
        "limit_seconds_by_batch_size": limits,
        "limit_over_scoring": statistics.median(ratios), "range": [min(ratios), max(ratios)],
        "mean_mflops": statistics.mean(p.costs.flops for p in programs) / 1e6,
    }  # fmt: skip


def pace(space: smashdsl.Space, repeats: int) -> dict[str, float]:
    """Tiny programs drawn and scored in a second."""
    data = data_of(space, 256)
    settings = OneShotSettings(calibration=CALIBRATION)
    oneshot = OneShot(Supernet(space.layout, settings.hypernet, 0), data, settings)
    scorer = GeneratedScorer(oneshot, [256])
    flops = statistics.mean(space.sample(seed).costs.flops for seed in range(40)) / 1e6
    taken = seconds(lambda: scorer.score([space.sample(seed) for seed in range(40)]), repeats)
    return {"mean_mflops": flops, "programs_per_second": 40 / statistics.median(taken)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--images", type=int, default=256)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", action="store_true", help="smash_v2 too: ten minutes")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    tiny, small = smashdsl.loads(TINY), smashdsl.load(SPECS / "nas_bench_201.smash")
    large = smashdsl.load(SPECS / "smash_v2.smash")
    assert isinstance(tiny, smashdsl.Space)
    assert isinstance(small, smashdsl.Space)
    assert isinstance(large, smashdsl.Space)
    spaces = [("tiny", tiny, 16), ("nas_bench_201", small, 4)]
    if options.large:
        spaces.append(("smash_v2", large, 1))
    found = {
        "limit": [compare(name, space, options, count) for name, space, count in spaces],
        "tiny": pace(tiny, options.repeats),
    }
    print(json.dumps(found, indent=None if options.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
