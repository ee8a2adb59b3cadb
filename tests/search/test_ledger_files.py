"""Files that are damaged, that are something else, or that cannot be used: what a ledger says is
right, or an error."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.search.ledger import Ledger, Reading, verify
from smashdsl.search.ledger.rows import COLUMNS, checksum
from smashdsl.search.ledger.schema import APPLICATION, VERSION, make_tables
from tests.search.ledgers import FACTS, SCORER, fill, program, value

CODES = {"E920", "E923", "E944", "E948"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite"


def everything(path: Path) -> list[Any]:
    """All that can be read from a ledger."""
    with Reading(path, FACTS) as ledger:
        found: list[Any] = [ledger.scorers()]
        for scorer in ledger.scorers():
            entries = ledger.ranked(scorer)
            found += [entry.as_data(times=True) for entry in entries]
            found += ledger.proposals(scorer)
            found += [(trial.hash, trial.score) for trial in ledger.trials(scorer)]
            for entry in entries[:3]:
                value = ledger.value(scorer, entry.hash)
                found.append(value and (value.score, str(value.likelihoods)))
        return found


def outcome(path: Path) -> list[Any] | None:
    """The same, or None where it was refused as it should be."""
    try:
        return everything(path)
    except SmashError as error:
        if error.diagnostics[0].code not in CODES:
            raise
        return None


def change(path: Path, *statements: str) -> None:
    """Change a ledger behind its back."""
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


def refused(path: Path, code: str, said: str = "error") -> None:
    """Whoever opens or reads it is told so, and the file stays as it is."""
    before = path.read_bytes()
    for use in (everything, lambda path: Ledger(path, FACTS).close() or everything(path)):
        with pytest.raises(SmashError, match=said) as error:
            use(path)
        assert error.value.diagnostics[0].code == code
    assert path.read_bytes() == before


def test_a_file_that_was_cut_short(path: Path) -> None:
    fill(path, range(40))
    whole = path.read_bytes()
    lengths = [*range(0, 200, 7), *range(200, len(whole), 997), *range(0, len(whole), 4096)]
    for length in lengths:
        path.write_bytes(whole[:length])
        assert outcome(path) is None, length


@pytest.mark.parametrize("flips", [100, pytest.param(4000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("small", [True, False])
def test_bytes_that_were_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch, small: bool, flips: int
) -> None:
    """Of files that are too large to be checked whole, what is read is checked all the same, but
    not whether an index has all rows, and in their order."""
    fill(path, range(40))
    right, whole = everything(path), path.read_bytes()
    if not small:
        monkeypatch.setattr(verify, "SMALL", 0)
    generator = random.Random(0)
    refusals = 0
    for _ in range(flips):
        content = bytearray(whole)
        place = generator.randrange(len(content))
        content[place] ^= 1 << generator.randrange(8)
        path.write_bytes(content)
        found = outcome(path)
        refusals += found is None
        if small:
            assert found in (None, right), place
    assert refusals > flips / 10


def test_a_text_that_is_none(path: Path) -> None:
    """A message that quotes the file cannot be read either."""
    fill(path, range(3))
    content = path.read_bytes()
    path.write_bytes(content.replace(b"CREATE TABLE scores", b"CREATE \xf8ABLE scores"))
    refused(path, "E944", "not UTF-8")


@pytest.mark.parametrize("fuzz", ["block", "page", "noise"])
def test_blocks_that_were_changed(path: Path, fuzz: str) -> None:
    fill(path, range(40))
    right, whole = everything(path), path.read_bytes()
    generator = random.Random(1)
    for _ in range(30):
        content = bytearray(whole)
        if fuzz == "page":
            one, two = (generator.randrange(len(content) // 4096) * 4096 for _ in range(2))
            content[one : one + 4096] = whole[two : two + 4096]
        else:
            place, size = generator.randrange(len(content)), generator.randrange(1, 600)
            junk = generator.randbytes(size) if fuzz == "noise" else bytes(size)
            content[place : place + size] = junk
        path.write_bytes(content[: len(whole)])
        assert outcome(path) in (None, right)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "E944"), (b"{ damaged", "E948"), (bytes(5000), "E948"), (b"SQLite format 3\0", "E948")],
)
def test_a_file_that_is_none(path: Path, content: bytes, code: str) -> None:
    path.write_bytes(content)
    refused(path, code)


def test_the_database_of_another_program(path: Path) -> None:
    change(path, "CREATE TABLE t (x)")
    refused(path, "E948", "another program has made it")


def test_another_version(path: Path) -> None:
    fill(path, range(3))
    change(path, f"PRAGMA user_version={VERSION + 1}")
    refused(path, "E948", f"version {VERSION + 1}")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE more (x)",
        "CREATE VIEW v AS SELECT * FROM scores",
        "CREATE TRIGGER t AFTER INSERT ON proposals BEGIN DELETE FROM scores; END",
        "DROP INDEX ranking",
        "ALTER TABLE scores ADD COLUMN x",
    ],
)
def test_other_tables_than_a_ledger_has(path: Path, statement: str) -> None:
    fill(path, range(3))
    change(path, statement)
    refused(path, "E948", "other tables")


def test_a_view_in_the_place_of_a_table_is_not_run(path: Path) -> None:
    """A query that never ends, under the name of a table."""
    fill(path, range(3))
    change(
        path, "DROP TABLE facts",
        "CREATE VIEW facts AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
        "SELECT x, x, x FROM n",
    )  # fmt: skip
    refused(path, "E948", "other tables")


def forge(path: Path, table: str, **values: Any) -> None:
    """Change the first row of a table so that its checksum is right."""
    connection = sqlite3.connect(path, isolation_level=None)
    row = dict(
        zip(COLUMNS[table], connection.execute(f"SELECT * FROM {table}").fetchone(), strict=False)
    )
    row |= values
    names = ", ".join(f"{name} = ?" for name in row)
    keys = {"facts": "name", "proposals": "number", "scores": "program", "scorers": "scorer"}
    key = keys.get(table, "program")
    first = connection.execute(f"SELECT min({key}) FROM {table}").fetchone()[0]
    connection.execute(
        f"UPDATE {table} SET {names}, checksum = ? WHERE {key} = ?",
        (*row.values(), forged(table, tuple(row.values())), first),
    )  # fmt: skip
    connection.close()


def forged(table: str, row: tuple[Any, ...]) -> int:
    """A right checksum, as far as there is one."""
    try:
        return checksum(table, row)
    except ValueError:
        return 0


def bomb() -> bytes:
    """A short text that is long when it is decompressed."""
    return zlib.compress(b'{"a": "' + bytes(64 * 2**20) + b'"}')


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("scorers", {"name": "\x1b[2J"}),
        ("scorers", {"name": 5}),
        ("programs", {"hash": "../../etc"}),
        ("programs", {"params": "many"}),
        ("programs", {"depth": -1}),
        ("programs", {"flops": 0.5}),
        ("scores", {"score": "best"}),
        ("scores", {"score": 9e999}),
        ("scores", {"time": "\n"}),
        ("scores", {"validation_images": 3}),
        ("proposals", {"proposer": b"x"}),
        ("proposals", {"program": 77}),
        ("likelihoods", {"likelihoods": b"123"}),
        ("likelihoods", {"likelihoods": "text"}),
        ("genomes", {"genome": 5}),
        ("genomes", {"genome": "[" * 100_000}),
        ("genomes", {"genome": "[1]"}),
        ("genomes", {"genome": '{"a": NaN}'}),
        ("genomes", {"genome": '{"a": 1' + "0" * 5000 + "}"}),
        ("genomes", {"genome": b"not compressed"}),
        ("genomes", {"genome": zlib.compress(b'{"a": 1}')[:-3]}),
        ("genomes", {"genome": zlib.compress(b"\xff\xfe")}),
        ("genomes", {"genome": bomb()}),
        ("facts", {"value": "{"}),
        ("facts", {"value": "[" * 100_000}),
    ],
)  # fmt: skip
def test_rows_that_somebody_has_made_up(path: Path, table: str, values: dict[str, Any]) -> None:
    """Nothing of the kind is believed because its checksum is right."""
    fill(path, range(3))
    forge(path, table, **values)
    refused(path, "E944")


@pytest.mark.parametrize("table", ["programs", "genomes", "proposals", "likelihoods"])
def test_rows_that_are_missing(path: Path, table: str) -> None:
    fill(path, range(3))
    change(path, f"DELETE FROM {table} WHERE program = 2")
    refused(path, "E944", "missing")


def test_a_file_whose_pages_lead_in_circles(path: Path) -> None:
    """Each inner page of a table names the same child many times over: few bytes, endless rows."""
    fill(path, range(2500))
    content = bytearray(path.read_bytes())
    inner = [
        page for page in range(1, len(content) // 4096)
        if content[page * 4096] == 5
        and int.from_bytes(content[page * 4096 + 3 : page * 4096 + 5], "big") > 20
    ]  # fmt: skip
    assert inner
    for page in inner:
        start = page * 4096
        cells = int.from_bytes(content[start + 3 : start + 5], "big")
        first = int.from_bytes(content[start + 12 : start + 14], "big")
        child = content[start + first : start + first + 4]
        for cell in range(cells):
            place = start + 12 + 2 * cell
            offset = start + int.from_bytes(content[place : place + 2], "big")
            content[offset : offset + 4] = child
    path.write_bytes(content)
    refused(path, "E944")


def test_reading_ends(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from smashdsl.search.ledger import database

    fill(path, range(3000))
    monkeypatch.setattr(verify, "SMALL", 0)
    monkeypatch.setattr(database, "BUDGET", 0)
    monkeypatch.setattr(database, "BYTES", 2**60)
    monkeypatch.setattr(database, "STEPS", 1000)
    with Reading(path, FACTS) as ledger, pytest.raises(SmashError, match="does not end") as error:
        ledger.ranked(SCORER, sort="params")
    assert error.value.diagnostics[0].code == "E944"


def test_places_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for place in (tmp_path / "none" / "l.sqlite", tmp_path / "file" / "l.sqlite"):
        with pytest.raises(SmashError) as error:
            Ledger(place, FACTS)
        assert error.value.diagnostics[0].code == "E920"
    (tmp_path / "folder").mkdir()
    for open_, code in ((Ledger, "E920"), (Reading, "E923")):
        with pytest.raises(SmashError) as error:
            open_(tmp_path / "folder", FACTS)
        assert error.value.diagnostics[0].code == code
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


@pytest.mark.parametrize("name", ["a b", "100%41", "what?mode=memory", "a#b", "ä&x=1", "'; --"])
def test_any_name_of_a_file(tmp_path: Path, name: str) -> None:
    fill(tmp_path / name, range(3))
    with Reading(tmp_path / name, FACTS) as ledger:
        assert ledger.count(SCORER) == 3
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_no_space_is_left(path: Path) -> None:
    """A process that may write so many bytes in a file and no more."""
    code = f"""
import resource, sys
from pathlib import Path
from smashdsl.diagnostics import SmashError
from smashdsl.search.ledger import Ledger
from tests.search.ledgers import *
with Ledger({str(path)!r}, FACTS) as ledger:
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        for number in range(100_000):
            ledger.add(SCORER, [(number, "r", number, program(number, 60))], [value(number)])
            print(number, flush=True)
    except SmashError as error:
        print(error.diagnostics[0].code)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          cwd=Path(__file__).parents[2])  # fmt: skip
    assert done.returncode == 0, done.stderr
    *numbers, said = done.stdout.split()
    assert said in ("E920", "E922")
    with Ledger(path, FACTS) as ledger:
        assert ledger.count(SCORER) == len(numbers) > 10
        ledger.add(SCORER, [(len(numbers), "r", 0, program(0))], [None])


def test_a_full_database_says_so(path: Path) -> None:
    fill(path, range(3))
    with Ledger(path, FACTS) as ledger:
        ledger._database.run("PRAGMA max_page_count=1")
        with pytest.raises(SmashError, match="no space is left") as error:
            ledger.add(SCORER, [(3, "r", 3, program(3, 3000))], [value(3)])
        assert error.value.diagnostics[0].code == "E922"
        assert ledger.count(SCORER) == 3


def test_where_no_log_can_be_kept(path: Path, tmp_path: Path) -> None:
    """A file system without shared memory: here, because a link is in the way."""
    (tmp_path / "ledger.sqlite-shm").symlink_to("nowhere")
    fill(path, range(3))
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(3, "r", 3, program(3))], [value(3)])
        assert not (tmp_path / "ledger.sqlite-wal").exists()
        with Reading(path, FACTS) as other:
            assert other.count(SCORER) == 4
    assert path.read_bytes()[18:20] == b"\1\1"


def test_a_log_is_read_where_no_log_can_be_kept(path: Path, tmp_path: Path) -> None:
    """A ledger whose writer was killed, brought to a file system without shared memory."""
    with Ledger(path, FACTS) as ledger:
        ledger.add(SCORER, [(0, "r", 0, program(0))], [value(0)])
        left = {suffix: path.with_name(path.name + suffix).read_bytes() for suffix in ("", "-wal")}
    for kind in (Reading, Ledger):
        folder = tmp_path / kind.__name__
        folder.mkdir()
        for suffix, content in left.items():
            (folder / f"l{suffix}").write_bytes(content)
        (folder / "l-shm").symlink_to("nowhere")
        with kind(folder / "l", FACTS) as ledger:
            assert ledger.count(SCORER) == 1
            if isinstance(ledger, Ledger):
                ledger.add(SCORER, [(1, "r", 1, program(1))], [value(1)])


def test_tables_are_those_that_are_expected(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "x")
    make_tables(connection)
    for table, columns in COLUMNS.items():
        found = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        assert found == [*columns, "checksum"]
    assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION,)
    connection.close()
