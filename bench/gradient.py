"""Whether the gradient of the HyperNet's loss with respect to the encoding knows better programs.

    python bench/gradient.py [--steps N] [--seeds N] [--random N] [--proposed N]

On the digits and `quickstart`, with as many HyperNets as there are seeds. First, for mutations of
the best and of the worst of 40 programs, Spearman's correlation between the gain that the gradient
foresees and the change of the score with generated weights: the very score whose gradient it is,
but on held-out images. Then the best score after `--random` random programs and `--proposed` of a
proposer, at equal numbers of evaluations: `gradient`, the same against the gradient, `perturb`
(which is `gradient` without one), `local` and `random`.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

import smashdsl
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.proposing.gradient import EncodingGuide
from smashdsl.proposing.proposer import Trial
from smashdsl.proposing.registry import make_proposer
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.training.data import load_data

SPEC = Path(__file__).parents[1] / "specs" / "quickstart.smash"
PARENTS, MUTATIONS = 16, 24
PROPOSERS = ("gradient", "gradient?against=true", "perturb", "local", "random")


def ranks(values: Sequence[float]) -> np.ndarray:
    return np.argsort(np.argsort(values)).astype(float)


def foreseen(space: smashdsl.Space, guide: EncodingGuide, scorer: GeneratedScorer) -> list[float]:
    """Spearman's correlation for mutations of each of some programs."""
    drawn = [space.sample(seed) for seed in range(40)]
    scores = [value.score for value in scorer.score(drawn)]
    order = sorted(range(len(drawn)), key=lambda i: -scores[i])
    half = PARENTS // 2
    found = []
    for place in (*order[:half], *order[-half:]):
        parent = drawn[place]
        made = [space.mutate(parent, 1000 * place + seed, 0.05) for seed in range(2 * MUTATIONS)]
        others = list({program.hash: program for program in made}.values())[:MUTATIONS]
        gains = guide.gains(parent, others)
        changes = [value.score - scores[place] for value in scorer.score(others)]
        found.append(float(np.corrcoef(ranks(gains), ranks(changes))[0, 1]))
    return found


def best(name: str, space: smashdsl.Space, guide: EncodingGuide, scorer: GeneratedScorer,
         seed: int, random: int, proposed: int) -> float:  # fmt: skip
    """The best score after some random programs and some of a proposer."""
    history: list[Trial] = []
    for series, count in (("random", random), (name, proposed)):
        proposer = make_proposer(series, space, seed + (series == name), guide)
        for number in range(count):
            program = proposer.propose(history, number)
            assert program is not None
            (value,) = scorer.score([program])
            costs = program.costs
            history.append(Trial(program.genome, program.hash, value.score,
                                 costs.params, costs.flops, costs.depth))  # fmt: skip
    return max(trial.score for trial in history)


def show(name: str, values: Sequence[float]) -> None:
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    print(f"{name:24} {statistics.mean(values):+.4f} (sd {spread:.4f}, n = {len(values)}, "
          f"standard error {spread / len(values) ** 0.5:.4f})", flush=True)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--random", type=int, default=20)
    parser.add_argument("--proposed", type=int, default=40)
    options = parser.parse_args()
    torch.set_num_threads(1)
    space, data = smashdsl.load(SPEC), load_data("digits")
    assert isinstance(space, smashdsl.Space)
    correlations: list[float] = []
    reached: dict[str, list[float]] = {name: [] for name in PROPOSERS}
    for seed in range(options.seeds):
        settings = OneShotSettings(steps=options.steps, batch_size=64, workers=0, seed=seed)
        oneshot = train_hypernet(space, data, settings)
        guide, scorer = EncodingGuide(oneshot), GeneratedScorer(oneshot)
        correlations += foreseen(space, guide, scorer)
        for name, found in reached.items():
            found.append(
                best(name, space, guide, scorer, 100 * seed, options.random, options.proposed)
            )
    print(f"Spearman's rho of foreseen and real changes, {MUTATIONS} mutations of each parent:")
    show("gradient", correlations)
    print(f"the best score after {options.random} random programs and {options.proposed} more:")
    for name, found in reached.items():
        show(name, found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
