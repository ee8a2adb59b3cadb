"""What holds of every scorer that needs no HyperNet."""

from __future__ import annotations

import dataclasses
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from smashdsl import SmashError
from smashdsl.scoring import ensemble
from smashdsl.scoring.registry import KINDS, make_scorer
from smashdsl.scoring.scorer import Context, Scorer
from smashdsl.scoring.value import Value
from smashdsl.training.examples import Split
from tests.scoring.contexts import NAMES as CONTEXTS
from tests.scoring.contexts import ODD, context, noise, odd

ROOT = Path(__file__).parents[2]
NAMES = [f"{kind.name}:3" if kind.argument else kind.name for kind in KINDS]
COUNTS = {"params", "live_params", "flops", "depth"}


@pytest.fixture(autouse=True)
def few_references(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ensemble compares with random programs, as many as take seconds to score."""
    monkeypatch.setattr(ensemble, "REFERENCE", 3)


def scorer(name: str, where: str = "tiny") -> Scorer:
    return make_scorer(name, context(where))


def assert_same(values: list[Value], others: list[Value]) -> None:
    for value, other in zip(values, others, strict=True):
        assert value.score == other.score
        assert (value.stderr, value.error, value.images) == (
            other.stderr, other.error, other.images
        )  # fmt: skip
        if value.likelihoods is not None:
            assert np.array_equal(value.likelihoods, other.likelihoods)


@pytest.mark.parametrize("name", NAMES)
class TestEveryScorer:
    def test_has_a_name_and_stages(self, name: str) -> None:
        made = scorer(name)
        assert made.name == name
        assert made.stages
        assert list(made.stages) == sorted(set(made.stages))

    def test_company_and_order_do_not_matter(self, name: str) -> None:
        programs = [context("tiny").space.sample(seed) for seed in range(3)]
        made = scorer(name)
        together = made.score(programs)
        assert_same(made.score(programs[::-1])[::-1], together)
        assert_same([scorer(name).score([program])[0] for program in programs], together)
        assert made.score([]) == []

    def test_programs_differ(self, name: str) -> None:
        values = scorer(name).score([context("tiny").space.sample(seed) for seed in range(2)])
        assert values[0].score != values[1].score

    def test_the_seed_decides(self, name: str) -> None:
        usual = context("tiny")
        other = dataclasses.replace(usual, seed=1)
        program = usual.space.sample(0)
        scores = [make_scorer(name, each).score([program])[0].score for each in (usual, other)]
        assert (scores[0] == scores[1]) == (name in COUNTS)

    def test_chance_elsewhere_does_not_matter(self, name: str) -> None:
        program = context("mixed").space.sample(0)
        torch.manual_seed(1)
        one = scorer(name, "mixed").score([program])
        torch.manual_seed(2)
        state = torch.get_rng_state()
        assert_same(scorer(name, "mixed").score([program]), one)
        assert torch.equal(torch.get_rng_state(), state)

    def test_no_test_image_is_read(self, name: str) -> None:
        usual = context("tiny")

        def read() -> torch.Tensor:
            raise AssertionError("a test image was read")

        test = Split(read, usual.data.test.labels)
        sealed = dataclasses.replace(usual, data=dataclasses.replace(usual.data, test=test))
        program = usual.space.sample(0)
        assert_same(make_scorer(name, sealed).score([program]), scorer(name).score([program]))

    @pytest.mark.parametrize("where", CONTEXTS)
    def test_all_kinds_of_networks_have_scores(self, name: str, where: str) -> None:
        programs = [context(where).space.sample(seed) for seed in range(2)]
        for value in scorer(name, where).score(programs):
            assert math.isfinite(value.score)

    @pytest.mark.parametrize("which", ODD)
    def test_odd_networks_have_scores(self, name: str, which: str) -> None:
        program = odd(which)
        (value,) = make_scorer(name, Context(program.space, noise((3, 8, 8), 3))).score([program])
        assert isinstance(value.score, float)
        assert value.score < math.inf


@pytest.mark.parametrize("name", ["synflow", "naswot", "zico"])
@pytest.mark.parametrize("which", ["zeros at the end", "gate of zeros", "overflow"])
def test_what_cannot_learn_is_the_worst(name: str, which: str) -> None:
    program = odd(which)
    (value,) = make_scorer(name, Context(program.space, noise((3, 8, 8), 3))).score([program])
    if name == "synflow" and which == "overflow":
        assert math.isfinite(value.score)  # in float64, and in logarithms
    else:
        assert value.score == -math.inf


def test_another_process_gives_the_same() -> None:
    code = f"""
from smashdsl.scoring.registry import make_scorer
from smashdsl.scoring import ensemble
from tests.scoring.contexts import context
ensemble.REFERENCE = {ensemble.REFERENCE}
tiny = context("tiny")
for name in {NAMES!r}:
    print(repr(make_scorer(name, tiny).score([tiny.space.sample(1)])[0].score))
"""
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}
    environment["OMP_NUM_THREADS"] = str(torch.get_num_threads())
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    programs = [context("tiny").space.sample(seed) for seed in (0, 1)]
    expected = [scorer(name).score(programs)[1].score for name in NAMES]
    assert done.stdout.split() == list(map(repr, expected))


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("parms", "E970", "did you mean `params`?"),
        ("nonsense", "E970", "there are params, live_params"),
        ("", "E970", "sgd:STEPS"),
        ("sgd", "E971", "write `sgd:STEPS`"),
        ("sgd:", "E971", "write `sgd:STEPS`"),
        ("sgd:0", "E971", "from 1 to"),
        ("sgd:ten", "E971", "as in `sgd:100`"),
        ("sgd:-3", "E971", "as in `sgd:100`"),
        ("sgd:99999999999999999999", "E971", "as in `sgd:100`"),
        ("params:3", "E971", "takes no argument"),
        ("params:", "E971", "takes no argument"),
    ],
)
def test_wrong_names(name: str, code: str, words: str) -> None:
    with pytest.raises(SmashError) as caught:
        make_scorer(name, context("tiny"))
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert words in "\n".join((found.message, *found.helps))
