"""E83x, E96x: pictures."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry

ENTRIES = (
    Entry(
        "E830",
        "a picture too large to be drawn",
        "Nobody could read a picture of so many parts, and laying it out would take minutes.\n"
        "Repeated parts are drawn once unless `--expand` asks for all of them. Where that is not\n"
        "enough, `--view banks` draws a layer as one column, and `--format text` prints networks\n"
        "of any size; `--format dot` hands the graph to other programs.",
    ),
    Entry(
        "E831",
        "a picture that this format cannot hold",
        "Mermaid draws charts of things that are joined by lines; a heat map is none, and neither\n"
        "is an outline. SVG, PNG, PDF and TikZ hold every picture.",
    ),
    Entry(
        "E960",
        "no layout engine",
        "Pictures are laid out by the Graphviz library inside the `pygraphviz` package (version 2\n"
        "or later), or by the `dot` command if `--engine system` asks for it, and the one that is\n"
        "wanted is not there. `--format text` and `--format dot` need neither.",
    ),
    Entry(
        "E961",
        "the layout took too long",
        "The layout engine was stopped. Draw less: leave `--expand` out, or use `--view banks`,\n"
        "whose places are known without a layout. `--format text` is always quick.",
    ),
    Entry(
        "E962",
        "the layout engine failed",
        "The engine refused the graph or stopped by itself; the message has its last line. The\n"
        "graph itself can be had with `--format dot`. Small systems may lack GLib, which the\n"
        "engine inside `pygraphviz` needs (`apt install libglib2.0-0`). If it is an ordinary\n"
        "network, a report is welcome.",
    ),
)
