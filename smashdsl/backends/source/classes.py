"""All uses of classes → the classes, and how each use is constructed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.backends.source.chains import Use
from smashdsl.backends.source.code import (
    Arg,
    Call,
    Expr,
    Hole,
    Line,
    Loop,
    Statement,
    fill,
    holes,
    skeleton,
)
from smashdsl.backends.source.layout import docstring, signature, statement
from smashdsl.backends.source.names import RESERVED, class_name
from smashdsl.backends.source.unify import Filling, Unified, unify


@dataclass(frozen=True, eq=False)
class Definition:
    """A class of the file, and the constructor calls of its uses, in their order."""

    name: str
    lines: tuple[str, ...]
    members: tuple[Expr, ...]
    calls: tuple[Call, ...]


def define(uses: Sequence[Use], taken: Iterable[str] = ()) -> list[tuple[Definition, list[int]]]:
    """The classes that serve these uses, in order of first need, each with the uses it serves."""
    groups: dict[Any, list[int]] = {}
    for i, use in enumerate(uses):
        groups.setdefault(_key(use), []).append(i)
    names = _names([uses[members[0]] for members in groups.values()], {*taken, *RESERVED})
    return [
        (_definition(name, [uses[i] for i in members]), members)
        for name, members in zip(names, groups.values(), strict=True)
    ]


def _key(use: Use) -> Any:
    def of(stmt: Statement) -> Any:
        return stmt if isinstance(stmt, Loop) else (stmt.prefix, skeleton(stmt.value))

    return use.base, use.argument, tuple(map(of, (*use.members, *use.body)))


def _names(firsts: Sequence[Use], taken: set[str]) -> list[str]:
    """A name for each class; several of one base are numbered."""
    bases = [class_name(use.base, "Layer") for use in firsts]
    alone = {base for base, count in Counter(bases).items() if count == 1 and base not in taken}
    taken |= alone
    numbers: Counter[str] = Counter()
    names = []
    for base in bases:
        if base in alone:
            names.append(base)
            continue
        name = base
        while name in taken or name == base:
            numbers[base] += 1
            name = f"{base}{'_' if base[-1].isdigit() else ''}{numbers[base]}"
        taken.add(name)
        names.append(name)
    return names


def _definition(name: str, uses: Sequence[Use]) -> Definition:
    first = uses[0]
    found = unify([list(_holes(use)) for use in uses], _channel_names(uses))
    fillings = iter(found.fillings)
    members = [Line(m.prefix, _filled(m.value, fillings)) for m in first.members]
    body, kept = _body(first.body, fillings)
    init = [Line(f"self.{p} = ", p) for p in kept]
    calls = tuple(_call(name, found, i) for i in range(len(uses)))
    lines = _render(name, first, found, [*init, *members], body)
    return Definition(name, tuple(lines), tuple(m.value for m in members), calls)


def _holes(use: Use) -> Iterable[Hole]:
    for stmt in (*use.members, *use.body):
        if isinstance(stmt, Line):
            yield from holes(stmt.value)


def _channel_names(uses: Sequence[Use]) -> dict[str, tuple[int, ...]]:
    entering, leaving = (tuple(use.channels[side] for use in uses) for side in (0, 1))
    if entering == leaving:
        return {"channels": entering}
    return {"in_channels": entering, "out_channels": leaving}


def _filled(value: Expr, fillings: Iterable[Filling], owner: str = "") -> Expr:
    return fill(value, (filling.text(owner) for filling in fillings))


def _body(
    body: Sequence[Statement], fillings: Iterable[Filling]
) -> tuple[list[Statement], list[str]]:
    """The `forward` with its holes filled, and the arguments that it needs the object to keep."""
    kept: dict[str, None] = {}

    def watched() -> Iterable[Filling]:
        for filling in fillings:
            if filling.parameter:
                kept[filling.parameter] = None
            yield filling

    following = watched()
    filled = [
        stmt
        if isinstance(stmt, Loop)
        else Line(stmt.prefix, _filled(stmt.value, following, "self."))
        for stmt in body
    ]
    return filled, list(kept)


def _call(name: str, found: Unified, use: int) -> Call:
    return Call(
        name, tuple(Arg(Hole(p.kind, p.values[use]), p.keyword) for p in found.parameters)
    )  # fmt: skip


def _render(
    name: str, use: Use, found: Unified, init: Sequence[Line], body: Sequence[Statement]
) -> list[str]:
    lines = [f"class {name}(nn.Module):", *docstring(use.doc, 4), ""]
    if init:
        parameters = ["self", *(f"{p.name}: {p.annotation}" for p in found.parameters)]
        lines += signature("__init__", parameters, "None", 4)
        lines.append("        super().__init__()")
        lines += [line for member in init for line in statement(member, 8)]
        lines.append("")
    lines += signature("forward", ["self", use.argument], "Tensor", 4)
    lines += [line for stmt in body for line in statement(stmt, 8)]
    return lines
