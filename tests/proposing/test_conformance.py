"""What every proposer must do, whatever it proposes."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable
from itertools import islice, product

import numpy as np
import pytest
import torch
from proposing.spaces import (
    FIXED,
    NESTED,
    TINY,
    TowardsSize,
    agreement,
    run,
    size,
    space,
    trial,
)

from smashdsl import Space
from smashdsl.proposing.limits import Guard, Limits, ask
from smashdsl.proposing.proposer import Proposer, Trial
from smashdsl.proposing.registry import PROPOSERS, make_proposer

Make = Callable[..., Proposer]


SLOW = ("optuna:gp",)
QUICK = {"gradient": {"pool": 4}}
OF_FIXED_DRAWS = [name for name in PROPOSERS if name.startswith("optuna:")]


@pytest.fixture(
    params=[pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in PROPOSERS]
)
def name(request: pytest.FixtureRequest) -> str:
    if request.param in OF_FIXED_DRAWS:
        pytest.importorskip("optuna")
    return str(request.param)


@pytest.fixture
def make(name: str) -> Make:
    """Makes a proposer for a text, with a seed."""

    def made(text: str = FIXED, seed: int = 0) -> Proposer:
        return make_proposer(name, space(text), seed, TowardsSize(), **QUICK.get(name, {}))

    return made


@pytest.fixture(params=[FIXED, NESTED], ids=["fixed", "nested"])
def text(request: pytest.FixtureRequest, name: str) -> str:
    if request.param == NESTED and name in OF_FIXED_DRAWS:
        pytest.skip("for spaces with a fixed set of draws")
    return str(request.param)


def hashes(proposer: Proposer, history: list[Trial], numbers: range) -> list[str | None]:
    found = [proposer.propose(history, number) for number in numbers]
    return [program and program.hash for program in found]


def of(made: Proposer) -> Space:
    found = getattr(made, "space", None)
    assert isinstance(found, Space)
    return found


class TestEveryProposer:
    def test_it_proposes_programs_of_its_space_each_once(self, make: Make, text: str):
        proposer = make(text)
        history = run(proposer, 30, size)
        assert len(history) == len({each.hash for each in history}) == 30
        for each in history:
            assert of(proposer).rebuild(each.genome).hash == each.hash

    def test_a_seed_is_a_search(self, make: Make):
        one, two, other = (run(make(seed=seed), 15, size) for seed in (3, 3, 4))
        assert one == two
        assert one != other

    def test_an_interrupted_search_goes_on_as_if_it_had_not_been(self, make: Make, text: str):
        """A proposer that has seen nothing but a history proposes what one did that made it."""
        history = run(make(text), 30, size)
        for length in (0, 1, 2, 13, 27, 29):
            fresh = make(text).propose(history[:length], length)
            assert fresh is not None
            assert fresh.hash == history[length].hash

    def test_what_it_was_asked_before_does_not_matter(self, make: Make):
        history = run(make(), 30, size)
        proposer = make()
        other = [each for each in history[::-1] if each.params % 2]
        for attempt, asked in enumerate((history, other, history[:9], [], history)):
            for number in (5, 9, 30):
                one = proposer.propose(asked, number, attempt)
                two = make().propose(asked, number, attempt)
                assert one is not None
                assert two is not None
                assert one.hash == two.hash

    def test_attempts_give_other_programs_and_can_be_repeated(self, make: Make, text: str):
        history = run(make(text), 20, size)
        proposer = make(text)
        found = [proposer.propose(history, 20, attempt) for attempt in range(12)]
        names = [program.hash for program in found if program is not None]
        assert len(set(names)) == 12
        assert not {each.hash for each in history} & set(names)
        again = proposer.propose(history, 20, 5)
        assert again is not None
        assert again.hash == names[5]

    def test_programs_asked_for_together_differ(self, make: Make):
        history = run(make(), 20, size)
        proposer, guard, taken = make(), Guard(), set[str]()
        for number in range(20, 36):
            program = ask(proposer, history, number, guard, taken)
            assert program is not None
            assert program.hash not in taken
            taken.add(program.hash)

    def test_limits_hold(self, make: Make):
        proposer = make()
        costs = sorted(each.params for each in run(make(), 20, size))
        guard = Guard(Limits(max_params=costs[6]))
        history: list[Trial] = []
        for number in range(12):
            program = ask(proposer, history, number, guard)
            assert program is not None
            assert program.costs.params <= costs[6]
            history.append(trial(program, program.costs.params))

    def test_a_small_space_is_proposed_to_its_end(self, make: Make):
        history = run(make(TINY), 50, size)
        assert len(history) == len({each.hash for each in history}) == 6
        assert make(TINY).propose(history, 6) is None
        assert make(TINY).propose(history, 6, attempt=3) is None
        assert make(TINY).propose(history[1:], 5, attempt=1) is None

    def test_a_space_of_one_program_has_one_proposal(self, make: Make):
        text = "space one { input 1x4 head { global_avg_pool -> linear(one_of(2)) } }"
        assert len(run(make(text), 5, size)) == 1

    @pytest.mark.parametrize(
        "score",
        [-math.inf, math.nan, math.inf, 0.0, None],
        ids=["-inf", "nan", "inf", "0", "mixed"],
    )
    def test_odd_scores(self, make: Make, score: float | None):
        odd = [-math.inf, math.nan, 1.0, -1e300]
        history = [
            trial(of(make()).sample(seed), odd[seed % 4] if score is None else score)
            for seed in range(12)
        ]
        proposer = make()
        for length in (1, 2, 12):
            names = hashes(proposer, history[:length], range(length, length + 3))
            assert None not in names
            assert not {each.hash for each in history[:length]} & set(names)

    def test_odd_histories(self, make: Make):
        """Duplicates with and without the same score, foreign order, another proposer's programs,
        a tuple, numbers that do not follow from the length."""
        history = run(make(), 12, size)
        worse = Trial(**{**vars(history[0]), "score": -9.0})
        foreign = [trial(of(make()).sample(seed), -1.0 / (seed + 1)) for seed in range(12)]
        for odd in (
            history * 3, [*history, worse], history[::-1], [*foreign, *history],
            tuple(history), [worse] * 40,
        ):  # fmt: skip
            names = hashes(make(), odd, range(100, 103))  # type: ignore[arg-type]
            assert None not in names
            assert not {each.hash for each in odd} & set(names)

    def test_generators_of_the_process_are_left_alone(self, make: Make):
        history = run(make(), 30, size)
        states = []
        for seed in (1, 2):
            random.seed(seed)
            np.random.seed(seed)
            torch.manual_seed(seed)
            before = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
            states.append(hashes(make(), history, range(30, 33)))
            after = random.getstate(), np.random.get_state()[1].tolist(), torch.get_rng_state()
            assert before[:2] == after[:2]
            assert torch.equal(before[2], after[2])
        assert states[0] == states[1]

    def test_a_long_history_costs_little_more_than_a_short_one(self, make: Make):
        proposer = make()
        draws = of(proposer).sample(0).made.draws.values()
        ways = product(*(draw.options.labels for draw in draws))  # type: ignore[union-attr]
        paths = [draw.path for draw in draws]
        history = []
        for number, values in enumerate(islice(ways, 0, 65536, 13)):
            genome = dict(zip(paths, values, strict=True))
            history.append(Trial(genome, f"{number}", agreement(genome), 1, 1, 1))
        assert len(history) > 5_000
        start = time.process_time()
        proposer.propose(history[:5_000], 5_000)
        first = time.process_time()
        for number in range(5_000, 5_004):
            proposer.propose(history[:number], number)
        assert first - start < 5
        assert (time.process_time() - first) / 4 < 0.5
