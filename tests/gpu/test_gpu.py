"""What runs on a GPU does what it does on a processor, up to rounding. Skipped where there is no
GPU."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from smashdsl.hypernet.architecture import prepare
from smashdsl.hypernet.clock import Clock
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShotSettings, load_hypernet, train_hypernet
from smashdsl.hypernet.step import Recipe, accumulate
from smashdsl.hypernet.supernet import Supernet
from smashdsl.scoring.generated import GeneratedScorer
from smashdsl.scoring.registry import UNTRAINED, make_scorer
from smashdsl.search.pace import pace
from smashdsl.training.data import load_data
from smashdsl.training.fit import FitSettings, fit
from tests.hypernet.spaces import MIXED, TINY, sources, space
from tests.scoring.contexts import context

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
GPU = "cuda"
CALM = MIXED.replace(" -> dropout(0.1)", "")  # whose masks would differ
SPACES = {"tiny": space(TINY), "mixed": space(CALM), "1-D": sources(1), "2-D": sources(2),
          "3-D": sources(3)}  # fmt: skip


@pytest.fixture(autouse=True)
def exact() -> Iterator[None]:
    """Full float32 in convolutions, which else drop bits on GPUs."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield


@pytest.mark.parametrize("body", ["graph", "densenet"])
@pytest.mark.parametrize("name", SPACES)
def test_gradients_of_a_step(name: str, body: str) -> None:
    of = SPACES[name]
    some = [prepare(of.sample(seed)) for seed in range(3)]
    noise = torch.Generator().manual_seed(0)
    images = torch.randn(6, *of.sample(0).ir.input, generator=noise)
    labels = torch.arange(6) % (of.sample(0).ir.classes or 2)
    found = []
    for device in ("cpu", GPU):
        net = Supernet(of.layout, HyperNetSettings(body), 0).to(device)
        clock = Clock(device)
        losses = accumulate(net, some, images.to(device), labels.to(device), Recipe(), 0, 1.0,
                            clock)  # fmt: skip
        assert set(clock.seconds) == {"generation", "network"}
        assert all(seconds > 0 for seconds in clock.seconds.values())
        found.append([torch.stack(losses).cpu(),
                      *(p.grad.cpu() for p in net.parameters() if p.grad is not None)])  # fmt: skip
    for here, there in zip(*found, strict=True):
        torch.testing.assert_close(there, here, rtol=2e-3, atol=2e-4)


def test_one_shot_training_learns_and_goes_on(tmp_path: Path) -> None:
    of, data = space(TINY), load_data("digits", limit=600)
    settings = OneShotSettings(steps=120, workers=2, probe_every=60)
    trained = train_hypernet(of, data, settings, tmp_path, device=GPU)
    lines = [json.loads(line) for line in (tmp_path / "train.jsonl").read_text().splitlines()]
    probed = [line["probe_loss"] for line in lines if "probe_loss" in line]
    assert probed[-1] < probed[0]
    shares = {name: value for name, value in lines[-1].items() if name.startswith("share_")}
    assert 0.1 < sum(shares.values()) < 1.2

    # The same weights score alike on both devices.
    here = load_hypernet(of, data, settings, tmp_path)
    again = load_hypernet(of, data, settings, tmp_path, GPU)
    programs = [of.sample(seed) for seed in range(4)]
    for program in programs:
        score = trained.score(program).mean_log_likelihood
        assert again.score(program).mean_log_likelihood == pytest.approx(score, abs=1e-3)
        assert here.score(program).mean_log_likelihood == pytest.approx(score, abs=1e-2)
    values = [[value.score for value in GeneratedScorer(each).score(programs)]
              for each in (here, again)]  # fmt: skip
    assert values[0] == pytest.approx(values[1], abs=1e-2)


def test_ordinary_training_learns_and_goes_on(tmp_path: Path) -> None:
    data, program = load_data("digits"), space(TINY).sample(1)
    settings = FitSettings(epochs=6, batch_size=64, cutout=0.25)
    path = tmp_path / "fit.safetensors"
    seen = 0

    def pause() -> bool:
        nonlocal seen
        seen += 1
        return seen == 30

    with pytest.raises(KeyboardInterrupt):
        fit(program.module(), data, settings, device=GPU, checkpoint=path, pause=pause)
    module = program.module()
    result = fit(module, data, settings, device=GPU, checkpoint=path, test=True)
    assert len(result.history) == 6
    assert result.test is not None
    assert result.test.accuracy > 0.8
    assert next(module.parameters()).is_cuda


@pytest.mark.parametrize("scorer", UNTRAINED)
@pytest.mark.parametrize("name", ["tiny", "1-D", "3-D"])
def test_untrained_scores(name: str, scorer: str) -> None:
    given = context(name)
    programs = [given.space.sample(seed) for seed in range(3)]
    values = [
        [value.score for value in make_scorer(scorer, where).score(programs)]
        for where in (given, dataclasses.replace(given, device=torch.device(GPU)))
    ]
    assert values[0] == pytest.approx(values[1], rel=0.02, abs=0.02)


def test_pace_waits_for_the_gpu() -> None:
    programs = [space(TINY).sample(seed) for seed in range(2)]
    assert 0 < pace(programs, load_data("digits"), GPU) < 1e-2


def test_a_whole_search(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    smashdsl = [sys.executable, "-m", "smashdsl"]
    small = "train.steps=30 rank.random=6 rank.proposed=4 confirm.top=1 confirm.random=1 "
    small += "confirm.epochs=1 fit.epochs=2"
    settings = [part for pair in small.split() for part in ("--set", pair)]
    spec = Path(__file__).parents[2] / "specs/quickstart.smash"
    for command in (
        ["search", str(spec), "--data", "digits", "--device", GPU, "--run", str(folder), *settings],
        ["fit", str(folder), "--test", "--device", GPU],
        ["score", str(folder), str(folder / "winner.smash"), "--device", GPU],
        ["rank", str(folder), "--scorer", "ensemble", "--device", GPU],
        ["profile", str(folder / "winner.smash"), "--device", GPU],
    ):
        subprocess.run([*smashdsl, *command], check=True)
    subprocess.run([sys.executable, folder / "winner.py"], check=True)
