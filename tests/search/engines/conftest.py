"""A run whose HyperNet is trained, by a step or two."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import smashdsl
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources
from smashdsl.search.run import Run, open_run, start_run
from smashdsl.search.settings import preset
from smashdsl.search.steps import train_step
from smashdsl.training.progress import Silent

SPACE = """\
space small {
  input 1x8x8
  classes 10
  stem { conv(8, 3, stride=2) }
  block {
    banks b[2] of 8
    read b[0] -> norm -> relu -> conv(one_of(4, 8, 16), one_of(1, 3, 5)) -> relu
      -> conv(8, 1) -> write b[1]
    read b -> norm -> relu -> conv(one_of(8, 16), one_of(1, 3)) -> write b by one_of(add, max)
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""
SETTINGS = {
    "train.steps": 2, "train.batch_size": 8, "train.workers": 0, "train.probe_every": 0,
    "train.hypernet.graph.width": 8, "train.hypernet.graph.heads": 2,
    "train.hypernet.graph.layers": 1, "rank.random": 16, "rank.proposed": 5, "rank.keep": 2,
    "rank.stages": (20, 30), "confirm.top": 2, "confirm.random": 2, "confirm.epochs": 1,
    "fit.epochs": 2,
}  # fmt: skip


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("engines") / "run"
    space = smashdsl.loads(SPACE)
    assert isinstance(space, smashdsl.Space)
    run = start_run(folder, space, "digits", 0, preset("digits"), Silent(), limit=300)
    train_step(run.changed(SETTINGS), Resources())
    return folder


@pytest.fixture(scope="session")
def ranking(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engines") / "ranked"
    rank_step(open_run(shutil.copytree(template, folder)), Resources())
    return folder


@pytest.fixture
def ranked_run(ranking: Path, tmp_path: Path) -> Callable[[str], Run]:
    """Makes a copy of that run once it is ranked, under a name."""
    return lambda name: open_run(shutil.copytree(ranking, tmp_path / name))


@pytest.fixture
def run(template: Path, tmp_path: Path) -> Callable[[str], Run]:
    """Makes a copy of that run under a name."""
    return lambda name: open_run(shutil.copytree(template, tmp_path / name))
