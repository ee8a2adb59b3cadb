"""The options of training, ranking and fitting, on their way into a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
import torch

from smashdsl.cli import knobs
from smashdsl.hypernet import controls, model, proposals, settings, supernet
from smashdsl.search.changes import flat
from smashdsl.search.ledger import Reading, find
from smashdsl.search.run import open_run
from smashdsl.search.settings import INITS, SearchSettings
from tests.cli.tools import Run

pytest.importorskip("sklearn")
NEW = ("--data", "digits", "--limit", "300", "--steps", "2", "--workers", "0")


def parameters(*options: Any) -> dict[str, click.Option]:
    @click.command()
    def verb() -> None: ...

    for option in options:
        option(verb)
    return {p.name: p for p in verb.params if isinstance(p, click.Option) and p.name}


KNOBS = parameters(*knobs.train_options, *knobs.rank_options, *knobs.fit_options,
                   *knobs.training_options, knobs.corrupt_option)  # fmt: skip


def test_options_that_are_settings_are_settings():
    usual = flat(SearchSettings())
    found = {name.replace("__", ".") for name in KNOBS if "__" in name}
    assert found <= usual.keys()
    assert len(found) > 12


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("train__proposals", proposals.KINDS),
        ("train__hypernet__body", model.BODIES),
        ("train__control", supernet.CONTROLS),
        ("train__on_nan", settings.ON_NAN),
        ("fit__init", INITS),
        ("corrupt", controls.FIELDS),
    ],
)
def test_choices_are_those_of_the_settings(name: str, known: tuple[str, ...]):
    kind = KNOBS[name].type
    assert isinstance(kind, click.Choice)
    assert tuple(kind.choices) == known


def test_the_help_says_what_the_defaults_are():
    usual = flat(SearchSettings())
    for name, option in KNOBS.items():
        told = (option.help or "").rstrip(".").partition(" (")[2].rstrip(")")
        value = usual.get(name.replace("__", "."))
        if told and value is not None:
            assert (
                told.split(",")[0].split(":")[0] == f"{value:g}"
                if isinstance(value, float)
                else told.split(",")[0] == str(value)
            ), name


def test_the_help_has_groups(run: Run):
    shown = run("search", "--help").stdout
    order = ["The run:", "Training the HyperNet:", "Ranking:", "Confirming:",
             "Training the winner:",
             "All settings:", "Running:", "Options:", "Examples:"]  # fmt: skip
    places = [shown.index(title) for title in order]
    assert places == sorted(places)


def test_options_reach_the_run_and_stay(run: Run, space: Path, tmp_path: Path):
    folder = tmp_path / "run"
    run("train", space, *NEW, "--run", folder, "--archs-per-step", "3", "--proposals", "sandwich",
        "--teach", "--body", "densenet", "--average", "0.9", "--on-nan", "skip",
        "--learning-rate", "0.05", "--hypernet-rate", "2e-3", "--replicas", "2",
        "--set", "train.hypernet.densenet.layers=2,2", "--set", "fit.weight_decay=1e-3",
        "--save-every", "0", "--device", "cpu")  # fmt: skip
    opened = open_run(folder)
    train = opened.settings.train
    assert (train.archs_per_step, train.proposals, train.teach) == (3, "sandwich", True)
    assert (train.average, train.on_nan, train.replicas) == (0.9, "skip", 2)
    assert (train.learning_rate, train.hypernet_rate) == (0.05, 2e-3)
    assert train.hypernet.body == "densenet"
    assert train.hypernet.densenet.layers == (2, 2)
    assert opened.settings.fit.weight_decay == 1e-3
    assert len(opened.asked) == 13
    assert opened.environments[0].device == "cpu"
    assert (folder / "hypernet.previous.safetensors").exists()
    before = (folder / "run.json").read_bytes()
    run("train", space, "--run", folder, "--set", "train.hypernet.densenet.layers=2,2")
    assert (folder / "run.json").read_bytes() == before


def test_only_what_decides_nothing_may_change(run: Run, space: Path, tmp_path: Path):
    folder = tmp_path / "run"
    run("train", space, *NEW, "--run", folder)
    for args in (("--control", "shared"), ("--set", "train.hypernet.graph.width=64")):
        said = run("train", folder, *args, code=1).stderr
        assert "error[E941]" in said
    run("train", folder, "--workers", "1", "--set", "train.probes=2")
    assert open_run(folder).settings.train.probes == 2


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--set", "train.warmpu=1"), "did you mean `train.warmup`?"),
        (("--set", "train.steps=x"), "`train.steps` is a whole number"),
        (("--set", "train.steps=3"), "`train.steps` is given twice"),
        (("--set", "train.clip=0"), "clip must be above 0, not 0.0"),
        (("--proposals", "sandwich"), "a sandwich takes at least 3 architectures"),
        (("--teach",), "who teaches needs others"),
        (("--average", "1"), "--average"),
        (("--learning-rate", "0"), "--learning-rate"),
        (("--steps", "few"), "'few' is not a valid whole number"),
        (("--set", "train.hypernet.graph.heads=7"), "7 heads do not divide a width of 96"),
        (("--device", "gpu"), "the device is auto, cpu, cuda or cuda:N"),
        (("--device", "cuda:999"), "cuda:999: "),
    ],
)
def test_wrong_use(run: Run, space: Path, tmp_path: Path, args: tuple[str, ...], said: str):
    result = run("train", space, *NEW, "--run", tmp_path / "run", *args, code=2)
    assert said in " ".join(result.stderr.split())
    assert not (tmp_path / "run").exists()


def test_verbs_set_their_own_settings_only(run: Run, space: Path, tmp_path: Path):
    run("train", space, *NEW, "--run", tmp_path / "run")
    for verb, pair in (("rank", "train.steps=3"), ("fit", "rank.random=3")):
        assert "no setting" in run(verb, tmp_path / "run", "--set", pair, code=2).stderr
    said = run("rank", tmp_path / "run", "--set", "rank.random=0", code=2).stderr
    assert "random must be at least 1, not 0" in said


def test_a_wrong_encoding_is_ranked_apart(run: Run, space: Path, tmp_path: Path):
    folder = tmp_path / "run"
    run("train", space, *NEW, "--run", folder)
    few = ("--random", "4", "--proposed", "0")
    assert "makes what to compare with" in run("rank", folder, "--corrupt", "all", *few).stdout
    assert open_run(folder).settings.rank.random == 100
    run("rank", folder, *few)
    shown = run("rank", folder, "--corrupt", "all").stdout
    with Reading(find(folder)) as ledger:
        true, wrong = ({trial.hash: trial.score for trial in ledger.trials(name)}
                       for name in ("hypernet", "hypernet:corrupt-all"))  # fmt: skip
    assert f"Of {len(true)} programs that were scored both ways" in shown
    assert true.keys() == wrong.keys()
    assert true != wrong
    data = json.loads(run("rank", folder, "--corrupt", "all", "--json").stdout)
    assert data["scorer"] == "hypernet:corrupt-all"
    assert {entry["score"] for entry in data["best"]} == set(wrong.values())


@pytest.mark.parametrize(
    ("args", "field", "said"),
    [
        (("--control", "shared"), "all", "no encoding to corrupt"),
        (("--body", "densenet"), "graph", "does not see the graph"),
    ],
)
def test_nothing_to_corrupt(
    run: Run, space: Path, tmp_path: Path, args: tuple[str, ...], field: str, said: str
):
    run("train", space, *NEW, "--run", tmp_path / "run", *args)
    assert said in run("rank", tmp_path / "run", "--corrupt", field, code=2).stderr


def test_the_winner_may_start_from_generated_weights(run: Run, space: Path, tmp_path: Path):
    from smashdsl.search.resources import Resources
    from smashdsl.search.steps import winner
    from smashdsl.search.trained import trained_hypernet

    folder = tmp_path / "run"
    run("search", space, *NEW, "--random", "2", "--proposed", "0", "--epochs", "1",
        "--confirm-epochs", "1", "--run", folder)  # fmt: skip
    said = run("fit", folder, "--init", "hypernet", "--set", "fit.learning_rate=1e-30",
               "--set", "fit.weight_decay=0").stdout  # fmt: skip
    assert "trained by itself from generated weights for 1 epoch:" in said
    assert len(list((folder / "fits").glob("*.json"))) == 3  # two were confirmed
    opened = open_run(folder)
    best = winner(opened)
    generated = dict(trained_hypernet(opened, Resources()).network(best.program).named_parameters())
    run("export", folder)
    from safetensors.torch import load_file

    exported = load_file(folder / "winner.safetensors")
    for name, weight in generated.items():
        assert torch.equal(exported[name], weight.detach()), name


def test_a_program_brings_its_own_settings(run: Run, space: Path, tmp_path: Path):
    text = space.read_text().replace(
        "  stem", "  train { lr = one_of(0.02, 0.03)  epochs = 2  dropout = 0.1 }\n  stem", 1
    )
    space.write_text(text)
    folder = tmp_path / "run"
    run("search", space, *NEW, "--random", "2", "--proposed", "0", "--run", folder)

    def fitted(*args: str) -> dict[str, Any]:
        data = json.loads(run("fit", folder, *args, "--json").stdout)
        return data["winner"]["fit"]  # type: ignore[no-any-return]

    before = fitted()
    assert len(before["history"]) == 2
    assert before["own"]["epochs"] == 2
    assert before["settings"]["learning_rate"] == before["own"]["learning_rate"] in (0.02, 0.03)
    assert "its own settings, from its `train` part: " in run("fit", folder).stdout
    after = fitted("--epochs", "1")
    assert len(after["history"]) == 1
    assert list(after["own"]) == ["learning_rate"]
    assert len(fitted()["history"]) == 1


def test_tensorboard(run: Run, space: Path, tmp_path: Path):
    pytest.importorskip("tensorboard")
    run("train", space, *NEW, "--run", tmp_path / "run", "--tensorboard")
    assert list((tmp_path / "run" / "tensorboard").glob("events*"))
