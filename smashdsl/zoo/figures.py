"""What entries cost: `specs/figures.json`, so that a list of them need not analyse every space, and
the measurement that it holds."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from smashdsl.zoo.entries import Entry

FILE = "figures.json"
Bounds = tuple[int, int]


@dataclass(frozen=True)
class Figures:
    """An entry's numbers.

    Of a space `params` and `flops` (multiply-adds) are the least and the greatest values over all
    programs before requirements, None where these are not known, and `programs` says how many there
    are; of a program they are its own. `input` is (channels, *resolution), `digest` that of the
    text that was measured; `skyline` and `thumbnail` (SVG) show the program, or the one that seed 0
    draws.
    """

    digest: str
    input: tuple[int, ...]
    classes: int | None
    params: Bounds | None
    flops: Bounds | None
    programs: str
    skyline: str
    thumbnail: str


def digest(entry: Entry) -> str:
    """The beginning of the SHA-256 of an entry's text."""
    return hashlib.sha256(entry.text.encode()).hexdigest()[:16]


@cache
def figures() -> Mapping[str, Figures]:
    """The figures of all entries by name, as the package ships them."""
    return parse_figures((files("smashdsl.specs") / FILE).read_text("utf-8"))


def figures_of(entry: Entry) -> Figures:
    """The shipped figures of an entry, or new ones where there are none."""
    return figures().get(entry.name) or measure(entry)


def parse_figures(text: str) -> dict[str, Figures]:
    """What `figures_text` wrote."""
    return {name: Figures(**_tuples(facts)) for name, facts in json.loads(text).items()}


def _tuples(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(v) if isinstance(v, list) else v for key, v in facts.items()}


def figures_text(measured: Iterable[tuple[Entry, Figures]]) -> str:
    """The figures as a file's text: one line an entry, by name."""
    lines = sorted(f'  "{entry.name}": {json.dumps(asdict(found))}' for entry, found in measured)
    return "{\n" + ",\n".join(lines) + "\n}\n"


def measure(entry: Entry) -> Figures:
    """The figures of an entry, worked out anew."""
    from smashdsl.api import Space, loads
    from smashdsl.backends.summary import summarise_space
    from smashdsl.backends.web.thumbnail import thumbnail
    from smashdsl.zoo.skyline import skyline

    network = loads(entry.text, filename=f"{entry.name}.smash")
    if isinstance(network, Space):
        summary = summarise_space(network.definition)
        params, flops = (_bounds(summary.bounds.get(name)) for name in ("params", "flops"))
        size = summary.size
        programs = str(size.exact) if size.exact else f"about 10^{size.log10:.0f}"
        shown = network.sample(0)
    else:
        shown = network
        params, flops = (shown.costs.params,) * 2, (shown.costs.flops,) * 2
        programs = "1"
    return Figures(
        digest(entry), shown.ir.input, shown.ir.classes, params, flops, programs,
        skyline(shown.plan), thumbnail(shown.ir),
    )  # fmt: skip


def _bounds(found: tuple[float | None, float] | None) -> Bounds | None:
    return None if found is None else (int(found[0] or 0), int(found[1]))
