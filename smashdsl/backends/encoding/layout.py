"""The layout of the encoding tensor `c`: which channel says what, for all programs of a space.

Made from an analysis of the whole space, so that no program of it can ask for a channel that is not
there. Nothing here needs torch.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from smashdsl.check.check import analyse
from smashdsl.check.findings import DrawSite, Findings
from smashdsl.check.values import hashable
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import Continuous
from smashdsl.elaborate.run import Definition
from smashdsl.elaborate.values import show
from smashdsl.plan import weight_key

VERSION = 2
LARGEST = 4096


@dataclass(frozen=True)
class Channel:
    """One channel of `c`: its number, its name, and what an entry of 1 means."""

    index: int
    name: str
    meaning: str


@dataclass(frozen=True)
class Group:
    """The channels of one draw: one for each option, or a single one for a number of an
    interval."""

    name: str
    kind: str
    start: int
    places: Mapping[Any, int]
    labels: tuple[Any, ...]
    interval: Continuous | None = None

    @property
    def size(self) -> int:
        return 1 if self.interval else len(self.labels)


@dataclass(frozen=True)
class Layout:
    """What all encodings of a space have in common.

    `c` is `(1, channels, rows, W)`; `unit` channels make a row, `unit * compression` input
    channels a slice of W. `kernels` are those of generated filters. By their keys (see
    `smashdsl.plan.keys`), `tensors` has the largest shape of every weight that any program of the
    space may keep, and `filters` that of every filter that the HyperNet may have to generate.
    """

    unit: int
    compression: int
    rows: int
    banks: int
    parts: tuple[str, ...]
    positions: int
    groups: Mapping[str, Group]
    channels: int
    kernels: tuple[tuple[int, ...], ...]
    tensors: Mapping[str, tuple[int, ...]]
    filters: Mapping[str, tuple[int, ...]]
    version: int = VERSION

    @property
    def depth(self) -> int:
        """Input channels per slice."""
        return self.unit * self.compression

    def read(self, bank: int) -> int:
        return bank

    def write(self, bank: int) -> int:
        return self.banks + bank

    def part(self, name: str) -> int:
        return 2 * self.banks + self._part_places[name]

    def width(self, rows: int) -> int:
        """The channel of filters that are so many rows wide (1 to `rows`)."""
        return 2 * self.banks + len(self.parts) + rows - 1

    def position(self, number: int) -> int:
        return 2 * self.banks + len(self.parts) + self.rows + number

    @cached_property
    def _part_places(self) -> dict[str, int]:
        return {name: i for i, name in enumerate(self.parts)}

    def table(self) -> Iterator[Channel]:
        """Every channel in order."""
        for i in range(self.banks):
            yield Channel(
                self.read(i), f"read[{i}]", f"the layer reads the block's bank number {i}"
            )
        for i in range(self.banks):
            yield Channel(
                self.write(i), f"write[{i}]", f"the layer writes the block's bank number {i}"
            )
        for name in self.parts:
            yield Channel(self.part(name), name, f"the slice belongs to {name}")
        for rows in range(1, self.rows + 1):
            yield Channel(
                self.width(rows), f"width[{rows}]", f"the filter has {rows} x {self.unit} units"
            )
        for i in range(self.positions):
            yield Channel(
                self.position(i), f"filter[{i}]", f"the layer's generated filter number {i}"
            )
        for group in self.groups.values():
            yield from self._group_table(group)

    def _group_table(self, group: Group) -> Iterator[Channel]:
        if group.interval:
            low, high = show(group.interval.low), show(group.interval.high)
            scale = "on a logarithmic scale" if group.interval.log else "evenly"
            yield Channel(
                group.start, group.name, f"the draw's value, {low} to {high} {scale} as -1 to 1"
            )
            return
        for i, label in enumerate(group.labels):
            shown = label if isinstance(label, str) else show(label)
            meaning = (
                f"bank number {label} is drawn"
                if group.kind == "subset"
                else f"the draw gives {shown}"
            )
            yield Channel(group.start + i, f"{group.name}={shown}", meaning)

    @cached_property
    def hash(self) -> str:
        """Identifies the layout: equal layouts give equal encodings of equal programs."""
        facts = [
            self.version,
            self.unit,
            self.compression,
            self.rows,
            [c.name for c in self.table()],
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def make_layout(definition: Definition) -> Layout:
    """The layout of a space's encodings (a program counts as a space of one).

    Raises:
        SmashError: E607, the encoding would have too many rows or channels; E610, the space cannot
            be analysed.
    """
    facts, analysis = analyse(definition)
    if not facts.proved:
        name = definition.network.name
        raise _no_encoding(
            f"`{name}` cannot be analysed, and so has no encoding",
            definition.network.name_span,
            "`check` says what stands in the way",
        )
    findings = facts.findings
    unit = analysis.encoding.get("unit") or math.gcd(*findings.bank_sizes, *findings.units) or 1
    compression = analysis.encoding.get("compression", 1)
    rows = max((-(-units // unit) for units in findings.units), default=1)
    parts = (
        "stem",
        *(f"block[{i}]" for i in range(findings.blocks)),
        *(f"transition[{i}]" for i in range(findings.transitions)),
        "head",
        "scope",
    )
    positions = max(findings.positions, 1)
    start = 2 * findings.banks + len(parts) + rows + positions
    _check_kinds(findings)
    groups = {}
    for group in _groups(findings, start):
        groups[group.name] = group
        start = group.start + group.size
    for count, what in ((rows, "rows"), (start, "channels")):
        if count > LARGEST:
            raise SmashError(
                Diagnostic(
                    "E607",
                    f"the encoding of `{definition.network.name}` would have {count:,} {what}",
                    definition.network.name_span,
                    helps=("choose a larger `unit` in `encoding { unit = … }`, or fewer options",),
                )
            )
    return Layout(
        unit,
        compression,
        rows,
        findings.banks,
        parts,
        positions,
        groups,
        start,
        tuple(sorted(findings.kernels)),
        dict(_tensors(findings)),
        findings.generated,
    )


def _tensors(findings: Findings) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The largest shape of every tensor that is kept; those that layers own, once for each time
    that their place is entered."""
    yield from findings.shared.items()
    for place, slots in findings.own.items():
        for number in range(1, findings.times.get(place, 0) + 1):
            for slot, shape in slots.items():
                yield weight_key(place, slot, number), shape


def _check_kinds(findings: Findings) -> None:
    seen: dict[str, DrawSite] = {}
    for site in findings.sites.values():
        if seen.setdefault(site.group, site).kind != site.kind:
            raise two_kinds(site.group, site.span)


def two_kinds(path: str, span: Span | None) -> SmashError:
    """Draws that share channels must be of one kind: E610 where they are not."""
    return _no_encoding(
        f"draws of different kinds share the path `{path}`, so the space has no encoding",
        span,
        "give each a name of its own with `let`",
    )


def _no_encoding(problem: str, span: Span | None, help: str) -> SmashError:
    return SmashError(Diagnostic("E610", problem, span, helps=(help,)))


def _groups(findings: Findings, start: int) -> Iterator[Group]:
    merged: dict[str, list[DrawSite]] = {}
    for site in findings.sites.values():
        if not (site.kind == "subset" and site.plain):
            merged.setdefault(site.group, []).append(site)
    for name, sites in merged.items():
        group = _group(name, sites, start)
        yield group
        start += group.size


def _group(name: str, sites: list[DrawSite], start: int) -> Group:
    if sites[0].kind == "continuous":
        low = min(site.labels["low"] for site in sites)
        high = max(site.labels["high"] for site in sites)
        return Group(name, "continuous", start, {}, (), Continuous(low, high, sites[0].log))
    labels: dict[Any, Any] = {}
    for site in sites:
        labels.update(site.labels)
    ordered = tuple(sorted(labels.values(), key=_order))
    return Group(
        name, sites[0].kind, start, {hashable(v): i for i, v in enumerate(ordered)}, ordered
    )


def _order(label: Any) -> tuple[int, Any, str]:
    if isinstance(label, bool):
        return (0, int(label), "")
    if isinstance(label, int | float):
        return (1, label, "")
    return (2, 0, str(label))
