"""The regression on scores, and the proposer that goes by it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from proposing.spaces import FIXED, NESTED, agreement, run, size, space, trial

from smashdsl import Program
from smashdsl.proposing.perturb import Perturb
from smashdsl.proposing.proposer import Trial
from smashdsl.proposing.registry import make_proposer
from smashdsl.proposing.regression import Regression, marks
from smashdsl.proposing.surrogate import Surrogate


def drawn(text: str, count: int, start: int = 0) -> list[Program]:
    found = [space(text).sample(seed) for seed in range(start, start + 3 * count)]
    return list({program.hash: program for program in found}.values())[:count]


def tau(one: np.ndarray, two: np.ndarray) -> float:
    order = np.sign(one[:, None] - one) * np.sign(two[:, None] - two)
    return float(order.sum() / (len(one) * (len(one) - 1)))


def test_what_draws_say() -> None:
    genome = {"units": 8, "read": ["a", "b"], "none": [], "op": "conv"}
    assert marks(genome) == {
        ("units", "8"), ("read", "a"), ("read", "b"), ("none", "[]"), ("op", "conv"),
    }  # fmt: skip


@pytest.mark.parametrize("text", [FIXED, NESTED], ids=["fixed", "nested"])
def test_it_foresees_what_costs_decide(text: str) -> None:
    seen, new = drawn(text, 60), drawn(text, 60, 1000)
    found = Regression([trial(each, each.costs.flops) for each in seen]).expected(new)
    assert tau(found, np.array([each.costs.flops for each in new])) > 0.7


def test_it_foresees_draws_that_cost_nothing() -> None:
    def score(program: Program) -> float:
        return agreement(program.genome)

    seen, new = drawn(FIXED, 80), drawn(FIXED, 80, 1000)
    found = Regression([trial(program, score(program)) for program in seen]).expected(new)
    assert tau(found, np.array([score(program) for program in new])) > 0.5


def test_noise_teaches_it_nothing() -> None:
    """Where scores are chance, what is expected differs by far less than scores do."""
    random = np.random.default_rng(0)
    seen, new = drawn(FIXED, 60), drawn(FIXED, 60, 1000)
    found = Regression([trial(each, random.normal()) for each in seen]).expected(new)
    assert found.std() < 0.4


def test_only_the_order_of_scores_counts_and_what_is_not_finite_comes_last() -> None:
    seen, new = drawn(FIXED, 12), drawn(FIXED, 9, 1000)
    scores = [float(place) for place in range(12)]
    one = Regression([trial(*each) for each in zip(seen, scores, strict=True)])
    scores[0] = math.nan
    other = [scores[0], *(math.exp(score) for score in scores[1:])]
    two = Regression([trial(*each) for each in zip(seen, other, strict=True)])
    assert one.expected(new).tolist() == two.expected(new).tolist()


@pytest.mark.parametrize("score", [-math.inf, 1.0, math.nan])
def test_scores_that_are_all_alike(score: float) -> None:
    found = Regression([trial(each, score) for each in drawn(FIXED, 5)])
    assert found.expected(drawn(FIXED, 3, 1000)).tolist() == [0, 0, 0]


def test_one_program_is_enough() -> None:
    found = Regression([trial(*drawn(FIXED, 1), 1.0)])
    assert np.isfinite(found.expected(drawn(FIXED, 3, 1000))).all()


def test_it_begins_with_random_programs() -> None:
    made = make_proposer("surrogate?startup=4", space(FIXED))
    history: list[Trial] = []
    for number in range(3):
        program = made.propose(history, number)
        assert program is not None
        assert program.hash == space(FIXED).sample(made.derive("sample", number, 0)).hash
        history.append(trial(program, 1.0))


def test_it_finds_more_than_mutations_do() -> None:
    best = {
        name: [
            max(each.score for each in run(kind(space(FIXED), seed), 40,
                                           lambda program: agreement(program.genome)))
            for seed in range(4)
        ]
        for name, kind in (("surrogate", Surrogate), ("perturb", Perturb))
    }  # fmt: skip
    assert sum(best["surrogate"]) > sum(best["perturb"])


def test_it_follows_costs() -> None:
    found = run(make_proposer("surrogate", space(NESTED)), 25, size)
    plain = run(make_proposer("perturb", space(NESTED)), 25, size)
    assert max(each.score for each in found) >= max(each.score for each in plain)


def test_work_ends_with_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = drawn(FIXED, 12)
    history = [trial(each, float(place)) for place, each in enumerate(programs)]
    monkeypatch.setattr("smashdsl.proposing.surrogate.LATEST", 5)
    made = Surrogate(space(FIXED))
    new = drawn(FIXED, 4, 1000)
    found = made.promise(made.past(history), history[0], new)
    assert found == Regression(history[-5:]).expected(new).tolist()
    more = [*history, trial(new[0], 99.0)]
    assert made.promise(made.past(more), history[0], new) != found
