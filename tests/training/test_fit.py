"""Ordinary training: it learns, and neither stopping nor chance changes what comes out."""

from __future__ import annotations

import dataclasses
import math
import os
import secrets
import signal
import threading
import time
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training import checkpoint
from smashdsl.training.data import Dataset, Split, from_arrays, load_data
from smashdsl.training.devices import half_precision
from smashdsl.training.fit import Epoch, FitResult, FitSettings, fit
from smashdsl.training.interrupt import interruptible
from tests.training.processes import finish, kill_often, start

QUICK = FitSettings(epochs=3, batch_size=32, learning_rate=0.05)


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=300)


def network(width: int = 6) -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Dropout(0.2), nn.Flatten(), nn.Linear(16 * width, 10),
        )  # fmt: skip


def state(module: nn.Module) -> dict[str, Tensor]:
    return {name: value.clone() for name, value in module.state_dict().items()}


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(torch.equal(one[name], two[name]) for name in one)


def interrupt(epoch: Epoch) -> None:
    if epoch.epoch == 2:
        os.kill(os.getpid(), signal.SIGINT)


def test_it_learns(digits: Dataset) -> None:
    settings = dataclasses.replace(QUICK, epochs=15)
    seen: list[Epoch] = []
    result = fit(network(), digits, settings, test=True, on_epoch=seen.append)
    assert result.validation.accuracy > 0.8
    assert result.test is not None
    assert result.test.accuracy > 0.75
    assert [epoch.epoch for epoch in seen] == list(range(1, 16))
    assert list(result.history) == seen
    assert seen[-1].loss < seen[0].loss


def test_test_images_are_left_alone(digits: Dataset) -> None:
    nothing = Split(torch.full_like(digits.test.images, math.nan), digits.test.labels)
    result = fit(network(), dataclasses.replace(digits, test=nothing), QUICK)
    assert result.test is None
    assert math.isfinite(result.validation.mean_log_likelihood)


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_resuming_changes_no_bit(digits: Dataset, tmp_path: Path, optimizer: str) -> None:
    settings = dataclasses.replace(QUICK, optimizer=optimizer, learning_rate=0.01)
    whole = network()
    expected = fit(whole, digits, settings)
    path = tmp_path / "fit.safetensors"
    with pytest.raises(KeyboardInterrupt):
        fit(network(), digits, settings, checkpoint=path, on_epoch=interrupt)
    assert checkpoint.load(path)[1]["step"] == 2 * (len(digits.train) // 32)
    torch.manual_seed(99)
    resumed = network(6)
    assert fit(resumed, digits, settings, checkpoint=path) == expected
    assert same(state(resumed), state(whole))
    again = network(6)
    assert fit(again, digits, settings, checkpoint=path) == expected
    assert same(state(again), state(whole))


def test_checkpoints_in_the_middle_of_an_epoch(digits: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"

    class Stopping(nn.Module):
        """Asks to stop in its fourth forward pass, in the middle of the first epoch."""

        calls = 0

        def __init__(self) -> None:
            super().__init__()
            self.net = network()

        def forward(self, x: Tensor) -> Tensor:
            self.calls += 1
            if self.calls == 4:
                os.kill(os.getpid(), signal.SIGTERM)
            return self.net(x)

    with pytest.raises(KeyboardInterrupt):
        fit(Stopping(), digits, QUICK, checkpoint=path)
    assert checkpoint.load(path)[1]["step"] == 4
    resumed, whole = Stopping(), network()
    resumed.calls = 4
    assert fit(resumed, digits, QUICK, checkpoint=path) == fit(whole, digits, QUICK)
    assert same(state(resumed.net), state(whole))


class Watching(nn.Module):
    """A network that notes whether the channels of its images come last in memory."""

    def __init__(self, norm: nn.Module, convolution: nn.Module, classes: int) -> None:
        super().__init__()
        self.norm, self.convolution = norm, convolution
        self.head = nn.LazyLinear(classes)
        self.seen: set[bool] = set()

    def forward(self, images: Tensor) -> Tensor:
        self.seen.add(images.stride(1) == 1)
        return self.head(self.convolution(self.norm(images)).relu().flatten(1))


@pytest.mark.parametrize(
    ("shape", "norm", "convolution", "last"),
    [
        ((3, 8), nn.BatchNorm1d(3), nn.Conv1d(3, 4, 3), False),
        ((3, 8, 8), nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3), True),
        ((3, 8, 8, 8), nn.BatchNorm3d(3), nn.Conv3d(3, 4, 3), True),
        ((3, 8, 8), nn.GroupNorm(3, 3), nn.Conv2d(3, 4, 3), False),
    ],
)
def test_channels_come_last_where_that_is_fast(
    shape: tuple[int, ...], norm: nn.Module, convolution: nn.Module, last: bool
) -> None:
    images, labels = torch.rand(40, *shape), torch.arange(40) % 2
    data = from_arrays(images.numpy(), labels.numpy(), channels="first")
    watching = Watching(norm, convolution, data.classes)
    watching(images)
    watching.seen.clear()
    fit(watching, data, dataclasses.replace(QUICK, batch_size=8), test=True)
    assert watching.seen == {last}


@pytest.mark.parametrize("wanted", [True, False])
def test_mixed_precision(digits: Dataset, monkeypatch: pytest.MonkeyPatch, wanted: bool) -> None:
    """As on a GPU, with a processor that computes in bfloat16."""
    assert half_precision("cuda:1") == torch.bfloat16
    assert half_precision("cpu") is None
    monkeypatch.setattr("smashdsl.training.fit.half_precision", lambda _: torch.bfloat16)
    seen: set[torch.dtype] = set()
    module = network()
    module[0].register_forward_hook(lambda *found: seen.add(found[2].dtype))
    settings = dataclasses.replace(QUICK, epochs=15, mixed_precision=wanted)
    assert fit(module, digits, settings).validation.accuracy > 0.75
    full = {torch.float32}  # in which all is scored
    assert seen == (full | {torch.bfloat16} if wanted else full)
    assert {each.dtype for each in module.parameters()} == full


def test_chance_comes_from_the_seed_alone(digits: Dataset) -> None:
    results: list[FitResult] = []
    for noise, seed in ((1, 0), (2, 0), (1, 1)):
        torch.manual_seed(noise)
        before = torch.random.get_rng_state()
        results.append(fit(network(), digits, dataclasses.replace(QUICK, seed=seed)))
        assert torch.equal(torch.random.get_rng_state(), before)
    assert results[0] == results[1] != results[2]


def test_checkpoint_of_another_run(digits: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    fit(network(), digits, QUICK, checkpoint=path, identity="one")
    for settings, identity, part in (
        (QUICK, "two", "identity was one, and now is two"),
        (dataclasses.replace(QUICK, epochs=4), "one", "settings.epochs was 3, and now is 4"),
    ):
        with pytest.raises(SmashError) as error:
            fit(network(), digits, settings, checkpoint=path, identity=identity)
        assert error.value.diagnostics[0].code == "E941"
        assert part in error.value.diagnostics[0].message
    with pytest.raises(SmashError) as error:
        fit(network(7), digits, QUICK, checkpoint=path, identity="one")
    assert error.value.diagnostics[0].code == "E949"


def test_damaged_checkpoints(digits: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "fit.safetensors"
    fit(network(), digits, QUICK, checkpoint=path)
    good = path.read_bytes()
    unlike = good.replace(b"smashdsl.checkpoint/2", b"smashdsl.checkpoint/9")
    lacking = good.replace(b"loss_sum", b"loss_mus")
    for content in (b"", b"junk", good[:100], good[:-1], unlike, lacking):
        path.write_bytes(content)
        with pytest.raises(SmashError) as error:
            fit(network(), digits, QUICK, checkpoint=path)
        assert error.value.diagnostics[0].code == "E940"
        assert path.read_bytes() == content


def test_wrong_settings(digits: Dataset) -> None:
    with pytest.raises(ValueError, match="at least 1 epoch"):
        fit(network(), digits, FitSettings(epochs=0))
    with pytest.raises(ValueError, match="sgd or adamw"):
        fit(network(), digits, FitSettings(optimizer="adam"))


def test_checkpoints_are_not_written_at_every_step(tmp_path: Path) -> None:
    now = 0.0
    path = tmp_path / "x"
    saver = checkpoint.Saver(path, seconds=10, clock=lambda: now)
    for step, moment in enumerate((5.0, 11.0, 12.0, 20.0, 21.0)):
        now = moment
        saver(dict, lambda step=step: {"step": step})
        written = checkpoint.load(path)[1]["step"] if path.exists() else None
        assert written == [None, 1, 1, 1, 4][step]
    saver(dict, lambda: {"step": 5}, now=True)
    assert checkpoint.load(path)[1] == {"step": 5}
    assert checkpoint.load(checkpoint.previous(path))[1] == {"step": 4}
    checkpoint.Saver(None)(dict, dict, now=True)


def test_second_interrupt_stops_at_once() -> None:
    handler = signal.getsignal(signal.SIGINT)

    def twice() -> None:
        with interruptible() as stop:
            os.kill(os.getpid(), signal.SIGINT)
            assert stop.requested
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        twice()
    assert signal.getsignal(signal.SIGINT) is handler


def test_training_in_another_thread(digits: Dataset) -> None:
    results: list[FitResult] = []
    thread = threading.Thread(target=lambda: results.append(fit(network(), digits, QUICK)))
    thread.start()
    thread.join()
    assert results == [fit(network(), digits, QUICK)]


def train_to_the_end(path: Path, epochs: int) -> None:
    """What processes that are killed do."""
    torch.set_num_threads(1)
    checkpoint.Saver.__init__.__defaults__ = (0.0, time.monotonic)
    settings = dataclasses.replace(QUICK, epochs=epochs)
    fit(network(), load_data("digits", limit=300), settings, checkpoint=path)


def require_same_end(path: Path, other: Path) -> None:
    (one, facts), (two, expected) = checkpoint.load(path), checkpoint.load(other)
    assert same(one, two)
    assert facts == expected
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.slow)])
def test_killed_at_any_moment(tmp_path: Path, kills: int) -> None:
    paths = [tmp_path / name / "fit.safetensors" for name in ("whole", "killed")]
    for path in paths:
        path.parent.mkdir()
    epochs = 10 * kills
    assert finish(start(train_to_the_end, paths[0], epochs)) == 0
    seed = secrets.randbits(32)
    fruitful = kill_often(train_to_the_end, (paths[1], epochs), kills, seed, 0.1, paths[1])
    assert fruitful >= kills / 2
    require_same_end(paths[1], paths[0])
