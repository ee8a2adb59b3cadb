"""What is scored and what is exported are one function."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch

import smashdsl
from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training.data import load_data
from smashdsl.training.evaluate import evaluate
from tests.hypernet.spaces import MIXED, TINY, sources, space

SMALL = HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1))
SETTINGS = OneShotSettings(
    steps=5, batch_size=16, calibration=64, workers=0, hypernet=SMALL
)  # fmt: skip
SPECS = Path(__file__).parents[2] / "specs"
UNKNOWN = {"nas_bench_101"}  # too large to analyse, and so without an encoding
QUICK = {"quickstart", "gated", "smash_v2", "fractalnet", "resnet20", "voxel_resnet",
         "nas_bench_201_small", "nas_bench_macro_small", "signal_space"}  # fmt: skip
NAMES = [
    pytest.param(name, marks=[] if name in QUICK else [pytest.mark.slow])
    for name in sorted({path.stem for path in SPECS.glob("*.smash")} - UNKNOWN)
]


def imported(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("text", [TINY, MIXED])
def test_exported_candidate_scores_the_same(tmp_path: Path, text: str) -> None:
    of, data = space(text), load_data("digits", limit=200)
    run = train_hypernet(of, data, SETTINGS)
    for seed in (1, 2, 3):
        program = of.sample(seed)
        network = run.network(program)
        program.export(tmp_path / f"exported{seed}.py", network)
        exported = imported(tmp_path / f"exported{seed}.py").load().eval()
        with torch.no_grad():
            ours, theirs = network(data.test.images), exported(data.test.images)
        assert torch.allclose(ours, theirs, rtol=1e-4, atol=1e-5)
        score = run.score(program)
        again = evaluate(exported, data.validation)
        assert dataclasses.astuple(again) == pytest.approx(dataclasses.astuple(score), rel=1e-4)


def compare(program: smashdsl.Program, folder: Path, batch: int = 2) -> None:
    """The scored network, the exported one, and one built from the weights alone."""
    net = Supernet(program.space.layout, SMALL, 0)
    images = torch.randn(batch, *program.ir.input, generator=torch.Generator().manual_seed(0))
    network = net.network(program, images)
    path = folder / "exported.py"
    program.export(path, network)
    exported = imported(path).load().eval()
    assert exported.state_dict().keys() == network.state_dict().keys()
    with torch.no_grad():
        weights = net(program)
        ours, theirs = network(images), exported(images)
    assert {name: tuple(p.shape) for name, p in exported.named_parameters()} == {
        name: tuple(weight.shape) for name, weight in weights.items()
    }
    assert all(torch.equal(p, weights[name]) for name, p in exported.named_parameters())
    assert ours.shape == (batch, program.ir.classes)
    assert ours.isfinite().all()
    assert ours.std() > 0
    assert torch.allclose(ours, theirs, rtol=1e-5, atol=1e-5), (ours - theirs).abs().max()


@pytest.mark.parametrize("name", NAMES)
def test_every_space_of_the_corpus(name: str, tmp_path: Path) -> None:
    of = smashdsl.load(SPECS / f"{name}.smash")
    compare(of.sample(1) if isinstance(of, smashdsl.Space) else of, tmp_path)


@pytest.mark.parametrize("name", UNKNOWN)
def test_spaces_that_cannot_be_analysed(name: str) -> None:
    of = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(of, smashdsl.Space)
    with pytest.raises(smashdsl.SmashError, match="has no encoding"):
        _ = of.layout


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_many_networks_of_the_corpus(name: str, tmp_path: Path) -> None:
    of = smashdsl.load(SPECS / f"{name}.smash")
    if isinstance(of, smashdsl.Program):
        pytest.skip("a space of one")
    for seed in range(2, 12):
        compare(of.sample(seed), tmp_path)


def test_the_corpus_is_among_the_specs(corpus: Path) -> None:
    for path in (corpus / "valid").glob("*.smash"):
        assert (SPECS / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_in_every_number_of_dimensions(rank: int, tmp_path: Path) -> None:
    of = sources(rank)
    for seed in range(3):
        compare(of.sample(seed), tmp_path, batch=4)
