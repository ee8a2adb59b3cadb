"""Studies from end to end on a tiny space: they resume, repeat, and refuse another's folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet.oneshot import OneShot, OneShotSettings
from smashdsl.hypernet.supernet import Supernet
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.scoring.registry import UNTRAINED
from smashdsl.search.pace import pace
from smashdsl.studies import foreseen, gradient, settled, weights
from smashdsl.studies.agreement import stderrs
from smashdsl.studies.capacity import SIZES, capacity
from smashdsl.studies.correlation import correlation, verdict
from smashdsl.studies.corruption import FIELDS, corruption
from smashdsl.studies.opening import opened
from smashdsl.studies.plan import Plan, fitted
from smashdsl.studies.settled import distinct
from smashdsl.studies.study import Study
from smashdsl.studies.transfer import transfer
from smashdsl.training.data import Dataset, load_data
from smashdsl.training.fit import FitSettings
from smashdsl.training.progress import Silent
from tests.hypernet.spaces import TINY, space

PLAN = Plan(
    programs=3, images=40, sgd=2, fit=FitSettings(1, 32),
    train=OneShotSettings(3, 16, probe_every=0, workers=0, calibration=32),
)  # fmt: skip


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=300)


def study(folder: Path, name: str, **facts: Any) -> Study:
    return Study(folder, name, facts)


def test_correlation(tmp_path: Path, digits: Dataset) -> None:
    of = space(TINY)
    page = correlation(study(tmp_path, "correlation"), of, digits, PLAN)
    found = json.loads((tmp_path / "data.json").read_text())
    wanted = {"hypernet", "corrupted", "unconditional", "shared", *UNTRAINED, "sgd:2"}
    assert set(found["scores"]) == wanted
    assert all(len(each["scores"]) == 3 for each in found["scores"].values())
    assert len(found["truth"]) == 3
    programs = distinct(of, 3, 0)
    assert found["hashes"] == [program.hash for program in programs]
    assert found["scores"]["params"]["scores"] == [program.costs.params for program in programs]
    assert (tmp_path / "summary.md").read_text() == page.text
    assert "**Verdict:** with n = 3" in page.text
    assert (tmp_path / "scores.svg").read_text().count("hypernet") > 0
    assert len(list((tmp_path / "weights").iterdir())) == 3


def test_it_goes_on_where_it_was(
    tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = space(TINY)
    whole = corruption(study(tmp_path / "whole", "corruption"), of, digits, PLAN)

    def killed(*_: object) -> list[float]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(weights, "_scores", killed)
        with pytest.raises(KeyboardInterrupt):
            corruption(study(tmp_path / "cut", "corruption"), of, digits, PLAN)
    again = corruption(study(tmp_path / "cut", "corruption"), of, digits, PLAN)
    assert again.text == whole.text
    assert again.data == whole.data
    with monkeypatch.context() as patch:  # all is done: nothing is scored or trained again
        patch.setattr(weights, "_scores", killed)
        once_more = corruption(study(tmp_path / "cut", "corruption"), of, digits, PLAN)
    assert once_more.text == whole.text
    assert set(whole.data) == {*FIELDS, "right"}


def test_networks_are_trained_once(
    tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = distinct(space(TINY), 2, 0)
    this = study(tmp_path, "any")
    first = settled.settle(this, programs, digits, PLAN.fit)
    assert (first.accuracy > 0).all()
    assert not list((tmp_path / "work").glob("*.safetensors"))

    def never(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(settled, "_train", never)
    again = settled.settle(this, programs, digits, PLAN.fit)
    assert np.array_equal(again.reached, first.reached)


def test_capacity(tmp_path: Path, digits: Dataset) -> None:
    page = capacity(study(tmp_path, "capacity"), space(TINY), digits, PLAN)
    sizes = [page.data[name]["parameters"] for name in SIZES]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 50 * sizes[0]


@pytest.mark.slow
def test_gradient(tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gradient, "STARTS", 2)
    plan = Plan(**{**vars(PLAN), "programs": 4})
    page = gradient.gradient(study(tmp_path, "gradient"), space(TINY), digits, plan)
    assert set(page.data) == {*gradient.PROPOSERS, "changes"}
    found = page.data.pop("changes")
    assert 1 < len(found) <= foreseen.PARENTS
    assert {len(each[kind]) for each in found for kind in foreseen.KINDS} <= {*range(2, 17)}
    assert "what telling does, and what the mutation does" in page.text
    for each in page.data.values():
        assert [len(course) for course in each["courses"]] == [8, 8]
        assert all(course == sorted(course) for course in each["courses"])
    starts = {name: [course[:4] for course in page.data[name]["courses"]] for name in page.data}
    assert all(start == starts["perturb"] for start in starts.values())
    assert page.data["perturb"]["gain"] == [0, 0]


def test_telling_changes_what_is_told_and_not_what_runs(digits: Dataset) -> None:
    of = space(TINY)
    one, other = distinct(of, 2, 0)
    oneshot = OneShot(
        Supernet(of.layout, PLAN.train.hypernet, 0), digits, OneShotSettings(calibration=32)
    )
    own, its = (value.score for value in GeneratedScorer(oneshot, [40]).score([one, other]))
    telling = GeneratedScorer(oneshot, [40], prepare=partial(foreseen._told, one))
    same, told = (value.score for value in telling.score([one, other]))
    assert same == own
    assert told not in (own, its)


@pytest.mark.parametrize(("degrees", "known"), [(1, 12.706), (2, 4.303), (4, 2.776), (30, 2.042)])
def test_few_searches_have_wide_intervals(degrees: int, known: float) -> None:
    assert stderrs(degrees) == pytest.approx(known, rel=0.01)


def test_transfer(tmp_path: Path, digits: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """To images of another size and another number of dimensions."""
    random = np.random.default_rng(0)
    cubes, labels = random.integers(0, 255, (60, 1, 6, 6, 6)), np.arange(60) % 10
    np.savez(tmp_path / "cubes.npz", train_images=cubes.astype(np.uint8), train_labels=labels,
             test_images=cubes[:20].astype(np.uint8), test_labels=labels[:20])  # fmt: skip
    plan = Plan(**{**vars(PLAN), "programs": 4, "limit": 200})
    this = study(tmp_path / "study", "transfer")
    cubes_path = str(tmp_path / "cubes.npz")
    page = transfer(this, space(TINY), digits, plan, "cpu", "digits", [cubes_path])
    assert set(page.data) == {"digits", cubes_path}
    there = page.data[cubes_path]
    assert there["test_images"] == 20
    assert len(there["random"]) == 3
    assert 0 <= there["transferred"] <= 1
    assert page.data["digits"]["transferred"] == page.data["digits"]["searched_here"]


def test_another_study_is_left_alone(tmp_path: Path) -> None:
    study(tmp_path, "corruption", seed=0)
    study(tmp_path, "corruption", seed=0)
    for name, facts in (("corruption", {"seed": 1}), ("capacity", {"seed": 0}), ("corruption", {})):
        with pytest.raises(SmashError) as caught:
            study(tmp_path, name, **facts)
        assert caught.value.diagnostics[0].code == "E976"
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(SmashError):
        study(tmp_path, "corruption", seed=0)
    (tmp_path / "study.json").write_text("{")
    with pytest.raises(SmashError) as caught:
        study(tmp_path, "corruption", seed=0)
    assert caught.value.diagnostics[0].code == "E924"


def test_what_is_not_finite_survives(tmp_path: Path) -> None:
    this = study(tmp_path, "any")
    assert this.piece("a b/c", lambda: [1.5, float("-inf"), {"x": float("nan")}]) == [
        1.5, None, {"x": None},
    ]  # fmt: skip
    assert this.piece("a b/c", lambda: 1 / 0) == [1.5, None, {"x": None}]


def test_plans_fill_their_budget() -> None:
    for seconds in (1e-5, 1e-3, 0.1):
        for minutes in (5.0, 25.0, 240.0):
            plan = fitted(minutes, seconds, 40_000, 3, 0)
            images = plan.limit or 40_000
            spent = plan.programs * plan.fit.epochs * images * seconds / 60
            assert spent <= max(0.51 * minutes, plan.programs * 3 * 1000 * seconds / 60)
            assert plan.programs >= 60
            weights = plan.train.steps * 64 * 4 * 3 * 1.65 * seconds / 60
            assert weights <= max(0.36 * minutes, 20 * 64 * 4 * 3 * 1.65 * seconds / 60)
    asked = fitted(25, 1e-3, 40_000, 3, 0, programs=10, epochs=2)
    assert (asked.programs, asked.fit.epochs) == (10, 2)


def test_the_plan_is_kept(tmp_path: Path) -> None:
    """What networks cost is measured once: going on must not depend on how busy the machine is."""
    of = space(TINY)
    work = {"programs": 4, "seeds": 2, "epochs": None, "budget": 1.0}
    arguments = (tmp_path, "any", of, "digits", 200, 0, 3, work, torch.device("cpu"), Silent())
    first, data, plan = opened(*arguments)
    assert plan.programs == 4
    assert plan.limit is None
    assert len(data.train) + len(data.validation) <= 200
    again, _, same = opened(*arguments)
    assert same == plan
    assert again.facts == first.facts
    other = (*arguments[:7], {**work, "programs": 5}, *arguments[8:])
    with pytest.raises(SmashError) as caught:
        opened(*other)
    assert caught.value.diagnostics[0].code == "E976"
    assert "another study: work.programs differ" in caught.value.diagnostics[0].message


def test_pace_is_that_of_the_networks(digits: Dataset) -> None:
    of = smashdsl.load("specs/quickstart.smash")
    assert isinstance(of, smashdsl.Space)
    small, large = of.extreme(False), of.extreme(True)
    assert large.costs.flops > 3 * small.costs.flops
    assert pace([large], digits) > pace([small], digits) > 0


def test_verdicts() -> None:
    random = np.random.default_rng(0)
    truth = random.normal(size=80)
    scores = {"hypernet": truth + 0.1 * random.normal(size=80), "params": random.normal(size=80)}
    scores |= {name: random.normal(size=80) for name in ("live_params", "flops", "depth")}
    assert "`hypernet` ranks better than" in verdict(scores, truth, "hypernet")
    swapped = {**scores, "hypernet": scores["params"], "params": scores["hypernet"]}
    assert "`hypernet` ranks worse than `params`" in verdict(swapped, truth, "hypernet")
    level = {**scores, "hypernet": scores["params"]}
    assert "cannot be told apart" in verdict(level, truth, "hypernet")
    backwards = {**scores, "depth": -truth}
    assert "ranks worse than `depth` backwards" in verdict(backwards, truth, "hypernet")
