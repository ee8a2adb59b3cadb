"""The grammar as plain data: a pattern that finds tokens, and the rows of an LALR(1) automaton.

The data is made from `grammar/smash.lark` by lark, which takes longer than reading most files.
So the grammar is shipped together with what was made from it (`grammar/table.json`, written by
`python -m smashdsl.syntax.generate grammar`). Where that is missing, or belongs to another version
of the grammar, it is made anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

END = "$END"


@dataclass(frozen=True, slots=True)
class Table:
    """All that is needed to parse a text of a grammar.

    Attributes:
        grammar: the text of the grammar from which the rest was made.
        pattern: a regular expression with one named group for every kind of token.
        keywords: the types of names that are reserved.
        ignored: the groups that are no tokens: blanks and comments.
        methods: the names or aliases of the rules, each the name of a method of a builder.
        rows: for every state, what to do by type of token: an int is a state to go to; a list
            [size, method, rule] is a rule whose right-hand side of that size is complete. After
            it, the name of the rule leads to a state as a token does.
        start: the first state.
        end: the state in which the whole text has been read.
    """

    grammar: str
    pattern: str
    keywords: dict[str, str]
    ignored: list[str]
    methods: list[str]
    rows: list[dict[str, Any]]
    start: int
    end: int


@cache
def load_table() -> Table:
    """The table of the language's grammar."""
    package = import_module("smashdsl.grammar")
    folder = Path(package.__file__ or "").parent
    grammar = (folder / "smash.lark").read_text(encoding="utf-8")
    made = folder / "table.json"
    if made.is_file():
        table = Table(**json.loads(made.read_text(encoding="utf-8")))
        if table.grammar == grammar:
            return table
    from smashdsl.syntax.generate import make_table

    return make_table(grammar)
