"""From a folded program's plan to the boxes of the layer view.

Consecutive stages of one chain share a box. Slices are no boxes: a value is drawn as coming from
where it was computed. What one layer combines into several banks by the same rule is one box, and
a concatenation that continues an earlier one starts from it; both say the same as the plan with
fewer lines. In blocks where too many lines would run side by side, layers name the banks that they
read and write instead.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby

from smashdsl.backends.graph.layers import layer_of, section_of, step_label
from smashdsl.backends.labels import clipped, kind_of, shape_label
from smashdsl.backends.render.bank_names import enter_text, leave_text, read_text, write_text
from smashdsl.backends.render.model import Box, Drawing, Link, Row
from smashdsl.ir import Block, Layer
from smashdsl.ir.naming import layer_path
from smashdsl.plan import STRUCTURAL, Plan, Step

MOST_LINES = 8
LONGEST_LABEL = 60
JOINS = frozenset(STRUCTURAL) - {"input", "slice"}


def drawing(plan: Plan) -> Drawing:
    """The boxes and links of a plan."""
    drawn = _Boxes(plan, frozenset()).build()
    crossings = drawn.crossings()
    crowded = frozenset(
        box.section
        for box, (_, links) in zip(drawn.boxes, crossings, strict=True)
        if links > MOST_LINES and box.section.startswith("blocks.")
    )
    return _Boxes(plan, crowded).build() if crowded else drawn


class _Boxes:
    """`named` are the sections whose layers name their banks; `reading` is, in those, what the
    current layer reads."""

    def __init__(self, plan: Plan, named: frozenset[str]) -> None:
        self.plan = plan
        self.named = named
        self.steps = plan.steps
        self.uses = Counter(i for step in plan.steps for i in step.inputs)
        self.boxes: list[Box] = []
        self.box_of: dict[int, Box] = {}
        self.links: dict[Link, None] = {}
        self.joins: dict[tuple[str, str, int], Box] = {}
        self.cats: dict[tuple[int, ...], Box] = {}
        self.titled: set[tuple[str, tuple[str, ...]]] = set()
        self.reading: Box | None = None

    def build(self) -> Drawing:
        for section, steps in groupby(self.steps, key=lambda step: section_of(step.path)):
            if section in self.named:
                self.block(section, list(steps))
            else:
                for step in steps:
                    self.step(step)
        last = self.steps[self.plan.output]
        row = Row("input", shape_label(last.shape), "")
        self.link(last.index, self.add(Box("output", "end", "output", "", "output", [row])))
        return Drawing(tuple(self.boxes), tuple(self.links))

    def step(self, step: Step) -> None:
        if step.op == "input":
            row = Row("input", shape_label(step.shape), "")
            self.start(step, "end", row).title = "input"
        elif step.op in JOINS:
            self.join(step)
        elif step.op != "slice":
            self.stage(step)

    def add(self, box: Box) -> Box:
        self.boxes.append(box)
        return box

    def start(self, step: Step, shape: str, row: Row) -> Box:
        box = Box(f"n{step.index}", shape, section_of(step.path), layer_of(step.path), rows=[row])
        self.box_of[step.index] = box
        return self.add(box)

    def origin(self, value: int) -> int:
        """The step that computed what a value is a slice of."""
        while self.steps[value].op == "slice":
            value = self.steps[value].inputs[0]
        return value

    def link(self, value: int, target: Box) -> None:
        value = self.origin(value)
        source = self.box_of.get(value)
        if self.reading is not None and not _computed(self.steps[value], target.layer):
            source = self.reading
        assert source is not None
        self.links[Link(source.name, target.name)] = None

    # Stages -------------------------------------------------------------------------------

    def stage(self, step: Step) -> None:
        entering = self.steps[step.inputs[0]]
        label = clipped(step_label(step, len(entering.shape) - 1), LONGEST_LABEL)
        row = Row(kind_of(step.op), label, shape_label(step.shape))
        box = self.box_of.get(entering.index)
        if box is not None and self.continues(step, entering, box):
            box.rows.append(row)
            self.box_of[step.index] = box
        else:
            box = self.start(step, "chain", row)
            box.title = self.title(step)
            self.link(entering.index, box)

    def continues(self, step: Step, entering: Step, box: Box) -> bool:
        """Whether a stage belongs into the box of the stage before it."""
        return (
            box.shape == "chain"
            and self.uses[entering.index] == 1
            and _parent(step.path) == _parent(entering.path)
            and step.group == entering.group
        )

    def title(self, step: Step) -> str:
        """The user-defined operation around a stage, on the first box of each of its calls."""
        call = (layer_of(step.path) or section_of(step.path), step.group)
        if not step.group or call in self.titled:
            return ""
        self.titled.add(call)
        return " · ".join(step.group)

    # Joins --------------------------------------------------------------------------------

    def join(self, step: Step) -> None:
        key = (step.path, step.op, self.origin(step.inputs[-1]))
        if step.op == "cat":
            self.concatenate(step)
        elif key in self.joins and step.path == layer_of(step.path):
            box = self.joins[key]
            box.joined += 1
            self.box_of[step.index] = box
            for value in step.inputs[:-1]:
                self.link(value, box)
        else:
            box = self.joins[key] = self.start(step, "join", join_row(step))
            for value in step.inputs:
                self.link(value, box)

    def concatenate(self, step: Step) -> None:
        inputs = step.inputs
        if inputs in self.cats:
            self.box_of[step.index] = self.cats[inputs]
            return
        box = self.start(step, "join", join_row(step))
        start = next((k for k in range(len(inputs) - 1, 1, -1) if inputs[:k] in self.cats), 0)
        if start:
            self.links[Link(self.cats[inputs[:start]].name, box.name)] = None
        for value in inputs[start:]:
            self.link(value, box)
        self.cats[inputs] = box

    # Blocks whose layers name their banks -------------------------------------------------

    def block(self, section: str, steps: Sequence[Step]) -> None:
        number = int(section.split(".")[1])
        block = self.plan.program.blocks[number]
        inside = {step.index for step in steps}
        entering = next(i for step in steps for i in step.inputs if i not in inside)
        held = set(block.enter)
        previous = self.banks(f"{section}.enter", section, "", enter_text(block), "")
        self.link(entering, previous)
        by_layer = {layer: list(own) for layer, own in groupby(steps, lambda s: layer_of(s.path))}
        for index, layer in enumerate(block.layers):
            path = layer_path(number, index)
            shape = (_channels(block, layer), *self.steps[entering].shape[1:])
            read = self.banks(
                f"{path}.reads", section, path, read_text(block, layer), shape_label(shape)
            )
            self.links[Link(previous.name, read.name, order=True)] = None
            last = self.layer(
                read, [step for step in by_layer.get(path, ()) if _computed(step, path)]
            )
            text = write_text(block, layer.writes, held, layer.rule)
            held.update(layer.writes)
            previous = self.banks(f"{path}.writes", section, path, text, "")
            self.links[Link(last.name, previous.name)] = None
        leaving = self.banks(f"{section}.leave", section, "", leave_text(block), "")
        self.links[Link(previous.name, leaving.name, order=True)] = None
        self.box_of.update(dict.fromkeys(inside, leaving))

    def banks(self, name: str, section: str, layer: str, text: str, shape: str) -> Box:
        return self.add(Box(name, "banks", section, layer, rows=[Row("combine", text, shape)]))

    def layer(self, read: Box, steps: Iterable[Step]) -> Box:
        """Draw what a layer computes from what it reads; the box that gives its output."""
        self.reading, last = read, read
        for step in steps:
            self.step(step)
            last = self.box_of.get(step.index, last)
        self.reading = None
        return last


def join_row(step: Step) -> Row:
    return Row("combine", step.op, shape_label(step.shape))


def _computed(step: Step, layer: str) -> bool:
    """Whether a step is one of a layer's stages, and not part of its reading or writing."""
    return step.path.startswith(f"{layer}.") and step.path != f"{layer}.read"


def _channels(block: Block, layer: Layer) -> int:
    sizes = [block.banks[i].size for i in layer.reads]
    return sum(sizes) if layer.reduce == "cat" else sizes[0]


def _parent(path: str) -> str:
    return path.rpartition(".")[0]
