"""The zoo as one page of HTML that loads nothing: a card for each entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smashdsl.backends.web.document import document
from smashdsl.backends.web.markup import Content, Html, paragraph, section, tag
from smashdsl.backends.web.thumbnail import THUMBNAIL_CSS
from smashdsl.version import __version__
from smashdsl.zoo.entries import ARXIV, Entry
from smashdsl.zoo.figures import Figures
from smashdsl.zoo.numbers import amounts, grouped

Row = tuple[Entry, Figures]

_ABOUT = """\
Pictures show the blocks of a network side by side, banks as lanes and layers as columns: what is
read on the left of a column, what is written on its right, at the foot the kind of operation. Of a
network without blocks they show the chains, of a space the program that seed 0 draws. FLOPs are
multiply-adds of convolutions and linear layers. Of a space, parameters and FLOPs are the bounds
over all its programs before requirements; ? where the analysis found none."""
_CSS = """\
.cards { display: grid; gap: 1rem; padding: 0; margin: 1rem 0; list-style: none;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.cards li { display: flex; flex-direction: column; padding: 0.8rem 1rem; min-width: 0;
  border: 1px solid var(--rule); border-radius: 6px; }
.cards h3 { margin: 0 0 0.5rem; }
.cards .thumb { width: 100%; height: auto; }
.facts { display: grid; grid-template-columns: auto 1fr; gap: 0.1rem 0.8rem; margin: 0.5rem 0; }
.facts dt, .source, footer { color: var(--muted); }
.facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.source { font-size: 0.9rem; margin-top: auto; }
.copy { padding: 0.4rem 0.6rem; background: var(--panel); border-radius: 4px; user-select: all; }
"""


def gallery(rows: Sequence[Row]) -> str:
    """All entries with thumbnails, costs, sources, and the commands that copy them; the same rows
    give the same page."""
    kinds = (("program", "Programs"), ("space", "Spaces"))
    parts = [section(kind, title, _cards(rows, kind)) for kind, title in kinds]
    head = tag("header", tag("h1", "The zoo of smashdsl"), paragraph(_ABOUT))
    foot = tag("footer", paragraph(f"Written by smashdsl {__version__}."))
    style = f"{THUMBNAIL_CSS}{_CSS}"
    return document("The zoo of smashdsl", head, tag("main", parts), foot, style=style)


def _cards(rows: Sequence[Row], kind: str) -> Html:
    return tag("ul", [_card(*row) for row in rows if row[0].kind == kind], class_="cards")


def _card(entry: Entry, figures: Figures) -> Html:
    facts = [[tag("dt", name), tag("dd", value)] for name, value in _facts(entry, figures)]
    return tag(
        "li", tag("h3", entry.name), Html(figures.thumbnail), paragraph(entry.title),
        tag("dl", facts, class_="facts"), paragraph(_linked(entry.source), class_="source"),
        tag("code", f"smashdsl zoo copy {entry.name}", class_="copy"), id=entry.name,
    )  # fmt: skip


def _facts(entry: Entry, figures: Figures) -> Iterator[tuple[str, str]]:
    yield "parameters", amounts(figures.params)
    yield "FLOPs", amounts(figures.flops)
    yield "input", "×".join(map(str, figures.input))
    if entry.kind == "space":
        yield "programs", grouped(figures.programs)
    if entry.published:
        yield "published", entry.published


def _linked(source: str) -> Iterator[Content]:
    """A source in which names of arXiv papers lead there."""
    end = 0
    for found in ARXIV.finditer(source):
        yield source[end : found.start()]
        yield tag("a", found[0], href=f"https://arxiv.org/abs/{found[1]}")
        end = found.end()
    yield source[end:]
