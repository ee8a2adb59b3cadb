"""What a step of one-shot training costs beyond its networks.

    python bench/oneshot_step.py [--space smash_v2] [--steps N] [--batch N] [--threads N]
                                 [--device cuda] [--json]

A whole step (sample, plan, encode, generate, forward, backward, update) is timed beside the same
architectures as plain torch modules with given weights, channels last, forward and backward: the
least that anybody could do. Steps and modules take turns in one process; the result is the median
of their ratios. The parts of a step are shown as shares of it, and the peak memory of both, each
in a process of its own, beside that.

On a GPU both run in bfloat16, after a pass that does not count, in which cuDNN looks for ways to
convolve shapes that are new to it; the figures are also given as images per second and as a share
of what a large product of matrices reaches there.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.backends.waiting import waiter
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.run import OneShotRun
from smashdsl.hypernet.settings import OneShotSettings
from smashdsl.hypernet.step import arranged
from smashdsl.training.data import Dataset, Split
from smashdsl.training.devices import device_name, half_precision, mixed
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
    device = options.device
    return OneShotRun(space, data.to(device), settings, None, device, World(), print, 1e9, False)


def plain_step(run: OneShotRun, number: int) -> float:
    """Seconds for forward and backward of a step's architecture as a module."""
    plan, wait = run.proposals[number].plan, waiter(run.device)
    module = build_module(plan, seed=0).to(run.device, memory_format=torch.channels_last).train()
    images, labels = run.batches[number]
    images = arranged(images, plan)
    wait()
    start = time.perf_counter()
    logits = mixed(module, images, half_precision(run.device))
    functional.cross_entropy(logits, labels).backward()
    wait()
    return time.perf_counter() - start


def whole_step(run: OneShotRun) -> float:
    wait = waiter(run.device)
    wait()
    start = time.perf_counter()
    run.advance()
    wait()
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


def megabytes_of(work: Callable[[], float]) -> tuple[float, float]:
    """What some work gives, and the most memory of the GPU that it takes beyond what is there."""
    before = torch.cuda.memory_allocated()
    torch.cuda.reset_peak_memory_stats()
    given = work()
    return given, (torch.cuda.max_memory_allocated() - before) / 2**20


def resident(field: str) -> float:
    """Megabytes of this process as Linux counts them: `VmRSS` now, `VmHWM` at most so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(field))


def peak_rate(device: str) -> float:
    """Multiply-adds per second of a large product of matrices in bfloat16."""
    size, wait = 8192, waiter(device)
    left, right = torch.randn(2, size, size, device=device, dtype=torch.bfloat16)
    times = []
    for _ in range(10):
        wait()
        start = time.perf_counter()
        left @ right
        wait()
        times.append(time.perf_counter() - start)
    return size**3 / statistics.median(times[3:])


def measure(options: argparse.Namespace) -> dict[str, Any]:
    run, cuda = started(options), options.device != "cpu"
    times: dict[str, list[float]] = {"whole": [], "plain": [], "first": []}
    memory: dict[str, float] = {"whole": 0, "plain": 0}
    with run:
        for number in range(options.steps + options.warm_up):
            if number == options.warm_up:
                run.clock.clear()
            works = {"whole": lambda: whole_step(run),
                     "plain": lambda n=number: plain_step(run, n)}  # fmt: skip
            taken = {"first": plain_step(run, number) if cuda else 0.0}
            for name in sorted(works, reverse=number % 2 == 0):
                taken[name], held = megabytes_of(works[name]) if cuda else (works[name](), 0.0)
                memory[name] = max(memory[name], held)
            if number >= options.warm_up:
                for name, seconds in taken.items():
                    times[name].append(seconds)
        shares = run.clock.seconds
    wholes, plains = times["whole"], times["plain"]
    ratios = [whole / plain for whole, plain in zip(wholes, plains, strict=True)]
    return {
        "ratio": statistics.median(ratios), "least": min(ratios), "most": max(ratios),
        "total_ratio": sum(wholes) / sum(plains),
        "n": len(ratios), "plain_seconds": statistics.mean(plains),
        "shares": {name: value / sum(shares.values()) for name, value in shares.items()},
        **({"memory": memory, **on_gpu(run, times, options)} if cuda else {}),
    }  # fmt: skip


def on_gpu(run: OneShotRun, times: dict[str, list[float]],
           options: argparse.Namespace) -> dict[str, Any]:  # fmt: skip
    """Images per second, and shares of the peak: three passes' multiply-adds over time. An
    architecture's first pass looks for ways to convolve shapes that are new."""
    numbers = range(options.warm_up, options.warm_up + options.steps)
    macs = sum(3 * options.batch * run.proposals[n].plan.costs.flops for n in numbers)
    peak, images = peak_rate(options.device), options.batch * options.steps
    return {
        "peak_tflops": 2 * peak / 1e12,
        "first_seconds": statistics.mean(times["first"]),
        "images_per_second": {name: images / sum(times[name]) for name in ("whole", "plain")},
        "share_of_peak": {name: macs / sum(times[name]) / peak for name in ("whole", "plain")},
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--space", default="smash_v2")
    parser.add_argument("--body", default="graph")
    parser.add_argument("--steps", type=int, default=12)
    parser.add_argument("--batch", type=int, default=50)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--warm-up", type=int, default=2)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--memory", choices=["plain", "whole"], help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    if options.memory:
        print(memory(options))
        return 0
    found = measure(options)
    if options.device == "cpu":
        found["memory"] = {what: peak_memory(options, what) for what in ("whole", "plain")}
    found["machine"] = {"torch": torch.__version__, "python": platform.python_version(),
                        "threads": options.threads,
                        "device": device_name(options.device)}  # fmt: skip
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    print(f"{options.space}, batch {options.batch}, {options.threads} threads, body {options.body}")
    print(f"step / plain modules: median {found['ratio']:.3f} ({found['least']:.2f} to "
          f"{found['most']:.2f}, n = {found['n']}), of the totals {found['total_ratio']:.3f}; "
          f"plain {found['plain_seconds']:.2f} s")  # fmt: skip
    if "images_per_second" in found:
        images, share = found["images_per_second"], found["share_of_peak"]
        print(f"images/s: {images['whole']:,.0f}, plain {images['plain']:,.0f}")
        print(f"share of {found['peak_tflops']:.0f} TFLOP/s: {share['whole']:.2%}, plain "
              f"{share['plain']:.2%}; a first pass {found['first_seconds']:.2f} s")  # fmt: skip
    for name, share in found["shares"].items():
        print(f"  {name:12} {share:6.1%}")
    whole, plain = found["memory"]["whole"], found["memory"]["plain"]
    print(f"peak memory: {whole:.0f} MB, plain {plain:.0f} MB: {whole / plain:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
