"""Reading files."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.syntax import load_source
from smashdsl.syntax.limits import MAX_FILE_BYTES


def code(path: Path | str) -> str:
    with pytest.raises(SmashError) as caught:
        load_source(path)
    (error,) = caught.value.diagnostics
    return error.code


def test_text(tmp_path: Path) -> None:
    path = tmp_path / "a.smash"
    path.write_bytes("let a = 1 # é\r\n".encode())
    source = load_source(path)
    assert (source.name, source.text) == (str(path), "let a = 1 # é\r\n")


def test_standard_input() -> None:
    source = load_source("-", stdin=io.BytesIO(b"let a = 1"))
    assert (source.name, source.text) == ("<stdin>", "let a = 1")


def test_what_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "a.smash"
    assert code(path) == "E901"
    assert code(tmp_path) == "E902"
    assert code("a\0b") == "E904"
    for data in (b"\xff\xfe", b"let \xe9 = 1", b"let a\0"):
        path.write_bytes(data)
        assert code(path) == "E903"
    assert code(path / "b.smash") == "E904"


def test_size(tmp_path: Path) -> None:
    path = tmp_path / "a.smash"
    path.write_bytes(b"#" * MAX_FILE_BYTES)
    assert len(load_source(path).text) == MAX_FILE_BYTES
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert code(path) == "E810"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a file it may not read")
def test_no_right_to_read(tmp_path: Path) -> None:
    path = tmp_path / "a.smash"
    path.touch(mode=0)
    assert code(path) == "E904"


def test_a_similar_name_is_offered(tmp_path: Path) -> None:
    (tmp_path / "resnet.smash").touch()
    with pytest.raises(SmashError) as caught:
        load_source(tmp_path / "resnt.smash")
    (help_,) = caught.value.diagnostics[0].helps
    assert "resnet.smash" in help_
