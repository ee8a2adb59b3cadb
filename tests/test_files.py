"""Atomic writing: what is left after each kind of failure."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from smashdsl import files
from smashdsl.diagnostics.diagnostic import SmashError


def code_of(error: pytest.ExceptionInfo[SmashError]) -> str:
    (found,) = error.value.diagnostics
    return found.code


def test_writes_text_bytes_and_json(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "a", "äß\r\n")
    files.write_atomic(tmp_path / "b", b"\0\1")
    files.write_json(tmp_path / "c", {"x": [1, 2.5, None]})
    assert (tmp_path / "a").read_bytes() == "äß\r\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\0\1"
    assert files.read_json(tmp_path / "c") == {"x": [1, 2.5, None]}
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a", "b", "c"]


def test_keeps_the_mode_and_follows_links(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    files.write_atomic(link, "new")
    assert link.is_symlink()
    assert real.read_text() == "new"
    assert real.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "E922"), (errno.EIO, "E920")])
def test_failed_write_leaves_the_old_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    target = tmp_path / "kept.json"
    target.write_text("old")

    def broken(descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(SmashError) as error:
        files.write_atomic(target, "new")
    assert code_of(error) == code
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_interrupt_leaves_no_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_atomic(tmp_path / "x", "new")
    assert list(tmp_path.iterdir()) == []


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path, code, part in (
        (tmp_path, "E921", "it is a folder"),
        (tmp_path / "no" / "x", "E920", "no such file"),
        (tmp_path / "file" / "x", "E920", "not a directory"),
    ):
        with pytest.raises(SmashError) as error:
            files.write_atomic(path, "x")
        assert code_of(error) == code
        assert part in error.value.diagnostics[0].message
        assert error.value.diagnostics[0].helps
    with pytest.raises(SmashError) as error:
        files.make_folder(tmp_path / "file")
    assert code_of(error) == "E920"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_full_device() -> None:
    with pytest.raises(SmashError) as error:
        files.write_atomic("/dev/full", "x")
    assert code_of(error) == "E922"
    assert Path("/dev/full").is_char_device()


def test_unreadable_files(tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(b"12345")
    for path in (tmp_path, tmp_path / "no"):
        with pytest.raises(SmashError) as error:
            files.read_bytes(path)
        assert code_of(error) == "E923"
    with pytest.raises(SmashError) as error:
        files.read_bytes(tmp_path / "big", limit=4)
    assert code_of(error) == "E923"
    assert "larger than 4 bytes" in str(error.value.args[0].message)
    assert files.read_bytes(tmp_path / "big", limit=5) == b"12345"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        (b"", "line 1, column 1"),
        (b'{"a": 1,\n "b" 2}', "line 2, column 6"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"1" * 5000, "Exceeds the limit"),
    ],
)
def test_files_that_are_not_json(tmp_path: Path, content: bytes, part: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(SmashError) as error:
        files.read_json(path)
    assert code_of(error) == "E924"
    assert part in error.value.diagnostics[0].message
