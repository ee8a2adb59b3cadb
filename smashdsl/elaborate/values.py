"""What expressions evaluate to, and the scopes that names live in.

Numbers, booleans, lists (`list`) and shapes (`tuple`) are Python's own. The rest is here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from smashdsl.ops import OpSpec
from smashdsl.syntax import nodes


class Poison:
    """Stands for a value whose computation failed and was reported; what uses it stays silent."""

    def __repr__(self) -> str:
        return "POISON"


POISON = Poison()


@dataclass(frozen=True, slots=True)
class Symbol:
    """A word of the language used as a value: `generated`, `add`, `same`, `fixed(gabor)`."""

    name: str

    def __str__(self) -> str:
        return self.name


SYMBOLS = {
    name: Symbol(name)
    for name in (
        "generated",
        "shared",
        "own",
        "gabor",
        "add",
        "replace",
        "mul",
        "max",
        "mean",
        "sum",
        "same",
        "valid",
    )
}


@dataclass(frozen=True, slots=True, eq=False)
class BuiltinOp:
    name: str
    spec: OpSpec

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class UserOp:
    definition: nodes.OpDef
    closure: Scope

    @property
    def name(self) -> str:
        return self.definition.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True, eq=False)
class AppliedOp:
    """An op with its arguments, not yet given its input: `conv(16, 3)` as a value."""

    op: BuiltinOp | UserOp
    arguments: Mapping[str, Any]
    spans: Mapping[str, Any]
    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """The banks of one declaration: indices into the block's banks; `single` for `bank x`."""

    name: str
    indices: tuple[int, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Banks:
    """A set of banks in order, as indices into the block's banks."""

    indices: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dynamic:
    """A name whose value is looked up anew at each use: `reads`, `written`.

    `node` is its definition where the text has one, and `scope` where that stands.
    """

    get: Callable[[], Any]
    node: Any = None
    scope: Any = None


@dataclass(slots=True, eq=False)
class Scope:
    """Names in a part of the text; what is not here is looked for in the part around it."""

    parent: Scope | None = None
    names: dict[str, Any] = field(default_factory=dict)

    def find(self, name: str) -> Any:
        """The value of a name, or None when nothing of that name is in sight."""
        scope: Scope | None = self
        while scope is not None:
            found = scope.names.get(name)
            if found is not None:
                return found.get() if isinstance(found, Dynamic) else found
            scope = scope.parent
        return None

    def all_names(self) -> Iterator[str]:
        scope: Scope | None = self
        while scope is not None:
            yield from scope.names
            scope = scope.parent


def type_name(value: Any) -> str:
    """What people call the type of a value, with its article."""
    match value:
        case bool():
            return "a truth value"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case tuple():
            return "a shape"
        case list() | range():
            return "a list"
        case BuiltinOp() | UserOp() | AppliedOp():
            return "an operation"
        case Family() | Banks():
            return "a set of banks"
        case Symbol():
            return f"the word `{value}`"
    return "a value"


def show(value: Any) -> str:
    """A value as a `.smash` text would write it."""
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case tuple():
            return "x".join(map(str, value))
        case list() | range():
            return "[" + ", ".join(map(show, value)) + "]"
    return str(value)


def described(value: Any) -> str:
    """A value as an error message shows it: numbers and shapes themselves, of others the type."""
    plain = isinstance(value, int | float | tuple) and not isinstance(value, bool)
    return show(value) if plain else type_name(value)


def label(value: Any) -> Any:
    """How a genome names an option."""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | range):
        return [label(item) for item in value]
    return show(value)
