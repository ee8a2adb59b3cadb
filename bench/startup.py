"""How long whole processes of the language verbs take, from start to exit.

    python bench/startup.py [--runs N] [--json]

Prints the least and the median wall time of N runs; the first run, which may compile bytecode, does
not count.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

SPECS = Path(__file__).parents[1] / "specs"
LIMIT = 0.4
COMMANDS = {
    "check resnet20": ["check", "resnet20.smash"],
    "fmt --check resnet20": ["fmt", "--check", "resnet20.smash"],
    "info resnet20": ["info", "resnet20.smash"],
    "check nas_bench_201": ["check", "nas_bench_201.smash"],
    "check smash_v2": ["check", "smash_v2.smash"],
}


def seconds(args: list[str]) -> float:
    """The wall time of one process, which must succeed."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-m", "smashdsl", *args]
    start = time.perf_counter()
    subprocess.run(command, cwd=SPECS, env=environment, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = {}
    for name, args in COMMANDS.items():
        seconds(args)
        times = [seconds(args) for _ in range(options.runs)]
        found[name] = {"least": min(times), "median": statistics.median(times), "runs": len(times)}
    machine = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps({"machine": machine, "seconds": found}, indent=2))
        return
    for name, result in found.items():
        print(f"{name:22} least {result['least']:.3f} s, median {result['median']:.3f} s")
    print(f"limit for check resnet20: {LIMIT} s   {machine}")


if __name__ == "__main__":
    main()
