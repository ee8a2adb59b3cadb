"""Whether successive halving finds the programs that scoring everything finds.

    python bench/halving.py --data PATH [--programs N] [--seeds N] [--steps N] [--json]

For each seed, a small space is trained, random programs of it are scored on 5,000 validation
images, and halving (256, then 5,000 images) decides from the first of the same likelihoods who
goes on. Printed are how many of the true top 10 are among halving's, the place in the true order of
the one that halving puts first, and the images looked at, those for normalisation statistics
included, as a share of what scoring everything takes.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import statistics
import sys
from collections.abc import Sequence
from typing import Any

import torch
from scoring import TINY

import smashdsl
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.scoring.generated import STAGES, GeneratedScorer
from smashdsl.scoring.halving import survivors
from smashdsl.scoring.value import Value
from smashdsl.training.data import load_data
from smashdsl.training.seeds import derive

KEEP = 10


def halved(values: Sequence[Value], stages: Sequence[int],
           calibration: int) -> tuple[list[int], int]:  # fmt: skip
    """The programs in the order in which halving leaves them, and the images it looks at."""
    going, order = list(range(len(values))), []
    images = len(values) * (stages[0] + calibration)
    for stage in range(len(stages) - 1):
        seen = [_after(values[place], stages, stage, calibration) for place in going]
        later: dict[int, Value] = {}
        while chosen := survivors(seen, later, KEEP, stages, stage, len(values)):
            later |= {n: _after(values[going[n]], stages, stage + 1, calibration) for n in chosen}
        dropped = sorted(set(range(len(going))) - set(later), key=lambda n: -seen[n].score)
        order[:0] = [going[n] for n in dropped]
        going = [going[n] for n in later]
        images += len(going) * (stages[stage + 1] - stages[stage] + calibration)
    return sorted(going, key=lambda place: -values[place].score) + order, images


def _after(value: Value, stages: Sequence[int], stage: int, calibration: int) -> Value:
    images = stages[stage] + (stage + 1) * calibration
    return dataclasses.replace(value.first(stages[stage]), images=images)


def one(seed: int, options: argparse.Namespace) -> dict[str, Any]:
    space = smashdsl.loads(TINY)
    assert isinstance(space, smashdsl.Space)
    data = load_data(options.data, seed=seed)
    settings = OneShotSettings(steps=options.steps, seed=seed, probe_every=0, workers=0)
    oneshot = train_hypernet(space, data, settings)
    exact = min(STAGES[-1], len(data.validation))
    programs: dict[str, smashdsl.Program] = {}
    for number in range(20 * options.programs):
        program = space.sample(derive(seed, "halving", number))
        programs.setdefault(program.hash, program)
        if len(programs) == options.programs:
            break
    values = GeneratedScorer(oneshot, [exact]).score(list(programs.values()))
    stages = (*(each for each in STAGES if each < exact), exact)
    order, images = halved(values, stages, settings.calibration)
    truth = sorted(range(len(values)), key=lambda place: -values[place].score)
    everything = len(values) * (exact + settings.calibration)
    return {
        "seed": seed, "programs": len(values),
        "shared_of_top_10": len(set(order[:KEEP]) & set(truth[:KEEP])),
        "true_place_of_first": truth.index(order[0]) + 1, "share_of_images": images / everything,
        "scores": [values[truth[0]].score, statistics.median(v.score for v in values)],
        "stderr": statistics.median(v.stderr for v in values),
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=400)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    found = []
    for seed in range(options.seeds):
        found.append(one(seed, options))
        print(json.dumps(found[-1]), file=sys.stderr, flush=True)
    print(json.dumps(found, indent=None if options.json else 2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
