"""Samplers of Optuna."""

from __future__ import annotations

import math
import sys
import warnings

import pytest
from proposing.spaces import FIXED, HEAD, NESTED, agreement, distance, run, size, space, trial

from smashdsl import Program, SmashError, Space
from smashdsl.elaborate.draws import Choice, Continuous, Subset
from smashdsl.proposing.parameters import Parameter, Parameters
from smashdsl.proposing.registry import make_proposer
from smashdsl.proposing.samplers import Sampler
from smashdsl.proposing.sampling import Sampling

MIXED = (
    "space mixed { input 4x8 stem { conv(4, one_of(5, 1, 3)) -> dropout(uniform(0, 0.5)) } "
    "block { banks b[4] of 1 read some(2, b) -> conv(one_of(1: 1, 2: 0, 3: 2), 1) "
    "-> conv(1, one_of(1, 3)) -> write b[0] } " + HEAD + " }"
)


@pytest.fixture
def fixed() -> Space:
    return space(FIXED)


def agreed(program: Program) -> float:
    return agreement(program.genome)


# Parameters -------------------------------------------------------------------------------------


def test_each_draw_becomes_what_it_is():
    drawn = space(MIXED)
    assert drawn.draws is not None
    interval = Continuous(0.0, 0.5)
    layer = "block[0].layer[0]"
    assert Parameters(drawn.draws).all == [
        Parameter("stem.kernel", 3),
        Parameter("stem.p", interval=interval),
        *(Parameter(f"{layer}.read b[{i}]", 2) for i in range(4)),
        Parameter(f"{layer}.units", 2, ordered=True),
        Parameter(f"{layer}.kernel", 2, ordered=True),
    ]


def test_draws_with_one_answer_have_no_parameter():
    draws = {
        "a": Choice([4]),
        "b": Choice([3, 5], [0.0, 1.0]),
        "c": Continuous(1.0, 1.0),
        "d": Subset(["x", "y"], 2),
        "e": Subset([], 1),
    }
    parameters = Parameters(draws)
    assert parameters.all == []
    assert parameters.genome({}, 0) == {"a": 4, "b": 5, "c": 1.0, "d": ["x", "y"], "e": []}


def test_a_genome_comes_back():
    drawn = space(MIXED)
    assert drawn.draws is not None
    parameters = Parameters(drawn.draws)
    for seed in range(20):
        genome = dict(drawn.sample(seed).genome)
        values = parameters.values(genome)
        assert values is not None
        assert set(values) == {each.name for each in parameters.all}
        assert parameters.genome(values, seed) == genome


def test_sets_are_completed_and_cut():
    draws = {"d": Subset(["w", "x", "y", "z"], 2)}
    parameters = Parameters(draws)
    for wanted in ([], ["x"], ["w", "x", "z"], ["w", "x", "y", "z"]):
        values = {f"d {name}": int(name in wanted) for name in "wxyz"}
        found = [parameters.genome(values, seed)["d"] for seed in range(20)]
        assert all(len(each) == 2 and each == sorted(each) for each in found)
        assert all(set(each) <= set(wanted) or set(wanted) <= set(each) for each in found)
        assert len({tuple(each) for each in found}) > 1


@pytest.mark.parametrize(
    "change", [{"stem.kernel": 7}, {"stem.p": 2.0}, {"block[0].layer[0].read": ["b[0]"]}]
)
def test_a_genome_of_another_space_has_no_values(change: dict[str, object]):
    drawn = space(MIXED)
    assert drawn.draws is not None
    assert Parameters(drawn.draws).values({**drawn.sample(0).genome, **change}) is None
    assert Parameters(drawn.draws).values({}) is None


# Samplers ---------------------------------------------------------------------------------------

optuna = pytest.importorskip("optuna")


@pytest.mark.parametrize(
    ("name", "options", "length", "margin"),
    [
        ("tpe", {}, 60, 1),
        ("nsga2", {"cost": "none", "population": 10}, 120, 1.5),
        pytest.param("gp", {}, 40, 1.5, marks=pytest.mark.slow),
    ],
)
def test_samplers_beat_chance(
    fixed: Space, name: str, options: dict[str, object], length: int, margin: float
):
    """On a space of 65,536 with one peak at 8: a mean over three seeds."""

    def mean(proposer: str, **settings: object) -> float:
        made = (make_proposer(proposer, fixed, seed, **settings) for seed in range(3))
        return sum(max(each.score for each in run(one, length, agreed)) for one in made) / 3

    assert mean(f"optuna:{name}", **options) >= mean("random") + margin


def test_a_cost_is_minimised_beside_the_score(fixed: Space):
    alone, both = (
        run(make_proposer("optuna:nsga2", fixed, 0, population=10, cost=cost), 80, agreed)
        for cost in ("none", "params")
    )
    small = [sum(each.params for each in history[40:]) for history in (alone, both)]
    assert small[1] < 0.8 * small[0]
    assert max(each.score for each in both) >= 5


def test_weights_of_the_space_hold_for_the_first_programs():
    units, kernel = "one_of(1: 99, 2: 1)", "one_of(k in 1..59 step 2 weight 1)"
    text = f"space s {{ input 1x4 stem {{ conv({units}, {kernel}) }} {HEAD} }}"
    history = run(make_proposer("optuna:tpe", space(text), startup=15), 15, size)
    assert sum(each.genome["stem.units"] == 1 for each in history) >= 13


def test_what_breaks_a_requirement_is_repaired(fixed: Space):
    drawn = space(FIXED.replace(HEAD, HEAD + " require params <= 60"))
    history = run(
        make_proposer("optuna:tpe", drawn), 25, lambda program: float(program.costs.params)
    )
    assert len(history) == 25
    assert max(each.params for each in history) <= 60


def test_what_is_near_is_proposed_where_a_sampler_suggests_what_is_known(
    fixed: Space, monkeypatch: pytest.MonkeyPatch
):
    history = run(Sampling(fixed), 12, agreed)
    proposer = make_proposer("optuna:tpe", fixed)
    assert isinstance(proposer, Sampler)
    known = proposer.parameters.values(history[3].genome)
    monkeypatch.setattr(proposer, "ask", lambda past, seed: known)
    for number in range(12, 20):
        program = proposer.propose(history, number)
        assert program is not None
        assert 1 <= distance(program.genome, history[3].genome) <= 4


def test_a_process_sees_scores_by_their_order(fixed: Space):
    """Scores of any size, not finite ones included, are told as what a process can take."""
    scores = [-math.inf, -1e300, 0.0, 1.0, 1.0, 1e9, math.inf, math.nan, 2.0, 3.0, 4.0]
    history = [trial(fixed.sample(seed), score) for seed, score in enumerate(scores)]
    proposer = make_proposer("optuna:gp", fixed, startup=5)
    assert isinstance(proposer, Sampler)
    told = proposer._told_of(proposer.past(history)).trials  # the best come first
    values = [each.value for each in told]
    assert values == sorted(values, reverse=True)
    assert len(set(values)) == 9  # equal ones stay equal, and NaN is the worst
    assert max(map(abs, values)) < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert proposer.propose(history, 11) is not None


def test_trials_of_another_space_are_passed_over(fixed: Space):
    history = run(Sampling(fixed), 12, agreed)
    strange = [trial(space(NESTED).sample(seed), 99.0) for seed in range(5)]
    made = make_proposer("optuna:tpe", fixed)
    one, two = made.propose([*history, *strange], 17), made.propose(history, 17)
    assert one is not None
    assert two is not None
    assert one.hash == two.hash


def test_optuna_keeps_quiet_and_its_settings(fixed: Space, capfd: pytest.CaptureFixture[str]):
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in ("tpe", "nsga2", "random"):
            run(make_proposer(f"optuna:{name}", fixed), 30, agreed)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    optuna.logging.set_verbosity(before)


@pytest.mark.parametrize(
    ("name", "options", "code", "text"),
    [
        ("optuna:tpee", {}, "E985", "did you mean `optuna:tpe`"),
        ("optuna:cmaes", {}, "E985", "there are `optuna:tpe`, `optuna:nsga2`"),
        ("optona:tpe", {}, "E985", "did you mean `optuna:tpe`"),
        ("optuna:tpe", {"cost": "latency"}, "E986", "cost is one of none, params, flops, depth"),
        ("optuna:tpe", {"startup": 0}, "E986", "startup must be at least 1"),
        ("optuna:nsga2", {"population": 1}, "E986", "population must be at least 2"),
    ],
)
def test_mistakes_are_explained(
    fixed: Space, name: str, options: dict[str, object], code: str, text: str
):
    with pytest.raises(SmashError) as caught:
        make_proposer(name, fixed, 0, **options)
    assert caught.value.diagnostics[0].code == code
    assert text in str(caught.value)


def test_draws_that_depend_on_draws_are_refused():
    with pytest.raises(SmashError) as caught:
        make_proposer("optuna:tpe", space(NESTED))
    (error,) = caught.value.diagnostics
    assert error.code == "E988"
    assert error.notes[0].span is not None
    assert error.notes[0].span.text == "one_of(1..count(written))"
    assert "`evolution` and `local`" in error.helps[0]


def test_without_optuna_the_error_says_what_to_install(
    fixed: Space, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(SmashError) as caught:
        make_proposer("optuna:tpe", fixed)
    (error,) = caught.value.diagnostics
    assert error.code == "E938"
    assert error.helps == ("pip install 'smashdsl[optuna]'",)
