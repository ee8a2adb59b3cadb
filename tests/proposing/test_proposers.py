"""What is particular to each proposer."""

from __future__ import annotations

import dataclasses
import math

import pytest
from proposing.spaces import FIXED, NESTED, agreement, distance, run, size, space, trial

from smashdsl import SmashError, Space
from smashdsl.proposing.evolution import Evolution
from smashdsl.proposing.limits import Guard, Limits, ask
from smashdsl.proposing.local import Local
from smashdsl.proposing.past import Past
from smashdsl.proposing.perturb import Markov, Perturb
from smashdsl.proposing.proposer import Proposer, Trial
from smashdsl.proposing.registry import PROPOSERS, make_proposer, option_types
from smashdsl.proposing.sampling import Sampling


@pytest.fixture
def fixed() -> Space:
    return space(FIXED)


def trials(drawn: Space, scores: list[float], start: int = 0) -> list[Trial]:
    return [trial(drawn.sample(start + i), score) for i, score in enumerate(scores)]


def parents_of(proposer: Proposer, history: list[Trial], count: int) -> set[int]:
    """The places of the trials that proposals are mutations of: which they differ least from."""
    found = set()
    for number in range(count):
        program = proposer.propose(history, 1000 + number)
        assert program is not None
        far = [distance(program.genome, each.genome) for each in history]
        found.add(far.index(min(far)))
    return found


def best_after(proposer: Proposer, length: int) -> float:
    return max(each.score for each in run(proposer, length, lambda p: agreement(p.genome)))


# Past -------------------------------------------------------------------------------------------


def test_the_best_come_first_and_of_equals_the_earlier(fixed: Space):
    history = trials(fixed, [math.nan, 1.0, 3.0, 3.0, -math.inf, 2.0])
    past = Past()
    again = [*history, dataclasses.replace(history[0], score=9.0)]
    past.extend(again)
    order = [2, 3, 5, 1, 0, 4]
    assert past.best(9) == [past.trials[i] for i in order]
    assert past.best(2) == [history[2], history[3]]
    assert len(past) == 7
    assert past.begins(again + history)
    assert not past.begins(history)


# Random -----------------------------------------------------------------------------------------


def test_random_programs_do_not_depend_on_scores(fixed: Space):
    proposer = Sampling(fixed, 5)
    good, bad = (trials(fixed, [score] * 9) for score in (1.0, -1.0))
    for number in range(5):
        one, two = proposer.propose(good, number), proposer.propose(bad, number)
        assert one is not None
        assert two is not None
        assert one.hash == two.hash


# Perturb and markov -----------------------------------------------------------------------------


def test_perturb_takes_the_best_in_turn(fixed: Space):
    history = trials(fixed, [0.0, 5.0, 1.0, 4.0, 2.0, 3.0])
    assert parents_of(Perturb(fixed, parents=3), history, 12) == {1, 3, 5}
    assert parents_of(Markov(fixed), history, 12) == {1}


@pytest.mark.parametrize("make", [Perturb, Markov])
def test_perturb_begins_with_a_random_program(make: type[Perturb]):
    drawn = space(NESTED)
    assert make(drawn, 1).propose([], 0) is not None


@pytest.mark.parametrize(("rate", "least", "most"), [(0.0, 1, 1), (0.05, 1, 2.0), (1.0, 5, 7)])
def test_the_rate_says_how_many_draws_change(fixed: Space, rate: float, least: float, most: float):
    history = trials(fixed, [0.0])
    proposer = Perturb(fixed, rate=rate)
    changed = []
    for number in range(20):
        program = proposer.propose(history, number)
        assert program is not None
        changed.append(distance(program.genome, history[0].genome))
    assert least <= sum(changed) / 20 <= most


def test_a_chain_moves_to_what_is_better_and_to_nothing_else(fixed: Space):
    history = trials(fixed, [1.0])
    proposer = Markov(fixed)
    for score, parent in ((0.5, 0), (1.0, 0), (1.5, 3), (1.2, 3)):
        program = proposer.propose(history, len(history))
        assert program is not None
        history.append(trial(program, score))
        assert proposer.past(history).best(1) == [history[parent]]


def test_more_draws_change_where_all_neighbours_are_known(fixed: Space):
    best = fixed.sample(0)
    history = [trial(best, 1.0), *(trial(each, 0.0) for each in fixed.neighbours(best))]
    for number in range(10):
        program = Markov(fixed, rate=0.0).propose(history, number)
        assert program is not None
        assert 2 <= distance(program.genome, best.genome) <= 4


# Evolution --------------------------------------------------------------------------------------


def test_what_is_old_has_no_children(fixed: Space):
    """The best of all is the parent as long as it is among the last five, and no longer."""
    proposer = Evolution(fixed, population=5, tournament=5)
    history = trials(fixed, [9.0, 1.0, 2.0, 3.0, 4.0])
    assert parents_of(proposer, history, 8) == {0}
    history += trials(fixed, [3.5], start=50)
    assert parents_of(proposer, history, 8) == {4}


def test_a_small_tournament_lets_others_win(fixed: Space):
    history = trials(fixed, [float(i) for i in range(10)])
    winners = parents_of(Evolution(fixed, population=10, tournament=2), history, 60)
    assert len(winners) > 4
    assert 0 not in winners  # the worst of two is never chosen


def test_evolution_begins_with_a_random_population(fixed: Space):
    one, two = (
        run(Evolution(fixed, 3, population=8, tournament=2), 8, score)
        for score in (size, lambda program: -size(program))
    )
    assert [each.hash for each in one] == [each.hash for each in two]


# Local ------------------------------------------------------------------------------------------


def near(drawn: Space, trial: Trial) -> set[str]:
    return {program.hash for program in drawn.neighbours(drawn.rebuild(trial.genome))}


@pytest.mark.parametrize("text", [FIXED, NESTED])
def test_a_climb_goes_over_neighbours_and_begins_anew_where_none_is_better(text: str):
    drawn = space(text)
    history = run(Local(drawn, 2), 80, size)
    here, around, tried, starts = history[0], near(drawn, history[0]), {history[0].hash}, 1
    for each in history[1:]:
        if each.hash in around:
            if each.score > here.score:
                here, around = each, near(drawn, each)
        else:
            assert around <= tried  # all neighbours have been scored, and none is better
            here, around, starts = each, near(drawn, each), starts + 1
        tried.add(each.hash)
    assert starts > 1


def test_the_first_climb_sets_out_from_the_best_of_what_others_proposed(fixed: Space):
    history = trials(fixed, [0.0, 5.0, 1.0, 4.0])
    assert parents_of(Local(fixed), history, 6) == {1}


def test_a_climb_finds_the_only_peak(fixed: Space):
    assert best_after(Local(fixed), 80) == 8
    assert best_after(Sampling(fixed), 80) < 7


def test_a_climb_leaves_what_limits_wall_in(fixed: Space):
    """Neighbours that break a limit are never scored; the next climb begins all the same."""
    start = fixed.extreme(largest=False)
    guard, proposer = Guard(Limits(max_params=40)), Local(fixed)
    history = [trial(start, 1.0)]
    around = near(fixed, history[0])
    far = 0
    for number in range(1, 60):
        program = ask(proposer, history, number, guard)
        assert program is not None
        history.append(trial(program, 0.0))
        far += program.hash not in around
    second = next(i for i, each in enumerate(history[1:], 1) if each.hash not in around)
    assert {each.hash for each in history[1:second]} <= around
    assert history[second + 1].hash in near(fixed, history[second])


def test_what_is_scored_together_belongs_to_one_climb(fixed: Space):
    """A neighbour of where the climb came by is no new beginning, though the climb has moved on."""
    start = fixed.sample(0)
    one, *others = [trial(program, 0.0) for program in fixed.neighbours(start)]
    better = dataclasses.replace(one, score=2.0)
    history = [trial(start, 1.0), better, *others[-5:]]
    around = near(fixed, better)
    for number in range(7, 12):
        program = Local(fixed).propose(history, number)
        assert program is not None
        assert program.hash in around


def test_sets_of_banks_are_neighbours_if_one_member_differs():
    drawn = space(
        "space s { input 6x4 block { banks b[6] of 1 read some(2, b) -> conv(1, 1) -> write b[0] }"
        " head { global_avg_pool -> linear(2) } }"
    )
    (path,) = drawn.sample(0).genome
    sets = ([0, 1], [0, 2], [3, 4])
    history = [
        trial(drawn.rebuild({path: [f"b[{i}]" for i in members]}), -place)
        for place, members in enumerate(sets)
    ]
    for attempt in range(6):  # the last is no neighbour of the first, and is climbed from
        program = Local(drawn).propose(history, 3, attempt)
        assert program is not None
        assert len({*program.genome[path]} & {"b[3]", "b[4]"}) == 1


# Which is better --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["perturb", "markov", "evolution", "local"])
def test_proposers_that_look_at_scores_beat_chance(name: str, fixed: Space):
    """120 programs of a space of 65,536 with one peak at 8: a mean over three seeds."""
    found = [best_after(make_proposer(name, fixed, seed), 120) for seed in range(3)]
    chance = [best_after(Sampling(fixed, seed), 120) for seed in range(3)]
    assert sum(found) / 3 >= sum(chance) / 3 + 1


# The registry -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "options", "code", "text"),
    [
        ("evolutoin", {}, "E985", "did you mean `evolution`"),
        ("nonsense", {}, "E985", "there are `random`, `perturb`, `markov`"),
        ("perturb", {"parent": 3}, "E986", "did you mean `parents`"),
        ("random", {"parents": 3}, "E986", "the proposer `random`: there is no option `parents`"),
        ("perturb", {"parents": "3"}, "E986", "the proposer `perturb`: `parents` cannot be '3'"),
        ("perturb", {"parents": True}, "E986", "cannot be True"),
        ("perturb", {"parents": 2.5}, "E986", "cannot be 2.5"),
        ("perturb", {"parents": 0}, "E986", "parents must be at least 1, not 0"),
        ("markov", {"rate": 1.5}, "E986", "rate must be at least 0 and at most 1, not 1.5"),
        ("evolutoin?population=4", {}, "E985", "did you mean `evolution`"),
        ("evolution?population", {}, "E986", "options are written `?NAME=VALUE&NAME=VALUE`"),
        ("evolution?", {}, "E986", "options are written"),
        ("evolution?populaton=4", {}, "E986", "did you mean `population`"),
        ("evolution?population=4.5", {}, "E986", "`population` cannot be '4.5'"),
        ("evolution?population=true", {}, "E986", "`population` cannot be 'true'"),
        ("evolution?rate=nan", {}, "E986", "rate must be at least 0"),
        ("evolution", {"tournament": 0}, "E986", "tournament must be at least 1, not 0"),
    ],
)
def test_mistakes_are_explained(
    fixed: Space, name: str, options: dict[str, object], code: str, text: str
):
    with pytest.raises(SmashError) as caught:
        make_proposer(name, fixed, 0, **options)
    assert caught.value.diagnostics[0].code == code
    assert text in str(caught.value)


def test_options_reach_their_proposer(fixed: Space):
    made = make_proposer("evolution", fixed, 7, population=4, rate=1)
    assert isinstance(made, Evolution)
    assert (made.seed, made.population, made.tournament, made.rate) == (7, 4, 8, 1)
    assert option_types(Sampling) == {}


def test_options_can_be_written_behind_the_name(fixed: Space):
    made = make_proposer("evolution?population=4&rate=0.5&tournament=2", fixed)
    assert isinstance(made, Evolution)
    assert (made.population, made.tournament, made.rate) == (4, 2, 0.5)
    assert made.name == "evolution?population=4&rate=0.5&tournament=2"
    one = run(made, 8, size)
    assert one == run(
        make_proposer("evolution", fixed, 0, population=4, rate=0.5, tournament=2), 8, size
    )
    none = make_proposer("perturb?rate=none", fixed)
    assert isinstance(none, Perturb)
    assert none.rate is None


@pytest.mark.parametrize("name", PROPOSERS)
def test_every_proposer_says_what_it_is(name: str):
    assert 10 < len(PROPOSERS[name].about) <= 90
