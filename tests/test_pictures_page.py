"""The pictures of docs/pictures.md are those that its commands make."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from smashdsl.cli import main
from tests.drawings import said

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "pictures.md").read_text()
COMMANDS = re.findall(r"^```sh picture\n(.*?)\n```$", PAGE, re.MULTILINE)
QUICK = (  # what other tests do not draw
    "smashdsl render specs/quickstart.smash --view space",
    "smashdsl diff",
    "smashdsl render specs/resnet20.smash",
)


def test_there_are_commands() -> None:
    assert len(COMMANDS) >= 8
    shown = set(re.findall(r"\]\(images/([\w.-]+)\)", PAGE))
    made = {Path(shlex.split(command)[-1]).name for command in COMMANDS}
    assert shown <= made


@pytest.mark.parametrize("command", [
    pytest.param(each, marks=() if each.startswith(QUICK) else pytest.mark.slow)
    for each in COMMANDS
])  # fmt: skip
def test_a_committed_picture_says_what_one_made_now_says(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    tool, *words, out = shlex.split(command)
    assert tool == "smashdsl"
    made = tmp_path / Path(out).name
    done = CliRunner().invoke(main, [*words, str(made)])
    assert done.exit_code == (1 if words[0] == "diff" else 0), done.output
    assert said(made.read_text()) == said((ROOT / out).read_text())
