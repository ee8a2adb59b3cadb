"""docs/training.md holds: its commands run, its tables name every setting and every field."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from smashdsl.cli import main
from smashdsl.cli.knobs import (
    confirm_options,
    fit_options,
    rank_options,
    train_options,
    training_options,
)
from smashdsl.hypernet.run import FREE
from smashdsl.search.changes import flat, written
from smashdsl.search.settings import SearchSettings, preset
from tests.cli.test_settings import parameters

PAGE = (Path(__file__).parents[1] / "docs" / "training.md").read_text()
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2].split(), match[3]) for match in FENCE.finditer(PAGE)]


def rows(heading: str) -> list[list[str]]:
    table = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in table.splitlines()[2:]]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the page's commands have run, in their order, on few images."""
    pytest.importorskip("sklearn")
    target = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(target)
        for language, words, text in BLOCKS:
            if language == "smash":
                Path(words[0].removeprefix("file=")).write_text(text)
            if language == "sh" and "setup" not in words:
                for line in text.splitlines():
                    tool, *args = shlex.split(line)
                    assert tool == "smashdsl"
                    if "--data" in args:
                        args += ["--limit", "300"]
                    done = CliRunner().invoke(main, args)
                    assert done.exit_code == 0, f"{line}\n{done.output}"
    return target


def test_commands(folder: Path) -> None:
    assert {path.name for path in (folder / "runs").iterdir()} == {
        "tiny", "set", "fair", "shared", "tiny-replay",
    }  # fmt: skip


def test_the_journal_has_these_fields(folder: Path) -> None:
    lines = (folder / "runs" / "tiny" / "train.jsonl").read_text().splitlines()
    told = set[str]().union(*map(json.loads, lines))
    assert [name.strip("`") for name, _ in rows("field")] == sorted(told, key=order)


def order(name: str) -> int:
    return PAGE.index(f"| `{name}` |")


def test_every_setting_is_in_the_table() -> None:
    usual, others = flat(SearchSettings()), flat(preset("digits"))
    elsewhere = flat(preset("elsewhere"))
    options = parameters(
        *train_options, *rank_options, *confirm_options, *fit_options, *training_options
    )
    named = {name.replace("__", "."): option.opts[0] for name, option in options.items()}
    found = rows("key")
    assert [row[0].partition("`")[2].partition("`")[0] for row in found] == list(usual)
    for (first, option, value, _), key in zip(found, usual, strict=True):
        assert ("*" in first) == (key.removeprefix("train.") in FREE)
        assert option.strip("`") == named.get(key, "")
        if value == "by the data":
            assert others[key] != elsewhere[key]
        elif value != "processes":
            assert value == written(others[key]) == written(elsewhere[key]), key
