"""Run folders: made, opened, gone on with, refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import smashdsl
from smashdsl.diagnostics import SmashError
from smashdsl.search.continued import continued
from smashdsl.search.run import Run, open_run, start_run
from smashdsl.search.settings import preset
from smashdsl.training.progress import Silent


def start(folder: Path, space: smashdsl.Space, seed: int = 3) -> Run:
    return start_run(folder, space, "digits", seed, preset("digits"), Silent())


def codes(error: pytest.ExceptionInfo[SmashError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def test_a_run_is_opened_as_it_was_made(tiny: smashdsl.Space, tmp_path: Path):
    made = start(tmp_path / "run", tiny)
    found = open_run(tmp_path / "run")
    assert (found.name, found.data, found.seed) == ("tiny", "digits", 3)
    assert found.settings == made.settings == preset("digits").seeded(3)
    assert found.space.sample(5).hash == tiny.sample(5).hash
    assert found.dataset().name == "digits"


def test_data_with_one_label_are_told_of(tmp_path: Path):
    class Told(Silent):
        said: list[str] = []  # noqa: RUF012

        def tell(self, text: str) -> None:
            self.said.append(text)

    images = np.random.default_rng(0).integers(0, 255, (40, 8, 8)).astype(np.uint8)
    np.savez(tmp_path / "set.npz", images=images, labels=np.zeros(40, int))
    space = smashdsl.loads("space s { input 1x8x8 classes 1 stem { conv(one_of(2, 4), 3) } "
                           "head { global_avg_pool -> linear(classes) } }")  # fmt: skip
    assert isinstance(space, smashdsl.Space)
    data = str(tmp_path / "set.npz")
    start_run(tmp_path / "run", space, data, 0, preset(data), told := Told())
    assert any("the same label" in each for each in told.said)


def test_the_folder_of_something_else_is_left_alone(tiny: smashdsl.Space, tmp_path: Path):
    (tmp_path / "notes.txt").write_text("mine")
    for folder in (tmp_path, tmp_path / "notes.txt"):
        with pytest.raises(SmashError) as caught:
            start(folder, tiny)
        assert codes(caught) == ["E943"]
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(SmashError) as caught:
        open_run(tmp_path)
    assert codes(caught) == ["E943"]


def test_nothing_is_made_for_a_space_that_cannot_be_searched(tmp_path: Path):
    folder = tmp_path / "run"
    wrong_shape = smashdsl.loads("space s {\n  input 3x8x8\n  head { conv(one_of(8, 16), 3) }\n}\n")
    mistaken = smashdsl.loads(
        "space s {\n  input 1x8x8\n  head { conv(9, 3, groups=one_of(1, 2)) }\n}\n"
    )
    for space, code in ((wrong_shape, "E937"), (mistaken, "E402")):
        with pytest.raises(SmashError) as caught:
            start(folder, space)
        assert codes(caught) == [code]
        assert not folder.exists()


def test_only_the_same_search_goes_on(tiny: smashdsl.Space, tmp_path: Path):
    folder = tmp_path / "run"
    start(folder, tiny)
    same = {"data": "digits", "seed": 3}
    assert continued(folder, tiny, same, {"train.steps": 600}).seed == 3
    other = smashdsl.loads(tiny.definition.module.source.text.replace("tiny", "other"))
    for space, given, train in (
        (other, same, {}),
        (tiny, {"seed": 4}, {}),
        (tiny, {"data": "elsewhere"}, {}),
        (tiny, {"limit": 100}, {}),
        (tiny, same, {"train.steps": 601}),
    ):
        with pytest.raises(SmashError) as caught:
            continued(folder, space, given, train)
        assert codes(caught) == ["E941"]


def test_changed_settings_are_written_down(tiny: smashdsl.Space, tmp_path: Path):
    run = start(tmp_path / "run", tiny)
    run.changed({"rank.random": 7, "train.hypernet.graph.width": 64})
    found = open_run(tmp_path / "run")
    assert found.settings.rank.random == 7
    assert found.settings.train.hypernet.graph.width == 64
    assert found.asked == ("rank.random", "train.hypernet.graph.width")


def broken(change: Any) -> Any:
    def apply(folder: Path) -> None:
        path = folder / "run.json"
        data = json.loads(path.read_text())
        change(data)
        path.write_text(json.dumps(data))

    return apply


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (lambda folder: (folder / "run.json").write_text('{"format"'), "E924"),
        (lambda folder: (folder / "run.json").write_text("[]"), "E944"),
        (broken(lambda data: data.pop("settings")), "E944"),
        (broken(lambda data: data.update(format="smashdsl.run/9")), "E949"),
        (broken(lambda data: data.update(seed="x")), "E944"),
        (broken(lambda data: data.update(budget=-1)), "E944"),
        (broken(lambda data: data.update(budget="soon")), "E944"),
        (broken(lambda data: data["settings"]["rank"].update(random="many")), "E944"),
        (lambda folder: (folder / "space.smash").unlink(), "E944"),
        (lambda folder: (folder / "space.smash").write_text("space {"), "E944"),
        (broken(lambda data: data.update(space="other")), "E944"),
    ],
)
def test_damaged_runs_are_refused(tiny: smashdsl.Space, tmp_path: Path, damage: Any, code: str):
    start(tmp_path / "run", tiny)
    damage(tmp_path / "run")
    with pytest.raises(SmashError) as caught:
        open_run(tmp_path / "run").space.sample(0)
    assert codes(caught) == [code]


def test_settings_of_another_version_are_named(tiny: smashdsl.Space, tmp_path: Path):
    start(tmp_path / "run", tiny)

    def older(data: Any) -> None:
        graph = data["settings"]["train"]["hypernet"]["graph"]
        graph["old"] = graph.pop("hidden")

    broken(older)(tmp_path / "run")
    with pytest.raises(SmashError) as caught:
        open_run(tmp_path / "run")
    assert codes(caught) == ["E949"]
    assert caught.value.diagnostics[0].message == (
        f"`{tmp_path / 'run' / 'run.json'}` was written by another version of smashdsl: settings "
        "differ: it has `train.hypernet.graph.old`, and it lacks `train.hypernet.graph.hidden`"
    )
