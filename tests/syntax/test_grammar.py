"""The grammar file, and what is made from it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashdsl.syntax import generate
from smashdsl.syntax.build import Builder
from smashdsl.syntax.lexer import scan
from smashdsl.syntax.table import END, Table, load_table
from smashdsl.syntax.tokens import KEYWORDS


@pytest.fixture(scope="module")
def fresh() -> Table:
    """The table made anew; strict: no conflicts between rules, no collisions of terminals."""
    path = Path(import_module("smashdsl.grammar").__file__ or "").with_name("smash.lark")
    return generate.make_table(path.read_text(encoding="utf-8"), strict=True)


def test_shipped_table_is_that_of_the_grammar(fresh: Table) -> None:
    shipped = load_table()
    assert shipped.grammar == fresh.grammar, "run: python -m smashdsl.syntax.generate grammar"
    assert (shipped.pattern, shipped.keywords) == (fresh.pattern, fresh.keywords)
    assert (shipped.methods, shipped.ignored) == (fresh.methods, fresh.ignored)
    assert sorted(map(sorted, shipped.rows)) == sorted(map(sorted, fresh.rows))


def test_table_of_another_grammar_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a change of the grammar shows at once where one works on it."""
    grammar = load_table().grammar
    (tmp_path / "__init__.py").touch()
    (tmp_path / "smash.lark").write_text(grammar, encoding="utf-8")
    generate.main(str(tmp_path))
    package = import_module("smashdsl.grammar")
    monkeypatch.setattr(package, "__file__", str(tmp_path / "__init__.py"))
    read = load_table.__wrapped__
    assert "repeat" in read().keywords
    (tmp_path / "smash.lark").write_text(grammar.replace('"repeat"', '"again"'), encoding="utf-8")
    assert "again" in read().keywords
    (tmp_path / "table.json").unlink()
    assert "again" in read().keywords


def test_conflicts_are_refused() -> None:
    with pytest.raises(Exception, match=r"Reduce/Reduce|Shift/Reduce"):
        generate.make_table('start: a | b\na: "x"\nb: "x"\n')


def test_keywords_are_those_of_the_grammar() -> None:
    words = re.findall(r'"([a-z_]+)"', re.sub(r"//.*", "", load_table().grammar))
    assert set(words) == KEYWORDS == set(load_table().keywords)


def test_every_rule_has_its_method() -> None:
    assert set(load_table().methods) <= set(dir(Builder))


@given(st.text(st.one_of(st.characters(), st.sampled_from("#\n \t\"'.&|!-+*<=>3x{}()[];:,"))))
def test_every_character_is_in_a_token_or_ignored(text: str) -> None:
    left, at = [], 0
    for token in scan(text):
        left.append(text[at : token.start])
        assert text[token.start : token.end] == token
        assert text.count("\n", 0, token.start) == token.line - 1
        at = token.end
    assert token.type == END
    assert not re.sub(r"#[^\n]*", "", "".join(left)).strip(" \t\r\n\f\v\ufeff")
