"""Limits of proposals."""

from __future__ import annotations

import pytest
import torch
from proposing.spaces import FIXED, TINY, run, size, space, trial

from smashdsl import Program, SmashError, Space
from smashdsl.proposing.latency import Meter
from smashdsl.proposing.limits import Breach, Guard, Limits, ask
from smashdsl.proposing.sampling import Sampling


class Clock(Meter):
    """Takes parameters for milliseconds, and counts."""

    measured = 0

    def _measure(self, program: Program) -> float:
        self.measured += 1
        return float(program.costs.params)


@pytest.fixture
def fixed() -> Space:
    return space(FIXED)


def test_each_limit_counts_what_it_is_called_after(fixed: Space):
    program = fixed.sample(0)
    params, flops = program.costs.params, program.costs.flops
    for limits, most in (
        (Limits(max_params=params - 1), Breach("max_params", params)),
        (Limits(max_flops=flops - 1), Breach("max_flops", flops)),
        (Limits(max_latency=params - 0.5), Breach("max_latency", params)),
        (Limits(params, flops, params), None),
        (Limits(), None),
    ):
        assert Guard(limits, Clock()).breach(program) == most


def test_what_is_dear_is_measured_last_and_once(fixed: Space):
    clock = Clock()
    program = fixed.sample(0)
    assert Guard(Limits(max_params=1, max_latency=1.0), clock).breach(program) is not None
    assert clock.measured == 0
    for _ in range(3):
        assert Guard(Limits(max_latency=1.0), clock).breach(program) is not None
    assert clock.measured == 1
    assert clock.known == {program.hash: program.costs.params}
    assert Clock(known=clock.known).milliseconds(program) == program.costs.params


def test_the_error_says_which_limit_rejected_how_many(fixed: Space):
    guard = Guard(Limits(max_params=20, max_flops=100), Clock())
    with pytest.raises(SmashError) as caught:
        ask(Sampling(fixed), [], 0, guard, attempts=50)
    (error,) = caught.value.diagnostics
    assert error.code == "E987"
    assert error.message == "none of 50 proposals kept the limits"
    least = min(Sampling(fixed).propose([], 0, n).costs.params for n in range(50))  # type: ignore[union-attr]
    assert [note.message for note in error.notes] == [
        f"50 had more than 20 parameters; the least of these was {least}"
    ]
    assert error.helps == ("raise --max-params, or narrow the draws of the space",)


def test_the_error_comes_too_where_the_space_ends_first():
    with pytest.raises(SmashError, match="none of 6 proposals kept the limits"):
        ask(Sampling(space(TINY)), [], 0, Guard(Limits(max_params=1)))


def test_a_space_that_holds_no_more_within_the_limits_ends():
    drawn = space(TINY)
    sizes = sorted(each.params for each in run(Sampling(drawn), 6, size))
    guard, history = Guard(Limits(max_params=sizes[2])), []
    while (program := ask(Sampling(drawn), history, len(history), guard)) is not None:
        history.append(trial(program, 0.0))
    assert sorted(each.params for each in history) == sizes[:3]


def test_programs_that_are_taken_are_passed_over():
    drawn = space(TINY)
    taken: set[str] = set()
    while (program := ask(Sampling(drawn), [], len(taken), Guard(), taken)) is not None:
        assert program.hash not in taken
        taken.add(program.hash)
    assert len(taken) == 6


@pytest.mark.parametrize(
    ("name", "value"), [("max_params", -1), ("max_latency", float("nan")), ("max_flops", -5)]
)
def test_limits_are_numbers_of_at_least_0(name: str, value: float):
    with pytest.raises(ValueError, match=f"{name} must be at least 0"):
        Limits(**{name: value})  # type: ignore[arg-type]


def test_a_batch_has_an_image():
    with pytest.raises(ValueError, match="batch must be at least 1, not 0"):
        Meter(batch=0)


def test_a_larger_batch_of_a_larger_network_takes_longer():
    """Measured for real; the ratio of work is over a thousand."""
    small, large = (
        space(f"space s {{ input 3x16x16 stem {{ conv({units}, 3) -> norm }} "
              "head { global_avg_pool -> linear(2) } }").sample(0)
        for units in (1, 64)
    )  # fmt: skip
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        one, many = Meter().milliseconds(small), Meter(batch=32).milliseconds(large)
    finally:
        torch.set_num_threads(threads)
    assert 0 < one < many
