"""How good the programs are that proposers find, where every network has been trained already.

    python bench/proposers.py TABLE [--queries N,...] [--seeds N] [--proposers NAME,...] [--json]

TABLE is a table of NAS-Bench-201 or NAS-Bench-Macro (see `docs/studies.md`), and the score of a
network is its accuracy there: none is trained, and scores have no noise but that of one training.
Printed is the best accuracy after so many queries, as mean, standard deviation and standard error
over seeds, with `random` as the control. A proposal that the table does not have is passed over and
costs no query. Where the table holds a part of its benchmark, so does what is searched: proposers
that go from neighbour to neighbour then see few neighbours, and more local optima than there are.

Programs are those of a small copy of the benchmark's space, with the same draws: so that proposing,
which is all that is done here, takes less time.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import smashdsl
from smashdsl.proposing.proposer import Proposer, Trial
from smashdsl.proposing.registry import make_proposer
from smashdsl.studies.tables import Table, read_table

SPECS = Path(__file__).parents[1] / "specs"
ATTEMPTS = 3_000
PROPOSERS = (
    "random,perturb,markov,evolution,local,surrogate,optuna:tpe,"
    "optuna:nsga2?cost=none&population=10"
)
SMALLER = {
    "nas_bench_201": [("0..2", "0..0"), ("repeat 5", "repeat 1")],
    "nas_bench_macro": [("1280", "16")],
}


def small(table: Table) -> smashdsl.Space:
    """A small copy of a benchmark's space, with the same draws."""
    name = table.benchmark.spec.removesuffix(".smash")
    text = (SPECS / f"{name}.smash").read_text()
    for long, short in SMALLER[name]:
        assert long in text
        text = text.replace(long, short)
    space = smashdsl.loads(text)
    assert isinstance(space, smashdsl.Space)
    return space


def key(genome: Any) -> tuple[Any, ...]:
    return tuple(sorted(genome.items()))


def search(proposer: Proposer, accuracy: dict[Any, float], queries: int) -> list[float]:
    """The best accuracy after each query."""
    history: list[Trial] = []
    found: list[float] = []
    for number in range(queries):
        for attempt in range(ATTEMPTS):
            program = proposer.propose(history, number, attempt)
            if program is None or key(program.genome) in accuracy:
                break
        else:
            program = None
        if program is None:
            break
        score, costs = accuracy[key(program.genome)], program.costs
        history.append(
            Trial(
                program.genome, program.hash, score, costs.params, costs.flops, costs.depth
            )
        )  # fmt: skip
        found.append(max(score, found[-1] if found else score))
    return found


def measure(name: str, space: smashdsl.Space, accuracy: dict[Any, float],
            queries: list[int], seeds: int) -> dict[str, Any]:  # fmt: skip
    start = time.process_time()
    runs = [
        search(make_proposer(name, space, seed), accuracy, max(queries)) for seed in range(seeds)
    ]
    seconds = (time.process_time() - start) / sum(map(len, runs))
    after: dict[int, dict[str, float]] = {}
    for count in queries:
        best = [run[min(count, len(run)) - 1] for run in runs]
        spread = statistics.stdev(best) if seeds > 1 else 0.0
        after[count] = {
            "mean": statistics.mean(best), "sd": spread, "stderr": spread / seeds**0.5,
            "best": max(best),
        }  # fmt: skip
    return {"after": after, "milliseconds": 1e3 * seconds, "fewest": min(map(len, runs))}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", type=Path)
    parser.add_argument("--queries", default="50,150,300")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--proposers", default=PROPOSERS)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    table = read_table(options.table)
    space = small(table)
    accuracy = {key(row.genome): row.truth[table.main] for row in table.rows}
    queries = [int(each) for each in options.queries.split(",")]
    best = max(accuracy.values())
    found = {
        name: measure(name, space, accuracy, queries, options.seeds)
        for name in options.proposers.split(",")
    }
    if options.json:
        print(json.dumps({"seeds": options.seeds, "best": best, "found": found}, indent=2))
        return 0
    print(f"{len(accuracy):,} networks, the best {best:.2f}; n = {options.seeds} seeds")
    print("mean (sd, standard error) of the best after " + ", ".join(map(str, queries)))
    for name, facts in found.items():
        cells = [
            f"{a['mean']:.2f} ({a['sd']:.2f}, {a['stderr']:.2f})" for a in facts["after"].values()
        ]
        print(f"{name:28} " + "  ".join(cells) + f"  {facts['milliseconds']:.0f} ms a proposal")
    return 0


if __name__ == "__main__":
    sys.exit(main())
