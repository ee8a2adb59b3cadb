"""The LALR(1) automaton: tokens in, calls of a builder's methods out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smashdsl.syntax.lexer import Token
from smashdsl.syntax.table import END, load_table


class Automaton:
    """One parse.

    `states` and `values` are the two stacks: the state after each value, the first before any.
    """

    def __init__(self, builder: object) -> None:
        table = load_table()
        self.rows = table.rows
        self.states = [table.start]
        self.values: list[Any] = []
        self._end = table.end
        self._methods = [getattr(builder, name) for name in table.methods]

    def feed(self, token: Token) -> bool:
        """Take the next token; False means that it cannot stand here."""
        states, values, rows = self.states, self.values, self.rows
        kind = token.type
        while True:
            action = rows[states[-1]].get(kind)
            if action is None:
                return kind == END and states[-1] == self._end
            if type(action) is int:
                states.append(action)
                values.append(token)
                return True
            size, method, rule = action
            parts = values[-size:] if size else []
            if size:
                del states[-size:], values[-size:]
            values.append(self._methods[method](parts))
            states.append(rows[states[-1]][rule])

    @property
    def result(self) -> Any:
        """The tree, once the END token has been taken; before that None."""
        return self.values[0] if self.states[-1] == self._end else None

    def fits(self, kinds: Iterable[str]) -> bool:
        """Whether tokens of these types could come next; nothing is changed."""
        states = list(self.states)
        return all(self._moves(states, kind) for kind in kinds)

    def accepts(self) -> frozenset[str]:
        """The types of tokens that could come next."""
        kinds = [kind for kind in self.rows[self.states[-1]] if kind.isupper()]
        return frozenset(kind for kind in kinds if self.fits([kind]))

    def _moves(self, states: list[int], kind: str) -> bool:
        """Take a token of a type on a stack of states alone."""
        while True:
            action = self.rows[states[-1]].get(kind)
            if action is None:
                return kind == END and states[-1] == self._end
            if type(action) is int:
                states.append(action)
                return True
            size, _, rule = action
            if size:
                del states[-size:]
            states.append(self.rows[states[-1]][rule])
