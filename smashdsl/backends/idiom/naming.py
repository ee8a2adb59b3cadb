"""Groups of a program → definitions of ops with parameters, and their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from smashdsl.backends.idiom.chains import Book, Definition, Shape, height
from smashdsl.backends.idiom.parts import Called, Hole, Piece, Statement, literal, mapped_piece
from smashdsl.backends.idiom.rules import of_channels, proportion, same
from smashdsl.ir import Block, Chain, Program
from smashdsl.ops import op_names
from smashdsl.syntax.tokens import KEYWORDS

_TAKEN = {"channels", "classes", "reads", "depth", "params", "flops", "activations", "written",
          "fresh", "some", "count", "identity", "stage", "i", "j"}  # fmt: skip
_LISTS = ("kernel", "stride", "dilation", "groups")


def settle(book: Book, chains: Sequence[tuple[Chain, Shape]], taken: set[str]) -> None:
    """Define the ops of all chains, given with the shapes that enter them.

    Args:
        taken: names that no op may have.
    """
    names = {*taken, *_TAKEN, *KEYWORDS, *op_names(), "min", "max", "sum"}
    for _ in range(max((height(chain) for chain, _ in chains), default=0)):
        waiting = {key for key, each in book.definitions.items() if not each.name}
        for key in waiting:
            del book.definitions[key]
        for chain, shape in chains:
            book.chain(chain, shape, shape[0])
        for definition in book.definitions.values():
            if not definition.name and not any(map(_open, definition.pieces)):
                _define(definition, names)


def _open(piece: Piece) -> bool:
    return isinstance(piece, Called) and piece.name.endswith("?")


def _define(definition: Definition, names: set[str]) -> None:
    columns = list(zip(*definition.uses, strict=True))
    parameters: dict[str, int] = {}
    filled: list[Hole] = []
    for place, column in enumerate(columns):
        hole = same(column) or of_channels(column) or _related(column, columns, parameters)
        if hole is None:
            name = _free(_meaning(column, columns), {*parameters, *names})
            parameters[name] = place
            hole = replace(column[0], text=name)
        filled.append(hole)
    definition.parameters, renamed = _gathered(parameters, columns)
    for name, places in definition.parameters:
        fills = columns[places[0]]
        if len(places) == 1 and fills[0].keyword and any(h.value == h.default for h in fills):
            definition.defaults[name] = fills[0].default
    definition.parameters.sort(key=lambda each: each[0] in definition.defaults)
    rest = iter(replace(hole, text=renamed.get(hole.text, hole.text)) for hole in filled)
    definition.body = tuple(mapped_piece(p, lambda _: next(rest)) for p in definition.pieces)
    definition.name = _free(_word(definition.base), names)
    names.add(definition.name)


def _meaning(column: Sequence[Hole], columns: Sequence[Sequence[Hole]]) -> str:
    """What a parameter is called: widths that are not the output's are `hidden`."""
    kind = column[0].kind
    widths = [each for each in columns if each[0].kind == "units"]
    if kind == "units" and [h.value for h in column] != [h.value for h in widths[-1]]:
        return "hidden"
    return kind


def _gathered(parameters: Mapping[str, int], columns: Sequence[Sequence[Hole]],
              ) -> tuple[list[tuple[str, tuple[int, ...]]], dict[str, str]]:  # fmt: skip
    """Parameters with the holes that they fill, and new names: several kernels, dilations or such
    become one list."""
    members: dict[str, list[str]] = {}
    for name, place in parameters.items():
        kind = columns[place][0].kind
        members.setdefault(kind if kind in _LISTS else name, []).append(name)
    found: list[tuple[str, tuple[int, ...]]] = []
    renamed: dict[str, str] = {}
    for of in members.values():
        found.append((of[0], tuple(parameters[each] for each in of)))
        if len(of) > 1:
            renamed |= {each: f"{of[0]}[{i}]" for i, each in enumerate(of)}
    return found, renamed


def _related(column: Sequence[Hole], columns: Sequence[Sequence[Hole]],
             parameters: dict[str, int]) -> Hole | None:  # fmt: skip
    """A value that follows from a parameter's."""
    for name, place in parameters.items():
        other = columns[place]
        alike = column[0].kind == other[0].kind
        if alike and all(a.value == b.value for a, b in zip(column, other, strict=True)):
            return replace(column[0], text=name)
        if column[0].kind == other[0].kind == "units":
            pairs = [(a.value, b.value) for a, b in zip(column, other, strict=True)]
            text = proportion(name, pairs)
            if text:
                return replace(column[0], text=text)
    return None


def _free(base: str, taken: set[str]) -> str:
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}_{number}" if base[-1].isdigit() else f"{base}{number}"
    return name


def _word(name: str) -> str:
    """A name as the language allows it."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "part"
    return f"op_{plain}" if plain[0].isdigit() else plain


def definitions(book: Book, used: set[str]) -> Iterator[Statement]:
    """The statements that define the ops of these names, and those that they call, inner first."""
    wanted = set(used)
    known = list(book.definitions.values())
    for each in reversed(known):
        if each.name in wanted:
            wanted |= {piece.name for piece in each.body if isinstance(piece, Called)}
    for each in known:
        if each.name in wanted:
            listed = ", ".join(
                f"{name} = {literal(each.defaults[name])}" if name in each.defaults else name
                for name, _ in each.parameters
            )
            head = f"op {each.name}({listed})" if listed else f"op {each.name}"
            yield Statement((f"{head} {{ ", *each.body, " }"))


def chains_of(program: Program) -> list[tuple[Chain, Shape]]:
    """Every chain of a program with the shape that enters it."""
    return list(_walk(program))


def _walk(program: Program) -> Iterator[tuple[Chain, Shape]]:
    shapes = _shapes(program)
    yield program.stem, next(shapes)
    for part in program.body:
        shape = next(shapes)
        if isinstance(part, Block):
            for layer in part.layers:
                sizes = [part.banks[i].size for i in layer.reads]
                entering = sum(sizes) if layer.reduce == "cat" else sizes[0]
                yield layer.stages, (entering, *shape[1:])
        else:
            yield part.stages, shape
    yield program.head, next(shapes)


def _shapes(program: Program) -> Iterator[Shape]:
    """The shape that enters the stem, each part of the body, and the head."""
    shape = program.input
    book = Book()
    for part in (program.stem, *program.body, program.head):
        yield shape
        if isinstance(part, Block):
            shape = (sum(part.banks[i].size for i in part.leave), *shape[1:])
        else:
            chain = part if isinstance(part, tuple) else part.stages
            shape = book.chain(chain, shape, shape[0])[1]
