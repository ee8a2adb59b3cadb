"""A program in a square inch: blocks side by side, banks as lanes, layers as columns."""

from __future__ import annotations

from smashdsl.backends.render.score import kind_of_chain
from smashdsl.backends.web.markup import Html, tag
from smashdsl.ir import Bank, Block, Chain, Layer, Program, flat

WIDTH, HEIGHT = 132, 40
FOOT = 4  # of the height, for the kinds of operation
MOST_COLUMNS, MOST_LANES = 44, 12  # neighbours share a place where there are more
_GAP = 5
THUMBNAIL_CSS = """\
.thumb { width: 132px; height: 40px; display: block; }
.lane { stroke: var(--rule, #a0a8b0); fill: none; stroke-width: 1; }
.reads, .writes { fill: none; stroke-linecap: round; }
.reads { stroke: var(--read, #3d8fc4); } .writes { stroke: var(--write, #d2694d); }
.foot { fill: none; stroke: var(--muted, #7d8893); stroke-width: 4; }
.k-conv { stroke: #4f97cd; } .k-linear { stroke: #3f9577; } .k-norm { stroke: #98b04f; }
.k-pool { stroke: #d9743a; } .k-attention { stroke: #a97cc0; } .k-activation { stroke: #c9a800; }
"""  # colours are the page's, where it has some


def thumbnail(program: Program) -> Html:
    """A small picture: what is read on the left of each layer's column, what is written on its
    right, and at the foot the kind of its operation. Of a network without blocks its chains are
    drawn, as if each stage were a layer of one bank."""
    blocks = list(program.blocks)
    shown = blocks or list(map(_as_block, filter(None, _chains(program))))
    columns = [max(len(block.layers), 1) for block in shown]
    room = WIDTH - _GAP * max(len(shown) - 1, 0)
    left, parts = 0.0, []
    for block, number in zip(shown, columns, strict=True):
        share = number / sum(columns)
        parts += _block(block, left, room * share, max(1, int(MOST_COLUMNS * share)))
        left += room * share + _GAP
    banks = sum(len(block.banks) for block in blocks)
    layers = sum(len(block.layers) for block in shown)
    said = f"blocks: {len(blocks)}, banks: {banks}, layers: {layers}"
    return tag("svg", parts, viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="thumb", role="img",
               aria_label=said)  # fmt: skip


def picture_file(drawn: Html) -> str:
    """A thumbnail as an SVG file that stands alone, in colours for light and for dark ground."""
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}"'
    style = tag("style", Html(THUMBNAIL_CSS))
    return drawn.replace("<svg", opening, 1).replace(">", f">{style}", 1) + "\n"


def _chains(program: Program) -> list[Chain]:
    between = [part.stages for part in program.body if not isinstance(part, Block)]
    return [program.stem, *between, program.head]


def _as_block(chain: Chain) -> Block:
    """A chain as a block of one bank, each of its stages a layer."""
    layers = tuple(Layer((0,), "cat", (stage,), (0,)) for stage in flat(chain))
    return Block((Bank("x", 1),), (0,), layers, (0,))


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
