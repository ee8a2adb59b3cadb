"""What a step of one-shot training costs beyond its networks.

    python bench/oneshot_step.py [--space smash_v2] [--steps N] [--batch N] [--threads N] [--json]

A whole step (sample, plan, encode, generate, forward, backward, update) is timed beside the same
architectures as plain torch modules with given weights, channels last, forward and backward: the
least that anybody could do. Steps and modules take turns in one process; the result is the median
of their ratios. The parts of a step are shown as shares of it, and the peak memory of both, each
in a process of its own, beside that.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.run import OneShotRun
from smashdsl.hypernet.settings import OneShotSettings
from smashdsl.hypernet.step import arranged
from smashdsl.training.data import Dataset, Split
from smashdsl.training.world import World

SPECS = Path(__file__).parents[1] / "specs"


def random_data(shape: tuple[int, ...], classes: int, count: int) -> Dataset:
    generator = torch.Generator().manual_seed(0)
    split = Split(torch.randn(count, *shape, generator=generator), torch.arange(count) % classes)
    names = tuple(map(str, range(classes)))
    zeros = (0.0,) * shape[0]
    return Dataset("random", split, split, split, names, zeros, zeros, 0)


def started(options: argparse.Namespace) -> OneShotRun:
    space = smashdsl.load(SPECS / f"{options.space}.smash")
    assert isinstance(space, smashdsl.Space)
    ir = space.sample(0).ir
    data = random_data(ir.input, ir.classes or 10, max(4 * options.batch, 256))
    settings = OneShotSettings(
        steps=10**6, batch_size=options.batch, workers=options.workers, probe_every=0,
        hypernet=HyperNetSettings(options.body),
    )  # fmt: skip
    return OneShotRun(space, data, settings, None, "cpu", World(), print, 1e9, False)


def plain_step(run: OneShotRun, number: int, timed: bool = True) -> float:
    """Seconds for forward and backward of a step's architecture as a module."""
    plan = run.proposals[number].plan
    module = build_module(plan, seed=0).to(memory_format=torch.channels_last).train()
    images, labels = run.batches[number]
    images = arranged(images, plan)
    start = time.perf_counter()
    functional.cross_entropy(module(images), labels).backward()
    return time.perf_counter() - start


def whole_step(run: OneShotRun) -> float:
    start = time.perf_counter()
    run.advance()
    return time.perf_counter() - start


def peak_memory(options: argparse.Namespace, what: str) -> float:
    """Megabytes beyond what is there before the first step, in a new process."""
    command = [sys.executable, __file__, "--memory", what, "--space", options.space,
               "--batch", str(options.batch), "--threads", str(options.threads),
               "--body", options.body, "--steps", "6"]  # fmt: skip
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def memory(options: argparse.Namespace) -> float:
    run = started(options)
    before = resident("VmRSS")
    with run:
        for number in range(options.steps):
            if options.memory == "plain":
                plain_step(run, number)
            else:
                run.advance()
    return resident("VmHWM") - before


def resident(field: str) -> float:
    """Megabytes of this process as Linux counts them: `VmRSS` now, `VmHWM` at most so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def measure(options: argparse.Namespace) -> dict[str, Any]:
    ratios, plains = [], []
    run = started(options)
    with run:
        for number in range(options.steps + 2):
            if number == 2:
                run.clock.seconds.clear()
            order = [lambda: whole_step(run), lambda n=number: plain_step(run, n)]
            if number % 2:
                plain, whole = order[1](), order[0]()
            else:
                whole, plain = order[0](), order[1]()
            if number >= 2:
                ratios.append(whole / plain)
                plains.append(plain)
        seconds = dict(run.clock.seconds)
    total = sum(seconds.values())
    return {
        "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
        "total_ratio": sum(r * p for r, p in zip(ratios, plains, strict=True)) / sum(plains),
        "n": len(ratios), "plain_seconds": statistics.mean(plains),
        "shares": {name: value / total for name, value in seconds.items()},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--space", default="smash_v2")
    parser.add_argument("--body", default="graph")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--memory", choices=["plain", "whole"], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.memory:
        print(memory(options))
        return 0
    found = measure(options)
    found["memory"] = {what: peak_memory(options, what) for what in ("whole", "plain")}
    found["machine"] = {"torch": torch.__version__, "python": platform.python_version(),
                        "threads": options.threads}  # fmt: skip
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"{options.space}, batch {options.batch}, {options.threads} threads, body {options.body}")
    print(f"step / plain modules: median {found['ratio']:.3f} ({found['least']:.2f} to "
          f"{found['most']:.2f}, n = {found['n']}), of the totals {found['total_ratio']:.3f}; "
          f"plain {found['plain_seconds']:.2f} s")  # fmt: skip
    for name, share in found["shares"].items():
        print(f"  {name:12} {share:6.1%}")
    whole, plain = found["memory"]["whole"], found["memory"]["plain"]
    print(f"peak memory: {whole:.0f} MB, plain {plain:.0f} MB: {whole / plain:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
