"""Which programs to train for a short time, so that the best of them is good?

    python bench/confirming.py [--repeats N] [--json]

Replays what is known of the networks of `smashdsl study correlation` (in `bench/results`): each has
scores and was trained. Ways to choose twelve (or fewer) of a hundred to train are compared by the
best that they come upon, in standard deviations above the mean network, over random orders: random
ones; random ones and the best of the ranking by generated weights; and random ones, the first of
the ranking, and then two at a time whichever are expected to do best: as `smashdsl confirm` does
(ridge regression), and by the mix that settles its choice.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smashdsl.scoring.mix import fit_mix
from smashdsl.scoring.ridge import expected
from smashdsl.search.confirm import ROUND

RESULTS = Path(__file__).parent / "results"
STUDIES = ("cifar10_tiny", "cifar10_plain")
FEATURES = ("hypernet", "live_params", "flops", "depth", "expressivity", "trainability")
SIZES = ((2, 2), (3, 3), (4, 4), (4, 8))  # random ones and promising ones

Reals = npt.NDArray[np.float64]
Guess = Callable[[Reals, list[int], Reals], Reals]


def known(study: str) -> tuple[Reals, Reals]:
    """The features `(n, 6)` of a study's networks and what they reached, as standard scores."""
    found = json.loads((RESULTS / f"correlation_{study}.json").read_text())
    features = np.column_stack([found["scores"][name]["scores"] for name in FEATURES])
    truth = np.array(found["truth"])
    return features.astype(float), (truth - truth.mean()) / truth.std()


def by_mix(features: Reals, seen: list[int], reached: Reals) -> Reals:
    return fit_mix(FEATURES, features[seen], reached, features).predict(features)[0]


def guided(features: Reals, truth: Reals, order: Sequence[int], promising: int,
           guess: Guess) -> list[int]:  # fmt: skip
    """The random ones in `order`, then promising ones."""
    best = int(np.argmax(features[:, 0]))
    seen, count = list(dict.fromkeys([*order, best])), len(order) + promising
    while len(seen) < count:
        worth = guess(features, seen, truth[seen])
        worth[seen] = -np.inf
        seen += [int(place) for place in np.argsort(-worth)[: min(ROUND, count - len(seen))]]
    return seen


def best_found(study: str, random: int, promising: int, repeats: int) -> dict[str, list[float]]:
    """By way to choose, what the best network of each repeat reached."""
    features, truth = known(study)
    ranking = [int(place) for place in np.argsort(-features[:, 0])]
    found: dict[str, list[float]] = {"random": [], "ranking": [], "ridge": [], "mix": []}
    for seed in range(repeats):
        order = [int(place) for place in np.random.default_rng(seed).permutation(len(truth))]
        first = order[:random]
        chosen = {
            "random": order[: random + promising],
            "ranking": [*first, *ranking[:promising]],
            "ridge": guided(features, truth, first, promising, expected),
        }
        if random > 2:
            chosen["mix"] = guided(features, truth, first, promising, by_mix)
        for name, places in chosen.items():
            found[name].append(float(truth[places].max()))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=100)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    rows = [
        {"study": study, "random": random, "promising": promising,
         "best": {name: {"mean": float(np.mean(best)), "stderr": float(np.std(best, ddof=1))
                         / len(best) ** 0.5, "n": len(best)}
                  for name, best in best_found(study, random, promising, options.repeats).items()
                  if best}}
        for study in STUDIES for random, promising in SIZES
    ]  # fmt: skip
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    for row in rows:
        shown = ", ".join(f"{name} {best['mean']:.2f} ± {best['stderr']:.2f}"
                          for name, best in row["best"].items())  # fmt: skip
        print(f"{row['study']}, {row['random']} random and {row['promising']} promising: {shown}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
