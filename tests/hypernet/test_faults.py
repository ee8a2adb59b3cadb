"""Numbers that are not finite: who made them is named, and none is ever saved."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

import smashdsl
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.hypernet import run
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import CHECKPOINT, OneShotSettings, train_hypernet
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training import checkpoint
from smashdsl.training.data import Dataset, load_data
from smashdsl.training.progress import Silent
from smashdsl.training.seeds import derive
from tests.hypernet.spaces import TINY, space

QUICK = OneShotSettings(
    steps=20, batch_size=8, archs_per_step=2, workers=0, probe_every=0, average=0.9,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)  # fmt: skip
Poison = Callable[[Supernet], None]


class Told(Silent):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def tell(self, text: str) -> None:
        self.texts.append(text)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=200)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Callable[[Poison], None]:
    """Lets something be done to the weights before training starts."""

    def spoil(change: Poison) -> None:
        make = Supernet.__init__

        def made(self: Supernet, *arguments: object) -> None:
            make(self, *arguments)
            with torch.no_grad():
                change(self)

        monkeypatch.setattr(Supernet, "__init__", made)

    return spoil


def tensor(net: Supernet, ending: str) -> Tensor:
    """The one of the bank whose key has this end, outside blocks."""
    return next(p for name, p in net.bank.named_parameters() if name.endswith(ending))


def diverge(of: smashdsl.Space, digits: Dataset, folder: Path | None, tell: Told | None = None,
            **changes: object) -> str:  # fmt: skip
    with pytest.raises(SmashError) as error:
        train_hypernet(of, digits, dataclasses.replace(QUICK, **changes), folder, tell,
                       save_every=0)  # fmt: skip
    (found,) = error.value.diagnostics
    assert found.code == "E942"
    assert found.helps == ("use a lower learning rate",)
    return found.message


def require_finite(path: Path) -> int:
    """The step of a checkpoint, all of whose numbers are finite."""
    tensors, facts = checkpoint.load(path)
    assert all(tensor.isfinite().all() for tensor in tensors.values())
    assert all(math.isfinite(loss) for loss in facts["recent"])
    return facts["step"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_weight_of_the_bank(
    digits: Dataset, tmp_path: Path, poison: Callable[[Poison], None], value: float
) -> None:
    poison(lambda net: tensor(net, "conv#1|weight")[0, 0, 1, 1].fill_(value))
    of = space(TINY)
    message = diverge(of, digits, tmp_path)
    found = re.fullmatch(
        r"training diverged: the loss is (nan|inf) in step 1, where the weight of "
        r"`([\w.]+)` is not finite \(see `(.+)`\)", message,
    )  # fmt: skip
    assert found, message
    path = Path(found[3])
    assert path == tmp_path / "diverged" / "step-000001.smash"
    assert path.read_text().startswith(f"# In step 1, the weight of {found[2]} was not finite.\n")
    program = smashdsl.load(path)
    assert isinstance(program, smashdsl.Program)
    assert program.hash == of.sample(derive(0, "architecture", 0)).hash
    assert found[2] in program.plan.slots
    assert not checkpoint.exists(tmp_path / CHECKPOINT)


def test_a_weight_of_the_hypernet(
    digits: Dataset, tmp_path: Path, poison: Callable[[Poison], None]
) -> None:
    def spoil(net: Supernet) -> None:
        assert net.hypernet is not None
        net.hypernet.heads["1x1"].weight[3, 3] = math.nan

    poison(spoil)
    message = diverge(space(TINY), digits, tmp_path)
    assert re.search(r"where the weight of `blocks\.0\.layers\.0\.conv1\.weight` is", message)
    assert (tmp_path / "diverged" / "step-000001.smash").exists()
    assert not checkpoint.exists(tmp_path / CHECKPOINT)


def test_an_output(digits: Dataset, tmp_path: Path, poison: Callable[[Poison], None]) -> None:
    """The weights are finite, what a layer makes of them is not: the layer is named."""
    poison(lambda net: tensor(net, "conv#1|weight").fill_(3e38))
    assert "where the output of `stem.conv1` is not finite" in diverge(
        space(TINY), digits, tmp_path
    )


def test_without_a_folder(digits: Dataset, poison: Callable[[Poison], None]) -> None:
    poison(lambda net: tensor(net, "conv#1|weight").fill_(math.nan))
    assert diverge(space(TINY), digits, None).endswith("of `stem.conv1.weight` is not finite")


@pytest.mark.parametrize("rate", [1e20, 1e30])
@pytest.mark.parametrize("which", ["learning_rate", "hypernet_rate"])
@pytest.mark.parametrize("on_nan", ["stop", "skip"])
def test_a_senseless_learning_rate(
    digits: Dataset, tmp_path: Path, rate: float, which: str, on_nan: str
) -> None:
    told = Told()
    message = diverge(space(TINY), digits, tmp_path, told, on_nan=on_nan, **{which: rate})
    assert message.startswith("training diverged: ")
    path = tmp_path / CHECKPOINT
    if checkpoint.exists(path):
        assert require_finite(path) < QUICK.steps
    assert not list(tmp_path.glob(".*"))


def test_skipping_gives_up(
    digits: Dataset, tmp_path: Path, poison: Callable[[Poison], None]
) -> None:
    poison(lambda net: tensor(net, "conv#1|weight").fill_(3e38))
    told = Told()
    message = diverge(space(TINY), digits, tmp_path, told, on_nan="skip")
    assert "in step 10" in message
    assert len(told.texts) == run.MOST_SKIPPED - 1
    for step, text in enumerate(told.texts, start=1):
        assert f"in step {step}," in text
        assert text.endswith("; the step is skipped")
    assert len(list((tmp_path / "diverged").iterdir())) == 10
    assert require_finite(tmp_path / CHECKPOINT) == 9


def spoil_steps(monkeypatch: pytest.MonkeyPatch, steps: set[int], grown: list[int]) -> None:
    """Make the loss of some steps, counted from 1, something that is not a number."""
    accumulate = run.accumulate

    def spoilt(*arguments: object) -> list[Tensor]:
        losses = accumulate(*arguments)
        grown.append(len(grown) + 1)
        return [loss * math.nan for loss in losses] if grown[-1] in steps else losses

    monkeypatch.setattr(run, "accumulate", spoilt)


def test_skipping_goes_on(digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine in a row, twice, are not ten; and a resumed run goes on counting."""
    bad = {*range(2, 11), *range(12, 19)}
    spoil_steps(monkeypatch, bad, [])
    told = Told()
    settings = dataclasses.replace(QUICK, on_nan="skip")
    trained = train_hypernet(space(TINY), digits, settings, tmp_path, told, save_every=0)
    assert len(told.texts) == len(bad)
    assert require_finite(tmp_path / CHECKPOINT) == QUICK.steps
    assert all(value.isfinite().all() for value in trained.supernet.state_dict().values())


def test_a_skipped_step_changes_no_weight(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil_steps(monkeypatch, {3}, [])
    settings = dataclasses.replace(QUICK, steps=3, on_nan="skip")
    train_hypernet(space(TINY), digits, settings, tmp_path, Told(), save_every=0)
    after, facts = checkpoint.load(tmp_path / CHECKPOINT)
    before, earlier = checkpoint.load(checkpoint.previous(tmp_path / CHECKPOINT))
    assert (facts["step"], earlier["step"]) == (3, 2)
    assert (facts["skipped"], earlier["skipped"]) == (1, 0)
    assert facts["recent"] == earlier["recent"]
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_a_resumed_run_goes_on_counting(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = dataclasses.replace(QUICK, on_nan="skip")

    class StopsAfter(Told):
        def tell(self, text: str) -> None:
            super().tell(text)
            if len(self.texts) == 6:
                raise KeyboardInterrupt

    spoil_steps(monkeypatch, set(range(2, 21)), [])
    with pytest.raises(KeyboardInterrupt):
        train_hypernet(space(TINY), digits, settings, tmp_path, StopsAfter(), save_every=0)
    assert checkpoint.load(tmp_path / CHECKPOINT)[1]["skipped"] == 5
    message = diverge(space(TINY), digits, tmp_path, Told(), on_nan="skip")
    assert "in step 11" in message


def test_nothing_is_saved_that_is_not_finite(
    digits: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even if an update itself spoils a weight."""
    advance = run.OneShotRun.advance

    def spoilt(self: run.OneShotRun) -> str:
        note = advance(self)
        if self.step == 3:
            with torch.no_grad():
                tensor(self.supernet, "linear#1|weight")[0, 0] = math.inf
        return note

    monkeypatch.setattr(run.OneShotRun, "advance", spoilt)
    message = diverge(space(TINY), digits, tmp_path)
    assert re.fullmatch(r"training diverged: `model\.bank\..+` is not finite after step 3", message)
    assert require_finite(tmp_path / CHECKPOINT) == 2
