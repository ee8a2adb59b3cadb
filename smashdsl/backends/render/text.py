"""Networks in plain text, for terminals: a list of layers, or a score of banks.

`to_ascii` turns either into characters that every terminal has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smashdsl.backends.labels import amount, chain_label, clipped, opened_label, shape_label
from smashdsl.backends.render.bank_names import enter_text, leave_text, read_text, write_text
from smashdsl.backends.render.fold import Folded, part_shape
from smashdsl.backends.render.lanes import filled_spans, systems
from smashdsl.backends.render.places import Places
from smashdsl.backends.render.score import Mark, Panel, Score, Strip, named_chain
from smashdsl.backends.render.wrapping import wrap_stages
from smashdsl.backends.shapes import Shape, chain_shape
from smashdsl.ir import Block, Chain
from smashdsl.plan import Costs

WIDTH = 100
LONGEST_BANK = 24
_CELL = 4
_SIGNS = {"": "●", "first": "▶", "add": "⊕", "replace": "■", "mul": "⊗", "max": "∨", "mean": "μ"}
_MEANINGS = {"": "reads", "first": "first write", "add": "adds", "replace": "replaces",
             "mul": "multiplies", "max": "takes the maximum", "mean": "takes the mean"}  # fmt: skip
_ASCII = str.maketrans({
    "●": "o", "▶": ">", "⊕": "+", "■": "=", "⊗": "*", "∨": "^", "μ": "~", "─": "-", "┼": "+",
    "│": "|", "·": ".", "×": "x", "→": "->", "–": "-", "…": "...", "█": "#",
})  # fmt: skip


def to_ascii(text: str) -> str:
    """The same drawing in ASCII; other characters become `?`."""
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def layers_text(folded: Folded, facts: str) -> str:
    """Every layer of a folded program on a line, under its section's title."""
    program, places = folded.program, Places(folded)
    lines = [f"{program.name}: {facts}", "", f"input {shape_label(program.input)}"]
    shape = program.input
    shape = _section(lines, places, "stem", program.stem, shape)
    blocks = transitions = 0
    for part in program.body:
        if isinstance(part, Block):
            lines += ["", _title(places, f"blocks.{blocks}", shape, part_shape(part, shape))]
            lines += _layers(part, places, f"blocks.{blocks}", len(shape) - 1)
            shape = part_shape(part, shape)
            blocks += 1
        else:
            shape = _section(lines, places, f"transitions.{transitions}", part.stages, shape)
            transitions += 1
    shape = _section(lines, places, "head", program.head, shape)
    return "\n".join([*lines, "", f"output {shape_label(shape)}"]) + "\n"


def _section(lines: list[str], places: Places, path: str, chain: Chain, shape: Shape) -> Shape:
    if path in ("stem", "head") and not chain:
        return shape
    leaving = chain_shape(chain, shape)
    lines += ["", _title(places, path, shape, leaving)]
    lines += _wrapped(named_chain(chain, len(shape) - 1), "  ")
    return leaving


def _title(places: Places, path: str, entering: Shape, leaving: Shape) -> str:
    return _heading(places.title(path), places.times(path), places.together(path),
                    f"{shape_label(entering)} → {shape_label(leaving)}")  # fmt: skip


def _heading(title: str, times: int, together: int, shapes: str) -> str:
    repeated = f"  × {times}" if times > 1 else ""
    with_others = f"  (with its neighbours × {together})" if together > 1 else ""
    return f"{title}{repeated}{with_others}   {shapes}"


def _layers(block: Block, places: Places, path: str, rank: int) -> list[str]:
    held = set(block.enter)
    lines = _wrapped(enter_text(block), "  ")
    for index, layer in enumerate(block.layers):
        name = f"{path}.layers.{index}"
        writes = write_text(block, layer.writes, held, layer.rule)
        held.update(layer.writes)
        stages = opened_label(layer.stages, rank)
        called = chain_label(layer.stages, rank)
        computes = stages if called == stages else f"{called} ({stages})"
        run = places.layer_run(name)
        times = f"  × {run.times}" if run and run.times > 1 else ""
        text = f"{read_text(block, layer)} → {computes} → {writes}{times}"
        lines += _wrapped(text, f"  {places.layer_number(name):<5} ")
    return [*lines, *_wrapped(leave_text(block), "  ")]


def _wrapped(text: str, start: str) -> list[str]:
    return wrap_stages(text, WIDTH, start, " " * (len(start) + 2))


def facts(costs: Costs) -> str:
    """A network's size in one line."""
    sizes = f"{amount(costs.params)} parameters · {amount(costs.flops)} multiply-adds"
    return f"{sizes} · depth {costs.depth}"


# Banks ----------------------------------------------------------------------------------------


def banks_text(score: Score, name: str, facts: str) -> str:
    """A score with a line for each bank and a column for each layer."""
    lines = [f"{name}: {facts}", *_legend(score)]
    for part in score.parts:
        if isinstance(part, Panel):
            lines += ["", *_panel(part)]
        elif part.kind == "input":
            lines += ["", f"{part.title} {part.text}"]
        else:
            lines += ["", *_strip(part)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _legend(score: Score) -> list[str]:
    used = {mark.sign for panel in score.panels for c in panel.columns for mark in c.writes}
    if any(column.reads for panel in score.panels for column in panel.columns):
        used.add("")
    signs = [f"{_SIGNS[sign]} {meaning}" for sign, meaning in _MEANINGS.items() if sign in used]
    reduces = {c.reduce: None for panel in score.panels for c in panel.columns if c.reduce}
    signs += [f"{reduce[:3]} {reduce} of what is read" for reduce in reduces]
    return ["   ".join(signs)] if signs else []


def _strip(strip: Strip) -> Iterable[str]:
    yield _heading(strip.title, strip.times, strip.together, strip.shapes)
    yield from _wrapped(strip.text, "  ")


def _panel(panel: Panel) -> Iterable[str]:
    yield _heading(panel.title, panel.times, panel.together, panel.shapes)
    labels = _labels(panel)
    left = len(labels[0]) if labels else 2
    per_system = max((WIDTH - left - 4) // _CELL, 1)
    spans = filled_spans(panel)
    for number, columns in enumerate(systems(panel, per_system)):
        if number:
            yield ""
        yield from _heads(panel, columns, " " * (left + 1))
        for lane, label in enumerate(labels):
            entered = number == 0 and any(mark.lane == lane for mark in panel.enter)
            yield f"{label}{'▶' if entered else ' '}{_lane(panel, lane, columns, spans[lane])}"
    for key in panel.keys:
        yield from _wrapped(f"{key.name}: {key.stages}" if key.name else key.stages,
                            f"  {key.letter:<3} ")  # fmt: skip


def _labels(panel: Panel) -> list[str]:
    """Banks' names and sizes, all of one length."""
    names = [clipped(bank.name, LONGEST_BANK) for bank in panel.lanes]
    sizes = [str(bank.size) for bank in panel.lanes]
    wide, digits = max(map(len, names), default=0), max(map(len, sizes), default=0)
    return [f"  {n:<{wide}} {s:>{digits}} " for n, s in zip(names, sizes, strict=True)]


def _heads(panel: Panel, columns: range, left: str) -> Iterable[str]:
    runs = {run.start + run.length - 1: run for run in panel.runs if run.times > 1}
    heads = [panel.columns[i] for i in columns]
    if any(i in runs for i in columns):
        yield left + "".join(
            (f"×{runs[i].times}" if i in runs else "").ljust(_CELL) for i in columns
        )
    yield left + "".join(_fitted(column.number) for column in heads)
    yield left + "".join(_fitted(column.letter) for column in heads)
    if any(column.reduce for column in heads):
        yield left + "".join(_fitted(column.reduce) for column in heads)


def _fitted(text: str) -> str:
    return text[: _CELL - 1].ljust(_CELL)


def _lane(panel: Panel, lane: int, columns: Sequence[int], span: tuple[int, int]) -> str:
    first, last = span
    line = ""
    for index in columns:
        column = panel.columns[index]
        before, after = first < index <= last, first <= index < last
        written = any(mark.lane == lane for mark in column.writes)
        line += _crossing(column.reads, lane, before)
        line += _wire(before and (written or after))
        line += _crossing(column.writes, lane, before and after)
        line += _wire(after)
    ends = len(columns) and columns[-1] == len(panel.columns) - 1
    return line + ("▶" if ends and any(mark.lane == lane for mark in panel.leave) else "")


def _crossing(marks: Sequence[Mark], lane: int, full: bool) -> str:
    """What stands where a layer's line meets a lane: its sign, the line passing by, or the lane."""
    sign = next((_SIGNS[mark.sign] for mark in marks if mark.lane == lane), "")
    if sign:
        return sign
    if any(mark.lane > lane for mark in marks):
        return "┼" if full else "│"
    return _wire(full)


def _wire(full: bool) -> str:
    return "─" if full else " "
