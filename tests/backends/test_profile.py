"""What layers take: the counted part is exact, the measured one adds up."""

from __future__ import annotations

import re

import pytest
import torch
from programs import densenet_like, fractal_like, resnet_like

from smashdsl.backends.profile import Profile, Spread, profile, profile_page, runs
from smashdsl.ir import Program
from smashdsl.plan import build_plan

CPU = torch.device("cpu")


def measured(program: Program, batch: int = 2, repeat: int = 4) -> Profile:
    return profile(build_plan(program), CPU, batch, repeat)


@pytest.mark.parametrize("program", [resnet_like(width=4), densenet_like(), fractal_like(width=4)])
def test_layers_have_all_that_is_counted(program: Program) -> None:
    costs, found = build_plan(program).costs, measured(program)
    for name in ("params", "flops", "activations"):
        assert sum(getattr(layer, name) for layer in found.layers) == getattr(costs, name)


def test_times_are_of_the_passes_after_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a clock that moves on by one with each look at it, every node takes 1."""
    clock = iter(range(10**9))
    monkeypatch.setattr(runs.time, "perf_counter", lambda: next(clock))
    program = resnet_like(width=4, layers=1, stages=2)
    ticks: list[None] = []
    found = profile(build_plan(program), CPU, 1, 5, tick=lambda: ticks.append(None))
    assert len(ticks) == 8
    assert found.whole == Spread(1000, 1000, 1000, 1000)
    times = {layer.path: layer.latency.median for layer in found.layers}
    assert times == {
        "stem": 1000, "blocks.0.layers.0": 7000, "transitions.0": 2000,
        "blocks.1.layers.0": 7000, "head": 4000,
    }  # fmt: skip
    assert found.summed.median == sum(times.values()) + found.rest.median


def test_spread() -> None:
    found = Spread.of([0.005, 0.001, 0.002, 0.004, 0.003])
    assert found == pytest.approx(Spread(3, 2, 4, 1))


def test_memory_is_what_is_held() -> None:
    """Where a layer runs, its input, its values and its output are held."""
    program = resnet_like(width=8, layers=1, stages=1)
    found = {layer.path: layer for layer in measured(program, batch=16).layers}
    value = 16 * 8 * 32 * 32 * 4
    assert found["stem"].memory >= value
    assert 3 * value <= found["blocks.0.layers.0"].memory <= 6 * value
    assert measured(program, batch=32).memory == pytest.approx(
        2 * found["blocks.0.layers.0"].memory, rel=0.2
    )


def test_page(monkeypatch: pytest.MonkeyPatch) -> None:
    found = measured(resnet_like(width=4, layers=1, stages=2), repeat=5)
    page = profile_page(found)
    assert page.startswith("resnet: 2 images of 3×32×32 on cpu, 1 thread\n\nlayer ")
    assert re.search(r"^block 2, layer 1 +residual +8×16×16 +1,\d{3} ", page, re.MULTILINE)
    assert re.search(r"^all, one by one +1,734 +733,264 ", page, re.MULTILINE)
    shares = [float(share) for share in re.findall(r"(\d+\.\d)%", page)]
    assert sum(shares) == pytest.approx(100, abs=0.5)
    assert "medians of 5 passes" in page
    monkeypatch.setattr("smashdsl.backends.profile.text._NOISY", -1.0)
    assert "far apart" in profile_page(found)


def test_as_data() -> None:
    data = measured(resnet_like(width=4, layers=1, stages=1), repeat=2).as_data()
    assert (data["batch"], data["repeat"], data["device"]) == (2, 2, "cpu")
    assert [layer["path"] for layer in data["layers"]] == ["stem", "blocks.0.layers.0", "head"]
    assert data["latency"]["least"] <= data["latency"]["median"]
