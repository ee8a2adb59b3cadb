"""A space as an outline: its statements, with every draw where it is made and where it acts.

Takes a definition; gives lines with their depth and draws with their options, with no geometry, so
that pictures and plain text show the same thing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from smashdsl.backends.labels import clipped
from smashdsl.backends.render.score import letters
from smashdsl.backends.summary.spaces import DrawSummary, SpaceSummary, summarise_space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.draws import Choice, RandomChooser
from smashdsl.elaborate.run import Definition, elaborate
from smashdsl.elaborate.values import show
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import parts

SAMPLES = 8  # programs in which weights are looked up
MOST_OPTIONS = 24
LONGEST = 400
LONGEST_OPTION = 40
Known = dict[str, tuple[str, ...]]
Weights = Mapping[tuple[str, int], Mapping[str, float]]


@dataclass(frozen=True)
class Shown:
    """A draw: `options` with their probabilities, which are None where all are equal; `note` says
    what cannot be listed."""

    letter: str
    text: str
    options: tuple[tuple[str, float | None], ...]
    note: str


@dataclass(frozen=True)
class Line:
    """A statement, or a frame around those that follow with a greater depth.

    `kind` is `statement`, `frame` (a loop, a condition or an operation) or that of a section:
    `stem`, `block`, `transition`, `head`. `draws` are made here; `acting` are the letters of draws
    that are made elsewhere and act here.
    """

    depth: int
    kind: str
    text: str
    draws: tuple[Shown, ...]
    acting: tuple[str, ...]


@dataclass(frozen=True)
class Outline:
    """All lines of a space."""

    name: str
    summary: SpaceSummary
    lines: tuple[Line, ...]


def outline(definition: Definition) -> Outline:
    """The outline of a space; a program is one without draws."""
    summary = summarise_space(definition)
    writer = _Writer(summary, _weights(definition), definition.network.span)
    lines = list(writer.body(definition.network.body, 0, {}))
    if writer.waiting:
        rest = tuple(writer.waiting.values())
        lines.append(Line(0, "frame", "in operations from other places", rest, ()))
    return Outline(definition.network.name, summary, tuple(lines))


def _weights(definition: Definition) -> Weights:
    """By place of the text, the mean probability of each option in some programs, where options
    weigh differently."""
    sums: dict[tuple[str, int], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[tuple[str, int], int] = defaultdict(int)
    uneven: set[tuple[str, int]] = set()
    for seed in range(SAMPLES):
        try:
            made = elaborate(definition, RandomChooser(seed))
        except SmashError:
            continue
        for draw in made.draws.values():
            if draw.span is None or not isinstance(draw.options, Choice):
                continue
            place = (draw.span.source.name, draw.span.start)
            weights = draw.options.weights or [1.0] * len(draw.options.labels)
            counts[place] += 1
            if draw.options.weights is not None:
                uneven.add(place)
            for label, weight in zip(draw.options.labels, weights, strict=True):
                sums[place][_option(label)] += weight / sum(weights)
    return {place: {label: total / counts[place] for label, total in sums[place].items()}
            for place in uneven}  # fmt: skip


class _Writer:
    """Walks the statements of a network; `waiting` are draws whose statement has not come yet."""

    def __init__(self, summary: SpaceSummary, weights: Weights, span: Span) -> None:
        self.source = span.source
        self.waiting: dict[tuple[str, int], Shown] = {}
        for number, draw in enumerate(summary.draws):
            start = _offset(draw, span)
            known = weights.get((draw.file, start), {})
            self.waiting[draw.file, start] = _shown(draw, letters(number), known)

    def body(self, body: Iterable[Any], depth: int, known: Known) -> Iterator[Line]:
        """The lines of statements; `known` are names whose values draws decide."""
        known = dict(known)
        for item in body:
            if isinstance(item, nodes.Input | nodes.Classes):
                continue
            yield from self.statement(item, depth, known)

    def statement(self, item: Any, depth: int, known: Known) -> Iterator[Line]:
        if isinstance(item, nodes.Section):
            yield Line(depth, item.kind, item.kind, (), ())
            yield from self.body(item.body, depth + 1, known)
        elif isinstance(item, nodes.OpDef):
            lines = list(self.operation(item, depth, known))
            made = (draw.letter for line in lines for draw in line.draws)
            known[item.name] = tuple(dict.fromkeys(made))
            yield from lines
        elif isinstance(item, nodes.For | nodes.Repeat | nodes.If):
            yield from self.frame(item, depth, known)
        else:
            span = item.span
            line = self.line(depth, "statement", span.text, item, span.start, span.end, known)
            if isinstance(item, nodes.Let):
                found = (*(draw.letter for draw in line.draws), *line.acting)
                known[item.name] = tuple(dict.fromkeys(found))
            yield line

    def operation(self, item: nodes.OpDef, depth: int, known: Known) -> Iterator[Line]:
        """An operation that the network defines."""
        first = item.body[0].span.start if item.body else item.span.end
        start = item.span.start
        yield self.line(depth, "frame", _header(item), item.parameters, start, first, known)
        yield from self.body(item.body, depth + 1, known)

    def frame(self, item: nodes.For | nodes.Repeat | nodes.If, depth: int,
              known: Known) -> Iterator[Line]:  # fmt: skip
        """A loop or a condition with what stands in it."""
        if isinstance(item, nodes.For):
            head: Any = item.iterable
        else:
            head = item.condition if isinstance(item, nodes.If) else (item.count, item.until)
        first = item.body[0].span.start if item.body else item.span.end
        line = self.line(depth, "frame", _header(item), head, item.span.start, first, known)
        inner = dict(known)
        if isinstance(item, nodes.For):
            inner[item.target] = tuple(draw.letter for draw in line.draws) + line.acting
        yield line
        yield from self.body(item.body, depth + 1, inner)
        if isinstance(item, nodes.If) and item.otherwise:
            yield Line(depth, "frame", "else", (), line.acting)
            yield from self.body(item.otherwise, depth + 1, known)

    def line(self, depth: int, kind: str, text: str, node: Any, start: int, end: int,
             known: Mapping[str, tuple[str, ...]]) -> Line:  # fmt: skip
        """A line with the draws between two offsets, and what acts through the names in a node."""
        places = [place for place in self.waiting
                  if place[0] == self.source.name and start <= place[1] < end]  # fmt: skip
        draws = tuple(self.waiting.pop(place) for place in places)
        own = {draw.letter for draw in draws}
        used = [part.id for part in parts(node) if isinstance(part, nodes.Name)]
        acting = dict.fromkeys(letter for name in used for letter in known.get(name, ()))
        shown = clipped(" ".join(text.split()), LONGEST)
        return Line(depth, kind, shown, draws, tuple(sorted(set(acting) - own, key=_order)))


def _order(letter: str) -> tuple[int, str]:
    return len(letter), letter


def _header(item: Any) -> str:
    """A frame's text up to its brace."""
    first = item.body[0].span.start if item.body else item.span.end
    text: str = item.span.source.text[item.span.start : first]
    return text.rpartition("{")[0].strip() or text.strip()


def _offset(draw: DrawSummary, span: Span) -> int:
    """Where a draw's text starts."""
    source = span.source
    if draw.file != source.name:
        return -draw.line * 10_000 - draw.column
    return source.line_starts[draw.line - 1] + draw.column - 1


def _shown(draw: DrawSummary, letter: str, weights: Mapping[str, float]) -> Shown:
    if draw.kind == "continuous":
        scale = ", by the logarithm" if draw.log else ""
        return Shown(letter, draw.text, (), f"{show(draw.low)} to {show(draw.high)}{scale}")
    if draw.kind == "subset":
        return Shown(letter, draw.text, (), f"some of {draw.banks} banks")
    names = [_option(option) for option in draw.options]
    listed = tuple((name, weights.get(name, 0.0) if weights else None)
                   for name in names[:MOST_OPTIONS])  # fmt: skip
    left = len(names) - len(listed)
    return Shown(letter, draw.text, listed, f"and {left:,} more" if left > 0 else "")


def _option(label: Any) -> str:
    shown: str = label if isinstance(label, str) else show(label)
    return clipped(shown, LONGEST_OPTION)
