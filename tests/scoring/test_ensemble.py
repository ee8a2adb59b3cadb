"""Several scores as one."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smashdsl import Program
from smashdsl.scoring import ensemble
from smashdsl.scoring.codes import NasWot
from smashdsl.scoring.ensemble import Ensemble, log_probability
from smashdsl.scoring.spectra import Spectra
from smashdsl.training.seeds import derive
from tests.scoring.contexts import context


def test_log_probability() -> None:
    assert log_probability(0) == pytest.approx(math.log(0.5))
    assert log_probability(1.6448536) == pytest.approx(math.log(0.95))
    assert log_probability(-100) == log_probability(-8) == pytest.approx(-35.0, abs=0.1)


def test_the_sum_over_respects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ensemble, "REFERENCE", 8)
    usual = context("tiny")
    spectra, naswot = Spectra(usual), NasWot(usual)

    def respects(program: Program) -> list[float]:
        return [*spectra(program), naswot(program).score, program.costs.flops]

    seeds = [derive(usual.seed, "reference", number) for number in range(8)]
    others = np.array([respects(usual.space.sample(seed)) for seed in seeds])
    program = usual.space.sample(5)
    standings = (respects(program) - others.mean(0)) / others.std(0)
    expected = sum(log_probability(each) for each in standings)
    assert Ensemble(usual)(program).score == pytest.approx(expected, rel=1e-9)
