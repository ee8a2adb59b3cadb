"""Copies of a space's text with what it uses."""

from __future__ import annotations

from pathlib import Path

import smashdsl
from smashdsl.search.texts import copy_texts

MAIN = """\
use "../shared/ops.smash"
use "deep/widths.smash"
space s {
  input 3x8x8
  head { wide(one_of(narrow, 16)) }
}
"""
FILES = {
    "project/main.smash": MAIN,
    "project/deep/widths.smash": 'use "../../shared/base.smash"\nlet narrow = 8\n',
    "shared/ops.smash": 'use "base.smash"\nop wide(units) { plain(units, 3) }\n',
    "shared/base.smash": "op plain(units, kernel) { conv(units, kernel) -> relu }  # kept\n",
}


def test_the_copy_means_the_same(tmp_path: Path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    space = smashdsl.load(tmp_path / "project" / "main.smash")
    copy = tmp_path / "copy"
    copy.mkdir()
    copy_texts(space.definition.module, copy)
    assert len(list((copy / "uses").iterdir())) == 3
    assert "# kept" in "".join(path.read_text() for path in (copy / "uses").iterdir())
    for name in FILES:
        (tmp_path / name).unlink()
    copied = smashdsl.load(copy / "space.smash")
    for seed in range(4):
        assert copied.sample(seed).hash == space.sample(seed).hash


def texts(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_copy_of_a_copy_is_the_same(tmp_path: Path):
    for name, text in FILES.items():
        path = tmp_path / name.replace("base", "3-base")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("base.smash", "3-base.smash"))
    copies = [tmp_path / "one", tmp_path / "two"]
    place = tmp_path / "project" / "main.smash"
    for copy in copies:
        copy.mkdir()
        copy_texts(smashdsl.load(place).definition.module, copy)
        place = copy / "space.smash"
    assert len(texts(copies[0])) == 4
    assert texts(copies[0]) == texts(copies[1])


def test_a_file_alone_is_copied_as_it_is(tmp_path: Path):
    text = "# a comment\nspace s {\n  input 3x8x8\n  head { conv(one_of(8, 16), 3) }\n}\n"
    (tmp_path / "a.smash").write_text(text)
    copy = tmp_path / "copy"
    copy.mkdir()
    copy_texts(smashdsl.load(tmp_path / "a.smash").definition.module, copy)
    assert [path.name for path in copy.iterdir()] == ["space.smash"]
    assert (copy / "space.smash").read_text() == text
