"""Every code that the program can give is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import smashdsl
from smashdsl.diagnostics import CATALOG, SmashError, Source, explain
from smashdsl.diagnostics.catalog.entry import Entry, table
from smashdsl.syntax import parse

PACKAGE = Path(smashdsl.__file__).parent
CODE = re.compile(r'"([EW][1-9][0-9]{2})"')


def test_codes_in_use_and_codes_explained_are_the_same() -> None:
    used: set[str] = set()
    for path in PACKAGE.rglob("*.py"):
        if "catalog" not in path.parts:
            used.update(CODE.findall(path.read_text(encoding="utf-8")))
    assert used == set(CATALOG)


@pytest.mark.parametrize("code", CATALOG)
def test_entries(code: str) -> None:
    entry = CATALOG[code]
    assert entry.code == code
    assert entry.title == entry.title.strip()
    assert not entry.title.endswith(".")
    assert len(entry.explanation) > 40
    assert entry.explanation.endswith((".", "?"))
    assert max(map(len, entry.explanation.split("\n"))) <= 100
    text = explain(code.lower())
    assert text.startswith(f"{code}: {entry.title}\n\n{entry.explanation}")


@pytest.mark.parametrize("code", [c for c in CATALOG if c.startswith("E81")])
def test_examples_of_limits_of_texts(code: str) -> None:
    example = CATALOG[code].example
    if not example:
        pytest.skip("this takes more than a text to show")
    with pytest.raises(SmashError) as caught:
        parse(Source("t", example))
    assert [error.code for error in caught.value.diagnostics] == [code]


def test_unknown_code() -> None:
    with pytest.raises(ValueError, match=r"no such code: E1O1; did you mean E101\?"):
        explain("E1O1")
    with pytest.raises(ValueError, match=r"no such code: nonsense$"):
        explain("nonsense")


def test_a_code_has_one_entry() -> None:
    entry = Entry("E999", "t", "e")
    assert table([entry]) == {"E999": entry}
    with pytest.raises(ValueError, match="twice"):
        table([entry, entry])
