"""A program in a square inch: blocks side by side, banks as lanes, layers as columns."""

from __future__ import annotations

from smashdsl.backends.render.score import kind_of_chain
from smashdsl.ir import Block, Program
from smashdsl.report.markup import Html, tag

WIDTH, HEIGHT = 132, 40
FOOT = 4  # of the height, for the kinds of operation
MOST_COLUMNS, MOST_LANES = 44, 12  # neighbours share a place where there are more
_GAP = 5


def thumbnail(program: Program) -> Html:
    """A small picture: what is read on the left of each layer's column, what is written on its
    right, and at the foot the kind of its operation."""
    blocks = [part for part in program.body if isinstance(part, Block)]
    columns = [max(len(block.layers), 1) for block in blocks]
    room = WIDTH - _GAP * max(len(blocks) - 1, 0)
    left, parts = 0.0, []
    for block, number in zip(blocks, columns, strict=True):
        share = number / sum(columns)
        parts += _block(block, left, room * share, max(1, int(MOST_COLUMNS * share)))
        left += room * share + _GAP
    banks = sum(len(block.banks) for block in blocks)
    layers = sum(len(block.layers) for block in blocks)
    said = f"blocks: {len(blocks)}, banks: {banks}, layers: {layers}"
    return tag("svg", parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="thumb", role="img",
               aria_label=said)  # fmt: skip


def _block(block: Block, left: float, width: float, most: int) -> list[Html]:
    used = {i for layer in block.layers for i in (*layer.reads, *layer.writes)}
    order = {bank: place for place, bank in enumerate(sorted(used))}
    columns = min(max(len(block.layers), 1), most)
    lanes = min(max(len(order), 1), MOST_LANES)
    across, down = width / columns, (HEIGHT - FOOT - 2) / lanes
    reads: dict[str, None] = {}
    writes: dict[str, None] = {}
    kinds: dict[str, list[str]] = {}
    for number, layer in enumerate(block.layers):
        x = left + across * (number * columns // len(block.layers))
        for banks, marks, at in ((layer.reads, reads, 0.28), (layer.writes, writes, 0.72)):
            heights = {down * (order[bank] * lanes // len(order) + 0.5) for bank in banks}
            marks.update((f"M{x + across * at:.1f} {y:.1f}h0", None) for y in sorted(heights))
        foot = f"M{x + 0.5:.1f} {HEIGHT - FOOT / 2:.1f}h{max(across - 1, 0.5):.1f}"
        kinds.setdefault(kind_of_chain(layer.stages), []).append(foot)
    lines = "".join(f"M{left:.1f} {down * (i + 0.5):.1f}h{width:.1f}" for i in range(lanes))
    size = round(max(1.2, min(across * 0.42, down * 0.75, 6.0)), 1)
    return [
        tag("path", d=lines, class_="lane"),
        *(tag("path", d="".join(dict.fromkeys(feet)), class_=f"foot k-{kind}")
          for kind, feet in kinds.items()),
        tag("path", d="".join(reads), class_="reads", stroke_width=size),
        tag("path", d="".join(writes), class_="writes", stroke_width=size),
    ]  # fmt: skip
