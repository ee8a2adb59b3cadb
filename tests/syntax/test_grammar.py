"""The grammar file itself."""

from __future__ import annotations

import re
from importlib.resources import files

from smashdsl.syntax.build import Builder
from smashdsl.syntax.parser import build_parser
from smashdsl.syntax.tokens import KEYWORDS


def test_strict() -> None:
    """No conflicts between rules and no collisions between terminals."""
    build_parser(strict=True)


def test_keywords_are_those_of_the_grammar() -> None:
    grammar = files("smashdsl.grammar").joinpath("smash.lark").read_text(encoding="utf-8")
    words = re.findall(r'"([a-z_]+)"', re.sub(r"//.*", "", grammar))
    assert set(words) == KEYWORDS


def test_every_rule_has_its_method() -> None:
    rules = {rule.alias or str(rule.origin.name) for rule in build_parser().rules}
    assert rules <= set(dir(Builder))
