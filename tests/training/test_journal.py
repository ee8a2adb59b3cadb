"""The journal: every step told of once, readable whatever happened to it."""

from __future__ import annotations

import errno
import json
import math
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training.journal import Journal, read_journal


def write(path: Path, steps: range, start: int = 0) -> None:
    journal = Journal(path, start)
    for step in steps:
        journal.write(step, {"loss": step / 2, "losses": [1, 2.5]})
    journal.close()


def steps(path: Path) -> list[int]:
    return [line["step"] for line in read_journal(path)]


def code(error: pytest.ExceptionInfo[SmashError]) -> str:
    return error.value.diagnostics[0].code


def test_lines_are_plain_json(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write(path, range(1, 3))
    assert path.read_text() == (
        '{"step": 1, "loss": 0.5, "losses": [1, 2.5]}\n'
        '{"step": 2, "loss": 1.0, "losses": [1, 2.5]}\n'
    )
    assert read_journal(tmp_path / "none") == []
    Journal(None).write(1, {"loss": 1})


def test_steps_that_were_lost_are_told_of_once(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    write(path, range(1, 9))
    write(path, range(6, 11), start=5)
    assert steps(path) == list(range(1, 11))
    write(path, range(1, 4), start=0)
    assert steps(path) == [1, 2, 3]


@pytest.mark.parametrize(
    "rest",
    [
        b'{"step": 4, "lo',
        b"\xff\xfe\n",
        b'["step"]\n',
        b'{"step": "4"}\n',
        b"\0" * 20,
        b"[" * 99999,
    ],
)
def test_a_broken_end(tmp_path: Path, rest: bytes) -> None:
    path = tmp_path / "log.jsonl"
    write(path, range(1, 4))
    with path.open("ab") as file:
        file.write(rest)
    assert steps(path) == [1, 2, 3]
    write(path, range(4, 6), start=3)
    assert steps(path) == [1, 2, 3, 4, 5]
    assert len([json.loads(line) for line in path.read_text().splitlines()]) == 5


def test_numbers_that_json_does_not_know(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")
    journal.write(1, {"a": math.nan, "b": [1.5, math.inf], "c": {"d": -math.inf}, "e": None})
    journal.close()
    (line,) = read_journal(tmp_path / "log")
    assert line == {"step": 1, "a": None, "b": [1.5, None], "c": {"d": None}, "e": None}
    assert "NaN" not in (tmp_path / "log").read_text()


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path, expected in ((tmp_path / "no" / "log", "E920"), (tmp_path / "folder", "E923")):
        with pytest.raises(SmashError) as error:
            Journal(path)
        assert code(error) == expected


def test_a_disk_without_space(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "log")

    class Full:
        def write(self, text: str) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        close = flush = lambda self: self.write("")

    journal._file = Full()  # type: ignore[assignment]
    with pytest.raises(SmashError) as error:
        journal.write(1, {})
    assert code(error) == "E922"
    journal.close()


def test_without_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(SmashError) as error:
        Journal(None, tensorboard=tmp_path)
    assert code(error) == "E938"


def test_tensorboard(tmp_path: Path) -> None:
    accumulator: Any = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", exc_type=ImportError
    )
    for start, stop in ((0, 6), (4, 9)):
        journal = Journal(None, start, tensorboard=tmp_path)
        for step in range(start + 1, stop):
            journal.write(step, {"loss": step / 2, "words": "no", "losses": [1.0]})
        journal.close()
    events = accumulator.EventAccumulator(str(tmp_path))
    events.Reload()
    assert events.Tags()["scalars"] == ["loss"]
    found = [(event.step, event.value) for event in events.Scalars("loss")]
    assert found == [(step, step / 2) for step in range(1, 9)]
