"""Whether ordinary training gains by starting from generated weights.

    python bench/init.py [--data digits] [--programs N] [--epochs N,N,...] [--steps N] [--json]

The HyperNet of `quickstart` is trained once. Then the same random programs are trained by
themselves for a few and for many epochs, each from fresh weights and from those that the HyperNet
generates for it, with the same images in the same order. The result is the difference in accuracy
and likelihood on held-out images, with its standard error over programs.
"""

from __future__ import annotations

import argparse
import copy
import json
import statistics
import sys
from pathlib import Path
from typing import Any

import torch

import smashdsl
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.training.data import load_data
from smashdsl.training.evaluate import Score
from smashdsl.training.fit import FitSettings, fit

SPECS = Path(__file__).parents[1] / "specs"


def compared(pairs: list[tuple[Score, Score]]) -> dict[str, Any]:
    """Means of both, and of the difference, with its standard error."""
    found: dict[str, Any] = {}
    for name in ("accuracy", "mean_log_likelihood"):
        fresh, made = (
            [getattr(score, name) for score in side] for side in zip(*pairs, strict=True)
        )
        gains = [b - a for a, b in zip(fresh, made, strict=True)]
        found[name] = {
            "fresh": statistics.mean(fresh), "hypernet": statistics.mean(made),
            "gain": statistics.mean(gains), "wins": sum(gain > 0 for gain in gains),
            "stderr": statistics.stdev(gains) / len(gains) ** 0.5,
        }  # fmt: skip
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", default="digits")
    parser.add_argument("--programs", type=int, default=8)
    parser.add_argument("--epochs", default="1,3,10,30")
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    data, space = load_data(options.data), smashdsl.load(SPECS / "quickstart.smash")
    assert isinstance(space, smashdsl.Space)
    run = train_hypernet(space, data, OneShotSettings(steps=options.steps, probe_every=0))
    some = [space.sample(100_000 + seed) for seed in range(options.programs)]
    found: dict[str, Any] = {"n": len(some), "generated": statistics.mean(
        run.score(program).mean_log_likelihood for program in some)}  # fmt: skip
    for epochs in map(int, options.epochs.split(",")):
        pairs = []
        for seed, program in enumerate(some):
            settings = FitSettings(epochs=epochs, batch_size=64, seed=seed)
            starts = (program.module(seed), copy.deepcopy(run.network(program)))
            scores = [fit(module, data, settings).validation for module in starts]
            pairs.append((scores[0], scores[1]))
        found[str(epochs)] = compared(pairs)
        if not options.json:
            print(f"{epochs:3} epochs: " + "; ".join(
                f"{name} {row['fresh']:.4f} fresh, {row['hypernet']:.4f} from generated weights, "
                f"gain {row['gain']:+.4f} ± {row['stderr']:.4f} ({row['wins']} of {found['n']} up)"
                for name, row in found[str(epochs)].items()), flush=True)  # fmt: skip
    if options.json:
        print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
