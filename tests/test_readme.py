"""The README does what it says: its files are checked, its commands run, its output is real."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
FENCE = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS = [(match[1], match[2].split(), match[3]) for match in FENCE.finditer(README)]
COMMANDS = [line for language, words, text in BLOCKS if language == "sh" and "setup" not in words
            for line in text.splitlines()]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files that the README shows."""
    target = tmp_path_factory.mktemp("readme")
    for language, words, text in BLOCKS:
        for word in words:
            if language == "smash" and word.startswith("file="):
                (target / word.removeprefix("file=")).write_text(text)
    return target


def run(command: str | list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command where `smashdsl` is the one of this environment; both outputs in one."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, shell=isinstance(command, str), cwd=folder, env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip


def test_commands(folder: Path) -> None:
    """The commands run in their order."""
    assert len(COMMANDS) > 4
    for command in COMMANDS:
        done = run(command, folder)
        assert done.returncode == 0, f"{command}\n{done.stdout}"


def test_sessions(folder: Path) -> None:
    """What is shown below a command is what it prints."""
    sessions = [text for language, _, text in BLOCKS if language == "console"]
    assert sessions
    for text in sessions:
        command, _, expected = text.partition("\n")
        assert run(command.removeprefix("$ "), folder).stdout == expected


def test_python(folder: Path) -> None:
    code = "\n".join(text for language, _, text in BLOCKS if language == "python")
    assert code
    done = run([sys.executable, "-c", code], folder)
    assert done.returncode == 0, done.stdout


def test_the_picture_shows_the_program() -> None:
    """The committed picture holds the same text as one drawn now."""
    import smashdsl

    program = smashdsl.load(ROOT / "specs" / "quickstart.smash").sample(seed=7)
    committed = (ROOT / "docs" / "images" / "quickstart.svg").read_text()
    assert words_of(program.render("banks")) == words_of(committed)


def words_of(svg: str) -> list[str]:
    """The text in a picture, in order."""
    return re.findall(r"<text[^>]*>([^<]*)</text>", svg)


@pytest.mark.parametrize("job", ["search", "test"])
def test_the_two_commands_exist(job: str) -> None:
    assert f"```sh setup\n./run {job}\n```" in README
    script = (ROOT / "run").read_text()
    assert re.search(rf"^    {job}\)$", script, re.MULTILINE)
    assert os.access(ROOT / "run", os.X_OK)
    assert "\n./run test" in (ROOT / ".ci" / "run").read_text()
