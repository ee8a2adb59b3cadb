"""From the grammar in lark's notation to a `Table`.

`python -m smashdsl.syntax.generate FOLDER` reads `smash.lark` in a folder and writes `table.json`
beside it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import lark.lexer
from lark import Lark
from lark.lexer import TerminalDef

from smashdsl.syntax.table import Table


class _Hidden:
    """Makes lark keep the terminals that no rule mentions."""

    always_accept = ("MINUS", "AND", "OR", "STEP", "BAD")

    def process(self, stream: Iterator[Any]) -> Iterator[Any]:
        return stream


def make_table(grammar: str, *, strict: bool = False) -> Table:
    """The table of a grammar; `strict` makes lark refuse every ambiguity, which is slow.

    Raises:
        lark.exceptions.GrammarError: the grammar is not LALR(1), or, if strict, two terminals
            match the same text.
    """
    parser = _parser(grammar, strict)
    state = parser.parse_interactive("").parser_state.parse_conf
    methods = sorted({_method(rule) for rule in parser.rules})
    rows = [
        {str(name): _action(action, methods) for name, action in sorted(state.states[i].items())}
        for i in range(len(state.states))
    ]
    terminals = sorted(parser.terminals, key=_precedence)
    return Table(
        grammar,
        "|".join(f"(?P<{t.name}>{t.pattern.to_regexp()})" for t in terminals if not _is_word(t)),
        _keywords(terminals),
        list(parser.ignore_tokens),
        methods,
        rows,
        state.start_state,
        state.end_state,
    )


def _parser(grammar: str, strict: bool) -> Lark:
    # Where `interegular` is installed lark compares all terminals with it even if not strict.
    compares = lark.lexer.has_interegular
    lark.lexer.has_interegular = compares and strict
    try:
        return Lark(
            grammar,
            parser="lalr",
            lexer="basic",
            postlex=_Hidden(),
            strict=strict,
            keep_all_tokens=True,
            maybe_placeholders=False,
        )
    finally:
        lark.lexer.has_interegular = compares


def _method(rule: Any) -> str:
    return str(rule.alias or rule.origin.name)


def _action(action: tuple[Any, Any], methods: list[str]) -> int | list[Any]:
    target = action[1]
    if isinstance(target, int):
        return target
    return [len(target.expansion), methods.index(_method(target)), str(target.origin.name)]


def _precedence(terminal: TerminalDef) -> tuple[int, int, int, str]:
    """Which of two terminals is tried first, as lark's own lexer does it."""
    pattern = terminal.pattern
    return -terminal.priority, -pattern.max_width, -len(pattern.value), terminal.name


def _is_word(terminal: TerminalDef) -> bool:
    return terminal.pattern.type == "str" and terminal.pattern.value.isidentifier()


def _keywords(terminals: Iterable[TerminalDef]) -> dict[str, str]:
    return {str(t.pattern.value): str(t.name) for t in terminals if _is_word(t)}


def main(folder: str) -> None:
    """Write the table of the grammar in a folder."""
    grammar = Path(folder, "smash.lark").read_text(encoding="utf-8")
    text = json.dumps(asdict(make_table(grammar, strict=True)), separators=(",", ":"))
    Path(folder, "table.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
