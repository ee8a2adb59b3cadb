"""Several processes at one ledger, some of which are killed."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.scoring.value import Value
from smashdsl.search.ledger import Ledger, Reading
from tests.search.ledgers import FACTS, SCORER, fill, program, value

BATCH = 8
ADD = """
import sys
from smashdsl.search.ledger import Ledger
from tests.search.ledgers import FACTS, program, value

path, scorer, stop = sys.argv[1], sys.argv[2], int(sys.argv[3])
with Ledger(path, FACTS) as ledger:
    while (first := ledger.proposed(scorer)) < stop:
        numbers = range(first, first + 8)
        batch = [(n, "random", n, program(n)) for n in numbers]
        ledger.add(scorer, batch, [value(n) for n in numbers])
        print(first + 8, flush=True)
        if first >= 16:
            ledger.improve(scorer, program(first - 16).hash, value(first, images=8), 1)
            print(-(first - 16), flush=True)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


@contextmanager
def adding(path: Path, scorer: str = SCORER, stop: int = 10**6) -> Iterator[subprocess.Popen[str]]:
    """A process that adds batches, and improves the first program of an earlier one. After each it
    says how many programs there are, or less the number of the one that is improved."""
    command = [sys.executable, "-c", ADD, str(path), scorer, str(stop)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            yield process
        finally:
            process.kill()


def require_whole(path: Path, said: list[int]) -> None:
    """All that was said to be there is there, and no part of another batch."""
    with Reading(path, FACTS) as ledger:
        trials = ledger.trials(SCORER)
        assert max(said) <= len(trials) <= max(said) + BATCH
        assert len(trials) % BATCH == 0
        for number, trial in enumerate(trials):
            assert trial.hash == program(number).hash
            found = ledger.value(SCORER, trial.hash)
            assert found is not None
            improved = len(found.likelihoods) == 8
            assert improved or number == 0 or -number not in said
            expected = value(number + 16, images=8) if improved else value(number)
            assert found.score == expected.score
            assert (found.likelihoods == expected.likelihoods).all()


@pytest.mark.skipif(os.name != "posix", reason="needs signals")
@pytest.mark.parametrize("log", [True, False])
def test_a_killed_process_loses_nothing(path: Path, log: bool) -> None:
    """With a write-ahead log, and where there can be none."""
    if not log:
        path.with_name("ledger.sqlite-shm").symlink_to("nowhere")
    generator = random.Random(0)
    said = [0]
    for _ in range(3):
        with adding(path) as process:
            assert process.stdout is not None
            said += [int(process.stdout.readline()) for _ in range(generator.randrange(1, 12))]
            time.sleep(generator.random() * 0.02)
            process.send_signal(signal.SIGKILL)
            said += map(int, process.stdout)
        require_whole(path, said)
    assert min(said) < 0
    with Ledger(path) as ledger:
        assert ledger._database.run("PRAGMA integrity_check") == [("ok",)]


def test_others_read_while_one_writes(path: Path) -> None:
    with adding(path, stop=160) as process:
        while not path.exists():
            time.sleep(0.01)
        last, looks = 0, 0
        with Reading(path, FACTS) as ledger:
            while process.poll() is None:
                trials = ledger.trials(SCORER)
                assert len(trials) >= last
                assert len(trials) % BATCH == 0
                assert len(ledger.ranked(SCORER)) >= len(trials)
                last, looks = len(trials), looks + 1
            assert process.returncode == 0
            assert len(ledger.trials(SCORER)) == 160
        assert looks > 3


def test_two_write_at_once(path: Path) -> None:
    fill(path, range(BATCH), scorer="a")
    with adding(path, "a", 120) as one, adding(path, "b", 120) as two:
        assert one.wait() == two.wait() == 0
    with Reading(path, FACTS) as ledger:
        assert ledger.scorers() == {"a": 120, "b": 120}
        assert [trial.hash for trial in ledger.trials("b")] == [program(n).hash for n in range(120)]


def test_two_make_a_ledger_at_once(path: Path) -> None:
    with adding(path, "a", BATCH) as one, adding(path, "b", BATCH) as two:
        assert one.wait() == two.wait() == 0
    with Reading(path, FACTS) as ledger:
        assert ledger.scorers() == {"a": BATCH, "b": BATCH}


def test_who_waits_for_too_long_is_told(path: Path) -> None:
    fill(path, range(3))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    with Ledger(path, FACTS, timeout=0.1) as ledger:
        with pytest.raises(SmashError, match="another process is writing") as error:
            ledger.add(SCORER, [(3, "r", 3, program(3))], [value(3)])
        assert error.value.diagnostics[0].code == "E946"
        assert ledger.count(SCORER) == 3
        other.execute("ROLLBACK")
        ledger.add(SCORER, [(3, "r", 3, program(3))], [value(3)])
        assert ledger.count(SCORER) == 4
    other.close()


def test_an_interrupted_batch_is_not_there(path: Path) -> None:
    class Interrupting(Value):
        @property
        def score(self) -> float:  # type: ignore[override]
            raise KeyboardInterrupt

    fill(path, range(3))
    with Ledger(path, FACTS) as ledger:
        batch = [(n, "r", n, program(n)) for n in (3, 4)]
        with pytest.raises(KeyboardInterrupt):
            ledger.add(SCORER, batch, [value(3), Interrupting.__new__(Interrupting)])
        assert ledger.count(SCORER) == ledger.proposed(SCORER) == 3
        ledger.add(SCORER, batch, [value(3), value(4)])
        assert ledger.count(SCORER) == 5
