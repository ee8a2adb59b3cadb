"""Banks of a block as variables of its `forward`: reading and writing them as Python text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from smashdsl.backends.source.code import Expr, Join, Seq, call
from smashdsl.backends.source.layout import text
from smashdsl.backends.source.names import plain_text, variable_name
from smashdsl.ir import Block

_LOCALS = {"self", "layer", "layers", "y", "i"}
_RUN = 6


@dataclass(frozen=True)
class Variable:
    """A bank's place: a variable, or one of a family's (`b[3]`)."""

    family: str
    index: int | None

    def __str__(self) -> str:
        return self.family if self.index is None else f"{self.family}[{self.index}]"


def variables(block: Block) -> list[Variable]:
    """A place for each bank, named as in the program."""
    split = [_split(bank.name) for bank in block.banks]
    if len(set(split)) < len(split):
        split = [("bank", i) for i in range(len(split))]
    found: dict[tuple[str, bool], str] = {}
    for base, index in split:
        key = base, index is None
        if key not in found:
            taken = {*_LOCALS, *found.values()} | ({"x"} if index is not None else set())
            found[key] = variable_name(base, taken)
    return [Variable(found[base, index is None], index) for base, index in split]


def families(places: Iterable[Variable]) -> list[str]:
    """The names of the families among them, in order."""
    return list(dict.fromkeys(place.family for place in places if place.index is not None))


def described(block: Block, used: Iterable[int]) -> str:
    """The banks in use as a program names them: `x` and `b[0..3]`."""
    indices: dict[str, list[int | None]] = {}
    for base, index in (_split(block.banks[i].name) for i in sorted(used)):
        indices.setdefault(base, []).append(index)
    shown = [f"`{plain_text(base)}{_range(held)}`" for base, held in indices.items()]
    if len(shown) > 4:
        return f"{', '.join(shown[:3])} and {len(shown) - 3} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _range(indices: list[int | None]) -> str:
    numbers = [index for index in indices if index is not None]
    if not numbers:
        return ""
    first, last = min(numbers), max(numbers)
    return f"[{first}]" if first == last else f"[{first}..{last}]"


def _split(name: str) -> tuple[str, int | None]:
    match = re.fullmatch(r"(.*)\[(\d{1,9})\]", name, re.DOTALL)
    return (match[1], int(match[2])) if match else (name, None)


def concatenated(places: Sequence[Variable]) -> Expr:
    """The concatenation along channels; a single bank as it is."""
    if len(places) == 1:
        return str(places[0])
    runs = list(_runs(places))
    if len(runs) == 1 and len(runs[0]) >= _RUN:
        listed: Expr = f"[{_comprehension(runs[0])}]"
    else:
        listed = Seq(tuple(item for run in runs for item in _items(run)))
    return call("torch.cat", listed, "1")


def _items(run: list[Variable]) -> list[Expr]:
    return [f"*({_comprehension(run)})"] if len(run) >= _RUN else [str(place) for place in run]


def _comprehension(run: list[Variable]) -> str:
    return f"{run[0].family}[i] for i in {numbers(run)[0][1:]}"


def _runs(places: Sequence[Variable]) -> Iterator[list[Variable]]:
    """Neighbours of one family with consecutive numbers."""
    rising = enumerate(places)
    for _, run in groupby(
        rising, key=lambda p: (p[1].family, None if p[1].index is None else p[1].index - p[0])
    ):
        yield [place for _, place in run]


def numbers(places: Sequence[Variable]) -> list[str]:
    """The indices as arguments, long runs of them as `*range(...)`."""
    shown: list[str] = []
    for run in _runs(places):
        first, last = run[0].index, run[-1].index
        if len(run) >= _RUN and first is not None and last is not None:
            shown.append(f"*range({f'{first}, ' if first else ''}{last + 1})")
        else:
            shown.extend(str(place.index) for place in run)
    return shown


_FUNCTIONS = {"sum": "total", "mean": "mean", "max": "maximum", "mul": "product"}
_SIGNS = {"sum": " + ", "mul": " * "}


def reduced(rule: str, places: Sequence[Variable], infix: bool) -> Expr:
    """The combination of banks by sum, mean, max or mul; a single bank as it is."""
    names = [str(place) for place in places]
    if len(names) == 1:
        return names[0]
    if infix and rule in _SIGNS and len(names) <= 3:
        return _SIGNS[rule].join(names)
    if rule == "max" and len(names) == 2:
        return call("torch.maximum", *names)
    return call(_FUNCTIONS[rule], *names)


def updated(rule: str, place: Variable, value: Expr) -> Expr:
    """What a full bank holds after a value was written to it."""
    if rule == "replace":
        return value
    if rule == "max":
        return call("torch.maximum", str(place), value)
    if rule == "mean":
        return call("mean", str(place), value)
    return Join((f"{place}{' * ' if rule == 'mul' else ' + '}", value))


def fits(prefix: str, value: Expr, indent: int = 8, width: int = 100) -> bool:
    """Whether a statement stays on one line."""
    return indent + len(prefix) + len(text(value)) <= width
