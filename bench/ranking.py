"""Whether scores with generated weights rank networks as their own training does.

    python bench/ranking.py --data PATH --out DIR [--programs N] [--epochs N] [--steps N]
                            [--seeds N] [--methods NAME,...] [--limit N]

Random programs of a small space are each trained by themselves: the truth, settled before any
HyperNet is trained. Then each method trains the weights of the space once per seed and scores the
same programs. Printed are Kendall's tau between scores and truth with 95 % bootstrap intervals over
programs, beside what takes no training at all: parameters, multiply-adds, depth. Everything is kept
in DIR as it comes, and a run that was stopped goes on; several runs may share the work.

Methods: `graph` and `densenet` are the bodies of the HyperNet, `corrupt` is `graph` scoring with a
corrupted encoding, `unconditional` a HyperNet that is told nothing, `shared` plain shared weights.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import smashdsl
from smashdsl.files import write_json
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.training.data import Dataset, load_data
from smashdsl.training.fit import FitSettings, fit
from smashdsl.training.seeds import derive

SPACE = """
space ranking {
  input 1x28x28
  classes 10
  stem { conv(16, 3, stride=2) -> norm -> relu }
  for stage in 0..1 {
    if stage > 0 { transition { norm -> relu -> conv(16, 1) -> avg_pool(2) } }
    block {
      banks b[8] of 8
      repeat 1..6 {
        let units = one_of(8, 16, 24)
        read some(one_of(1..count(written)), written)
          -> norm -> relu -> conv(units, 1) -> norm -> relu -> conv(units, one_of(1, 3, 5))
          -> write some(units // 8, written, fresh(1))
      }
    }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
METHODS = {
    "graph": {"body": "graph", "control": "none"},
    "densenet": {"body": "densenet", "control": "none"},
    "unconditional": {"body": "graph", "control": "unconditional"},
    "shared": {"body": "graph", "control": "shared"},
}
BASELINES = ("params", "flops", "depth")


def programs(count: int) -> list[smashdsl.Program]:
    space = smashdsl.loads(SPACE)
    assert isinstance(space, smashdsl.Space)
    found: dict[str, smashdsl.Program] = {}
    for number in range(10 * count):
        program = space.sample(derive(0, "ranking", number))
        found.setdefault(program.hash, program)
        if len(found) == count:
            break
    return list(found.values())


def claimed(path: Path) -> bool:
    """Whether this process is the first to claim a piece of work."""
    if path.exists():
        return False
    try:
        path.with_suffix(".claim").touch(exist_ok=False)
    except FileExistsError:
        return False
    return True


def truth(some: list[smashdsl.Program], data: Dataset, options: argparse.Namespace) -> None:
    """Train every program that nobody has trained."""
    for number, program in enumerate(some):
        path = options.out / f"truth-{number:03}.json"
        if not claimed(path):
            continue
        settings = FitSettings(epochs=options.epochs, batch_size=64, seed=number)
        start = time.process_time()
        result = fit(program.module(seed=number), data, settings)
        costs = program.costs
        write_json(path, {
            "hash": program.hash, "score": result.validation.mean_log_likelihood,
            "accuracy": result.validation.accuracy, "seconds": time.process_time() - start,
            "params": costs.params, "flops": costs.flops, "depth": costs.depth,
        })  # fmt: skip
        print(f"truth {number}: {result.validation.accuracy:.1%}", flush=True)


def scores(method: str, seed: int, some: list[smashdsl.Program], data: Dataset,
           options: argparse.Namespace) -> None:  # fmt: skip
    """Train the weights of the space by a method, and score all programs."""
    path = options.out / f"scores-{method}-{seed}.json"
    if not claimed(path):
        return
    about = METHODS[method]
    settings = OneShotSettings(
        steps=options.steps, batch_size=64, workers=0, seed=seed, control=about["control"],
        archs_per_step=options.archs_per_step, probe_every=0,
        hypernet=HyperNetSettings(body=about["body"]),
    )  # fmt: skip
    start = time.process_time()
    run = train_hypernet(some[0].space, data, settings)
    facts: dict[str, Any] = {
        "steps": options.steps, "seconds": time.process_time() - start,
        "scores": [run.score(program).mean_log_likelihood for program in some],
    }  # fmt: skip
    if method == "graph":
        wrong = replace(run, corrupt="all")
        facts["corrupt"] = [wrong.score(program).mean_log_likelihood for program in some]
    write_json(path, facts)
    print(f"{method} {seed}: {facts['seconds']:.0f} s", flush=True)


def tau(one: np.ndarray, two: np.ndarray) -> float:
    """Kendall's tau-b."""
    a, b = np.sign(one[:, None] - one), np.sign(two[:, None] - two)
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def interval(one: np.ndarray, two: np.ndarray, draws: int = 1000) -> tuple[float, float]:
    """The 95 % bootstrap interval of tau over programs."""
    random = np.random.default_rng(0)
    rows = random.integers(len(one), size=(draws, len(one)))
    found = [tau(one[row], two[row]) for row in rows]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def report(options: argparse.Namespace) -> dict[str, Any]:
    paths = [options.out / f"truth-{number:03}.json" for number in range(options.programs)]
    truths = [json.loads(path.read_text()) for path in paths]
    n = len(truths)
    real = np.array([each["score"] for each in truths])
    found: dict[str, Any] = {}
    for name in BASELINES:
        values = np.array([float(each[name]) for each in truths])
        found[name] = {"tau": tau(values, real), "interval": interval(values, real)}
    rows: dict[str, list[list[float]]] = {}
    for path in sorted(options.out.glob("scores-*.json")):
        facts = json.loads(path.read_text())
        rows.setdefault(path.stem.split("-")[1], []).append(facts["scores"][:n])
        if "corrupt" in facts:
            rows.setdefault("corrupt", []).append(facts["corrupt"][:n])
    for name, several in rows.items():
        each = np.array(several)
        average = each.mean(0)
        found[name] = {
            "tau": tau(average, real), "interval": interval(average, real),
            "tau_of_seeds": [tau(row, real) for row in each],
            "mean_score": float(each.mean()),
        }  # fmt: skip
    return {
        "n": n, "truth_spread": [float(real.min()), float(real.mean()), float(real.max())],
        "results": found,
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=6000)
    parser.add_argument("--programs", type=int, default=60)
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--archs-per-step", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--report", action="store_true", help="only print what is there")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if not options.report:
        data, some = load_data(options.data, limit=options.limit), programs(options.programs)
        truth(some, data, options)
        for seed in range(options.seeds):
            for method in options.methods.split(","):
                scores(method, seed, some, data, options)
    print(json.dumps(report(options), indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
