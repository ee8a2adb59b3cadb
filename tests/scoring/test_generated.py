"""Scores with generated weights: of the exported network, and one at a time or together."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.calibrate import calibrate, in_batches
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShot, OneShotSettings
from smashdsl.hypernet.supernet import Supernet
from smashdsl.scoring.generated import GeneratedScorer, batch_size
from smashdsl.scoring.images import Images
from smashdsl.scoring.network import Network
from smashdsl.training.data import Dataset, load_data
from tests.hypernet.spaces import MIXED, TINY, space

SMALL = HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1))


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits")


def oneshot(of: smashdsl.Space, data: Dataset, corrupt: str | None = None) -> OneShot:
    settings = OneShotSettings(calibration=300, hypernet=SMALL)
    return OneShot(Supernet(of.layout, SMALL, 0), data, settings, corrupt)


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_a_network_without_modules_is_the_calibrated_module(text: str, digits: Dataset) -> None:
    of = space(text)
    images = digits.train.images[:30]
    for seed in range(6):
        program = of.sample(seed)
        module = build_module(program.plan, seed=seed)
        weights = {name: p.detach() for name, p in module.named_parameters()}
        calibrate(module, images, 12)
        network = Network(program.plan, weights, in_batches(images, 12))
        with torch.no_grad():
            expected = module(digits.validation.images[:20])
        assert torch.allclose(network(digits.validation.images[:20]), expected, atol=1e-5)


def test_the_score_is_that_of_the_exported_network(digits: Dataset) -> None:
    of = space(TINY)
    trained = oneshot(of, digits)
    scorer = GeneratedScorer(trained, [10**6])
    programs = [of.sample(seed) for seed in range(10)]
    for program, value in zip(programs, scorer.score(programs), strict=True):
        score = trained.score(program)
        assert value.score == pytest.approx(score.mean_log_likelihood, abs=1e-5)
        assert value.stderr == pytest.approx(score.stderr, rel=1e-4)
        assert value.error == pytest.approx(score.error, abs=1e-9)
        assert value.images == score.n + 300


def test_stages_go_on_where_they_were(digits: Dataset) -> None:
    of = space(TINY)
    scorer = GeneratedScorer(oneshot(of, digits), [20, 100, 10**6])
    assert scorer.stages == (20, 100, len(digits.validation))
    programs = [of.sample(seed) for seed in range(3)]
    first = scorer.score(programs)
    assert [len(value.likelihoods) for value in first] == [20] * 3
    mixed = scorer.score(programs, 2, [first[0], None, scorer.score([programs[2]], 1)[0]])
    for one, straight in zip(mixed, scorer.score(programs, 2), strict=True):
        assert np.allclose(one.likelihoods, straight.likelihoods, atol=1e-5)
        assert one.error == straight.error
        assert one.score == pytest.approx(straight.score, abs=1e-6)
    assert mixed[0].images == len(digits.validation) + 2 * 300


def test_company_does_not_matter_to_the_last_bit(digits: Dataset) -> None:
    of = space(MIXED)
    scorer = GeneratedScorer(oneshot(of, digits), [50])
    programs = [of.sample(seed) for seed in range(11)]
    together = scorer.score(programs)
    alone = [scorer.score([program])[0] for program in reversed(programs)][::-1]
    for one, two in zip(together, alone, strict=True):
        assert np.array_equal(one.likelihoods, two.likelihoods)
        assert one.score == two.score


def test_a_corrupted_encoding_is_another_scorer(digits: Dataset) -> None:
    of = space(TINY)
    programs = [of.sample(seed) for seed in range(4)]
    right, wrong = (GeneratedScorer(oneshot(of, digits, field)) for field in (None, "all"))
    assert (right.name, wrong.name) == ("hypernet", "hypernet:corrupt-all")
    scores = [[value.score for value in scorer.score(programs)] for scorer in (right, wrong)]
    assert scores[0] != scores[1]


def test_a_network_that_overflows_is_the_worst(digits: Dataset) -> None:
    of = space(TINY)
    trained = oneshot(of, digits)
    with torch.no_grad():
        for parameter in trained.supernet.bank.parameters():
            parameter.fill_(torch.inf)
    (value,) = GeneratedScorer(trained, [20]).score([of.sample(0)])
    assert value.score == -torch.inf


def test_every_beginning_has_all_classes(digits: Dataset) -> None:
    images = Images(digits.validation, 0)
    seen: list[int] = []
    for _, labels in images.batches(0, len(images), 13):
        seen += labels.tolist()
        share = len(seen) / len(images)
        for label in range(10):
            expected = share * int((digits.validation.labels == label).sum())
            assert abs(seen.count(label) - expected) <= 1.01
    assert sorted(seen) == sorted(digits.validation.labels.tolist())
    other = Images(digits.validation, 1)
    assert next(other.batches(0, 50, 50))[1].tolist() != seen[:50]
    assert [len(labels) for _, labels in images.batches(5, 30, 10)] == [10, 10, 5]


def test_as_many_images_at_a_time_as_the_cache_holds() -> None:
    def size(channels: int, side: int, device: str = "cpu") -> int:
        text = f"""space s {{ input 3x{side}x{side}
  classes 10
  stem {{ conv({channels}, one_of(1, 3)) }}
  head {{ global_avg_pool -> linear(classes) }}
}}"""
        return batch_size(space(text).sample(0), torch.device(device))

    assert [size(16, 32), size(8, 32), size(5, 32), size(64, 32), size(8, 8)] == [
        32, 64, 102, 32, 256,
    ]  # fmt: skip
    assert size(64, 32, "cuda") == 256


def test_how_many_images_at_a_time_changes_no_score(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = space(TINY)
    scorer = GeneratedScorer(oneshot(of, digits), [200])
    programs = [of.sample(seed) for seed in range(4)]
    whole = scorer.score(programs)
    monkeypatch.setattr("smashdsl.scoring.generated.CACHE", 1)
    for value, one in zip(scorer.score(programs), whole, strict=True):
        assert value.score == pytest.approx(one.score, abs=1e-6)
        assert (value.images, value.error) == (one.images, one.error)
