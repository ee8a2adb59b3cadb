"""One writer for each run: who else wants to write is told, whoever reads is not."""

from __future__ import annotations

import errno
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest

import smashdsl
from smashdsl.diagnostics import SmashError
from smashdsl.search import held as module
from smashdsl.search.confirmed import confirm_step
from smashdsl.search.held import NAME, held
from smashdsl.search.ranked import rank_step
from smashdsl.search.resources import Resources
from smashdsl.search.run import open_run, start_run
from smashdsl.search.settings import preset
from smashdsl.search.steps import fit_step, train_step
from smashdsl.training.progress import Silent
from tests.search.holders import HOLD, holder, python

# Adds to a number in a file, so often, with nothing else than the lock against the others.
COUNT = """
import sys, time
from pathlib import Path
from smashdsl.diagnostics import SmashError
from smashdsl.search.held import held

folder = Path(sys.argv[1])
for _ in range(int(sys.argv[2])):
    while True:
        try:
            with held(folder):
                number = int((folder / "number").read_text())
                time.sleep(0.0005)
                (folder / "number").write_text(str(number + 1))
            break
        except SmashError as error:
            assert error.diagnostics[0].code == "E946"
"""


def refused(folder: Path) -> str:
    with pytest.raises(SmashError) as error, held(folder):
        pass
    assert error.value.diagnostics[0].code == "E946"
    return error.value.diagnostics[0].message


def test_another_process_is_named_and_outlived(tmp_path: Path) -> None:
    with holder(tmp_path) as other:
        assert refused(tmp_path).startswith(f"`{tmp_path}` is in use: process {other.pid} on ")
        other.kill()
        other.wait()
        assert (tmp_path / NAME).exists(), "it was killed"
        with held(tmp_path):
            assert (tmp_path / NAME).read_text().startswith(f"process {os.getpid()} on ")
    assert not (tmp_path / NAME).exists()


def test_what_the_lock_says_is_not_believed(tmp_path: Path) -> None:
    with holder(tmp_path):
        (tmp_path / NAME).write_bytes(b"process 1 \x1b[31m on fire\n")
        assert refused(tmp_path) == f"`{tmp_path}` is in use: another process writes it"


def test_one_process_may_hold_a_folder_several_times(tmp_path: Path) -> None:
    link = tmp_path / "link"
    (tmp_path / "run").mkdir()
    link.symlink_to(tmp_path / "run", target_is_directory=True)
    with held(tmp_path / "run"):
        with held(link):
            pass
        assert (tmp_path / "run" / NAME).exists()
        with python(HOLD, tmp_path / "run") as other:
            assert other.wait(60) != 0
    assert not (tmp_path / "run" / NAME).exists()


def test_only_one_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "number").write_text("0")
    counting = [python(COUNT, tmp_path, 60) for _ in range(3)]
    for process in counting:
        assert process.wait(120) == 0
    assert (tmp_path / "number").read_text() == "180"
    assert {path.name for path in tmp_path.iterdir()} == {"number"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_children_hold_nothing(tmp_path: Path) -> None:
    """What a process has forked neither holds its folder longer than it does nor lets go of it."""
    text = HOLD.replace("60", "20").replace(
        "time.sleep", "import os\n    child = os.fork()\n    time.sleep"
    )
    with holder(tmp_path, text) as other:
        refused(tmp_path)
        other.kill()
        other.wait()
        for _ in range(50):  # a child that was just forked lets go a moment later, long before 20 s
            with suppress(SmashError), held(tmp_path):
                return
            time.sleep(0.1)
        raise AssertionError("a child holds the folder of a process that has ended")


def test_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On file systems that have none, and in folders that cannot be written, nobody is refused."""
    fcntl = pytest.importorskip("fcntl")

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "no locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with held(tmp_path):
        pass
    monkeypatch.undo()

    def read_only(*_: object) -> int:
        raise OSError(errno.EROFS, "read-only file system")

    with holder(tmp_path):
        monkeypatch.setattr(module.os, "open", read_only)
        with held(tmp_path):
            pass


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SmashError) as error, held(tmp_path / "nothing"):
        pass
    assert error.value.diagnostics[0].code == "E920"


def test_steps_that_write_are_refused(tiny: smashdsl.Space, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    run = start_run(folder, tiny, "digits", 0, preset("digits"), Silent())
    before = {path: path.read_bytes() for path in folder.iterdir()}
    with holder(folder):
        for step in (train_step, rank_step, confirm_step, fit_step):
            with pytest.raises(SmashError) as error:
                step(run, Resources())
            assert error.value.diagnostics[0].code == "E946"
        assert open_run(folder).facts == run.facts
        (folder / NAME).unlink()
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_folder_that_is_being_started(tiny: smashdsl.Space, tmp_path: Path) -> None:
    """By another process, or by one that was killed at once."""
    with holder(tmp_path):
        with pytest.raises(SmashError) as error:
            start_run(tmp_path, tiny, "digits", 0, preset("digits"), Silent())
        assert error.value.diagnostics[0].code == "E946"
    assert [path.name for path in tmp_path.iterdir()] == [NAME]
    start_run(tmp_path, tiny, "digits", 0, preset("digits"), Silent())
    assert open_run(tmp_path).name == "tiny"
