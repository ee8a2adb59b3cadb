"""Where the parts of a folded program stood in the whole one, in words.

Takes paths of the folded program's plan; gives section titles, layer numbers and the frames around
a box, numbered as in the program that was folded.
"""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.backends.render.fold import Folded, Run
from smashdsl.ir import Block


@dataclass(frozen=True)
class Frame:
    """A frame around boxes: a section, or a repeated part. Equal names are one frame."""

    name: str
    title: str
    repeat: bool


@dataclass(frozen=True)
class _Section:
    title: str
    index: int
    run: Run | None


class Places:
    """Titles and frames of a folded program's sections."""

    def __init__(self, folded: Folded) -> None:
        self.folded = folded
        self.sections = _sections(folded)

    def title(self, section: str) -> str:
        return self.sections[section].title if section in self.sections else section

    def times(self, section: str) -> int:
        """How often a section that is repeated alone stands in the whole program."""
        place = self.sections.get(section)
        return place.run.times if place and place.run and place.run.length == 1 else 1

    def together(self, section: str) -> int:
        """How often a section is repeated together with its neighbours."""
        place = self.sections.get(section)
        return place.run.times if place and place.run and place.run.length > 1 else 1

    def layer_run(self, layer: str) -> Run | None:
        """The run of layers that a layer's path lies in."""
        if not layer:
            return None
        _, block, _, number = layer.split(".")
        index = self.sections[f"blocks.{block}"].index
        runs = self.folded.layers[index]
        return next(r for r in runs if r.start <= int(number) < r.start + r.length)

    def layer_number(self, layer: str) -> str:
        """A layer's number from 1 in its block, or the numbers that it stands for."""
        run = self.layer_run(layer)
        if run is None:
            return ""
        first = run.origin + int(layer.rpartition(".")[2]) - run.start + 1
        if run.times == 1:
            return str(first)
        if run.length == 1:
            return f"{first}–{first + run.times - 1}"
        return f"{first}, {first + run.length}, …"

    def frames(self, section: str, layer: str, column: int) -> list[Frame]:
        """The frames around a box, outermost first; a section goes on in the next column."""
        found: list[Frame] = []
        place = self.sections.get(section)
        if place is None:
            return found
        if place.run is not None and place.run.times > 1 and place.run.length > 1:
            found.append(Frame(f"run {place.run.start}", f"× {place.run.times}", True))
        times = self.times(section)
        title = f"{place.title}  × {times}" if times > 1 else place.title
        found.append(Frame(f"{section} {column}", title, False))
        run = self.layer_run(layer)
        if run is not None and run.times > 1:
            found.append(Frame(f"{section} layers {run.start}", f"× {run.times}", True))
        return found

    def unit(self, section: str, layer: str) -> str:
        """A text for each repeated part, so that none is torn apart; else the empty text."""
        place = self.sections.get(section)
        if place is not None and place.run is not None and place.run.times > 1:
            return f"run {place.run.start}"
        run = self.layer_run(layer)
        return f"{section} layers {run.start}" if run is not None and run.times > 1 else ""


def _sections(folded: Folded) -> dict[str, _Section]:
    program = folded.program
    sections: dict[str, _Section] = {}
    sections["stem"] = _Section("stem", -1, None)
    kept_blocks = kept_transitions = 0
    numbers = _numbers(folded)
    for index, part in enumerate(program.body):
        run = next(r for r in folded.body if r.start <= index < r.start + r.length)
        if isinstance(part, Block):
            path, word = f"blocks.{kept_blocks}", "block"
            kept_blocks += 1
        else:
            path, word = f"transitions.{kept_transitions}", "transition"
            kept_transitions += 1
        plural = "s" if run.times > 1 else ""
        sections[path] = _Section(f"{word}{plural} {numbers[index]}", index, run)
    sections["head"] = _Section("head", -1, None)
    return sections


def _numbers(folded: Folded) -> list[str]:
    """The numbers from 1, among parts of its sort, that each folded part stands for."""
    numbers: list[str] = []
    count = {True: 0, False: 0}
    for run in folded.body:
        sorts = [
            isinstance(part, Block)
            for part in folded.program.body[run.start : run.start + run.length]
        ]
        seen = dict(count)
        for sort in sorts:
            seen[sort] += 1
            last = seen[sort] + (run.times - 1) * sorts.count(sort)
            first = seen[sort]
            numbers.append(str(first) if run.times == 1 else _span(first, last, sorts.count(sort)))
        for sort in sorts:
            count[sort] += run.times
    return numbers


def _span(first: int, last: int, step: int) -> str:
    return f"{first}–{last}" if step == 1 else f"{first}, {first + step}, … {last}"
