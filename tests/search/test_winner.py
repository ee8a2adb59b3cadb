"""The winner is trained as its own `train` part says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import torch
from torch import nn

import smashdsl
from smashdsl.backends.module.layers import DropPath
from smashdsl.cli.reports import winner_text
from smashdsl.search import winner
from smashdsl.search.ledger import Entry
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run, start_run
from smashdsl.search.settings import preset
from smashdsl.search.steps import Winner
from smashdsl.training.fit import fit
from smashdsl.training.progress import Silent

DROPPING = """\
space dropping {
  input 1x8x8
  classes 10
  train { dropout = 0.5  drop_path = 0.25  epochs = 1 }
  stem { conv(8, 3, stride=2) }
  block {
    bank x of 8
    repeat 2 { read x -> norm -> relu -> conv(8, one_of(1, 3)) -> write x }
  }
  head { global_avg_pool -> linear(classes) }
}
"""


def started(folder: Path) -> tuple[Run, smashdsl.Program]:
    space = smashdsl.loads(DROPPING)
    assert isinstance(space, smashdsl.Space)
    run = start_run(folder, space, "digits", 0, preset("digits"), Silent())
    return run, space.sample(1)


def test_a_look_at_the_test_images_does_not_hide_what_training_took(tmp_path: Path) -> None:
    run, program = started(tmp_path / "run")

    def fitted(*, test: bool) -> dict[str, Any]:
        return winner.fit_program(run, program, lambda: program.module(0), test, Resources())

    first = fitted(test=False)
    second = fitted(test=True)
    assert (first["test"], second["test"] is None) == (None, False)
    assert second["seconds"] > first["seconds"]
    assert fitted(test=True) == second


def test_paths_and_values_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trained: list[nn.Module] = []

    def noted(module: nn.Module, *args: object, **others: object) -> object:
        trained.append(module)
        return fit(module, *args, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(winner, "fit", noted)
    run, program = started(tmp_path / "run")
    found = winner.fit_program(run, program, lambda: program.module(0), False, Resources())
    assert len(found["history"]) == 1
    (module,) = trained
    rates = [part.p for part in module.modules() if isinstance(part, DropPath | nn.Dropout)]
    assert sorted(rates) == [0.25, 0.25, 0.5]
    images = torch.zeros(2, 1, 8, 8)
    network = winner.Fit.of(run, program).network()
    assert not any(isinstance(part, DropPath) for part in network.modules())
    assert torch.allclose(network(images), module.eval()(images))


def test_a_search_ends_where_nothing_can_be_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, program = started(tmp_path / "run")
    entry = cast(Entry, SimpleNamespace(as_data=lambda: {"hash": program.hash}))
    told: list[str] = []
    winner.write_winner(run, entry, program, None, told.append)
    assert (run.folder / "winner.svg").exists()
    assert not told
    (run.folder / "winner.svg").unlink()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    winner.write_winner(run, entry, program, None, told.append)
    assert (run.folder / "winner.smash").exists()
    assert not (run.folder / "winner.svg").exists()
    assert [text.split(":")[0] for text in told] == ["winner.svg is not drawn"]


def test_the_output_names_all_that_the_program_says_of_training(tmp_path: Path) -> None:
    run, program = started(tmp_path / "run")
    score = {"accuracy": 0.5, "n": 10, "mean_log_likelihood": -1.0, "stderr": 0.1}
    fitted = {"history": [{}], "validation": score, "test": None, "own": {}}
    said = winner_text(run, Winner(cast(Entry, None), program, fitted))
    assert "from its `train` part: epochs 1, drop_path 0.25, dropout 0.5" in said
    asked = winner_text(run.changed({"fit.epochs": 2}), Winner(cast(Entry, None), program, fitted))
    assert "epochs 1," not in asked
