"""What is scored and what is exported are one function."""

from __future__ import annotations

import dataclasses
import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
import torch

from smashdsl.hypernet.bodies import GraphSettings
from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.training.data import load_data
from smashdsl.training.evaluate import evaluate
from tests.hypernet.spaces import MIXED, TINY, space

SETTINGS = OneShotSettings(
    steps=5,
    batch_size=16,
    calibration=64,
    workers=0,
    hypernet=HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1)),
)


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
