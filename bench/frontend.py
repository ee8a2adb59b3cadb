"""How fast the language half is: `python bench/frontend.py [--json] [--repeats N]`.

Two things are measured, in processor time of one thread. How the time for parsing, checking and
planning grows with the number of layers, once for layers written out and once for a loop: the ratio
between one size and its double is the result. And how many programs of `smash_v2` are drawn and
planned, and encoded, in a second: beside it stands the time of a plain Python loop on the same
machine, since absolute times mean little on a shared one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import smashdsl
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module

SPECS = Path(__file__).parents[1] / "specs"
LAYER = "read x -> norm -> relu -> conv(16, 3) -> norm -> relu -> conv(16, 3) -> write x"
SIZES = (1000, 2000, 4000)


def network(layers: str) -> str:
    return (
        "program p {\n  input 3x32x32\n  classes 10\n  stem { conv(16, 3) }\n"
        f"  block {{\n    bank x of 16\n    {layers}\n  }}\n"
        "  head { global_avg_pool -> linear(classes) }\n}\n"
    )


def unrolled(count: int) -> str:
    return network("\n    ".join([LAYER] * count))


def looped(count: int) -> str:
    return network(f"repeat {count} {{ {LAYER} }}")


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The least processor time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return min(times)


def whole(text: str) -> None:
    module = load_module(Source("bench.smash", text))
    assert check(module) == []


def loop() -> None:
    total = 0
    for i in range(1_000_000):
        total += i


def growth(repeats: int) -> dict[str, dict[str, object]]:
    found = {}
    for name, write in (("written out", unrolled), ("in a loop", looped)):
        times = []
        for size in SIZES:
            text = write(size)
            times.append(seconds(lambda text=text: whole(text), repeats))
        ratios = [b / a for a, b in pairwise(times)]
        found[name] = {"layers": list(SIZES), "seconds": times, "doubling": ratios}
    return found


def rates(repeats: int) -> dict[str, float]:
    space = smashdsl.load(SPECS / "smash_v2.smash")
    assert isinstance(space, smashdsl.Space)
    programs = [space.sample(seed) for seed in range(8)]
    programs[0].encode()
    draw = [seconds(lambda seed=seed: space.sample(seed), repeats) for seed in range(8)]
    encode = [seconds(program.encode, repeats) for program in programs]
    return {
        "samples_per_second": 1 / statistics.mean(draw),
        "encodings_per_second": 1 / statistics.mean(encode),
        "python_additions_per_second": 1_000_000 / seconds(loop, repeats),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    found = {"growth": growth(options.repeats), "rates": rates(options.repeats)}
    if options.json:
        print(json.dumps(found, indent=2))
        return 0
    for name, row in found["growth"].items():
        for size, taken in zip(row["layers"], row["seconds"], strict=True):
            print(f"{name:>12}: {size:5} layers {taken:7.3f} s")
        print(f"{'':>12}  doubling costs " + ", ".join(f"{r:.2f}x" for r in row["doubling"]))
    for name, value in found["rates"].items():
        print(f"{name.replace('_', ' ')}: {value:,.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
