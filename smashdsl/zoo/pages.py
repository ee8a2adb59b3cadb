"""The pages of the zoo, as Markdown with pictures: an index, and one page for each entry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from smashdsl.backends.web.markup import Html
from smashdsl.backends.web.thumbnail import picture_file
from smashdsl.zoo.entries import ARXIV, Entry
from smashdsl.zoo.figures import Figures
from smashdsl.zoo.numbers import amounts, grouped
from smashdsl.zoo.skyline import drawn

INDEX = "README.md"
SMALL = ".small.svg"
LARGEST = 200_000  # bytes of a picture
SEEDS = 5  # of these programs of a space the one with the smallest picture is shown
_INTRODUCTION = """\
# The zoo

Networks and spaces that come with smashdsl, in the folder `specs`. `smashdsl zoo` lists them,
`smashdsl zoo copy NAME` starts a file of your own. FLOPs are multiply-adds of convolutions and
linear layers. Of a space, parameters and FLOPs are the bounds over all its programs before
requirements; `?` where the analysis found none. `smashdsl zoo -o zoo.html` writes the list as one
page for a browser.

A thumbnail shows the blocks of a network side by side, banks as lanes and layers as columns: what
is read on the left of a column, what is written on its right, at the foot the kind of operation. Of
a network without blocks it shows the chains. Each sign below it is a convolution or a few, as high
as it reads channels (from 16 to 1,024), with a gap where the resolution changes. Of a space both
show the program that seed 0 draws.

These pages are made by `python -m smashdsl.zoo.generate specs docs/zoo`.
"""
_LEFT_OUT = """\
## What is not here

A topology that was published only in part is left out rather than completed by guesses.

- **Large-Scale Evolution of Image Classifiers** (arXiv:1703.01041): its networks are drawn, but the
  numbers of their layers' channels are not known to those who have rebuilt one.
- **CGP-CNN** (arXiv:1704.00764): its networks are given as drawings only; the released code
  searches anew and brings no network.
- **SMASHv1** (arXiv:1708.05344): the released code has no option of that name, and no description
  was found that is exact enough. The space of that code's default options is
  [smash_default](smash_default.md).

Names that end in `_like` say in their first lines what the language cannot express of the original:
a class token and a value for each position (ViT), inputs of a cell with two resolutions (DARTS).
"""


def pages(rows: Sequence[tuple[Entry, Figures]]) -> Iterator[tuple[str, str]]:
    """Names and contents of all files: the index, then an entry's page and pictures."""
    yield INDEX, index(rows)
    for entry, figures in rows:
        yield from entry_files(entry, figures).items()


def index(rows: Iterable[tuple[Entry, Figures]]) -> str:
    """The list of all entries, with links to their pages."""
    rows = list(rows)
    parts = [_INTRODUCTION]
    for kind, title in (("program", "Programs"), ("space", "Spaces")):
        lines = [f"## {title}", "", "| name | thumbnail | parameters | FLOPs | published | from |",
                 "|---|---|---|---|---|---|"]  # fmt: skip
        lines += [_row(*row) for row in rows if row[0].kind == kind]
        parts.append("\n".join(lines) + "\n")
    return "\n".join([*parts, _linked(_LEFT_OUT)])


def _row(entry: Entry, figures: Figures) -> str:
    bars = drawn(figures.skyline, "utf-8")
    cells = (
        f"[{entry.name}]({entry.name}.md)",
        f"![thumbnail]({entry.name}{SMALL})" + f"<br>`{bars}`" * bool(bars),
        amounts(figures.params),
        amounts(figures.flops),
        entry.published or "",
        _linked(entry.source),
    )
    return f"| {' | '.join(cells)} |"


def entry_files(entry: Entry, figures: Figures) -> Mapping[str, str]:
    """An entry's page, thumbnail, and picture where that is not too large, by file name."""
    caption, picture = _picture(entry)
    files = {
        f"{entry.name}.md": _page(entry, figures, caption, picture is not None),
        f"{entry.name}{SMALL}": picture_file(Html(figures.thumbnail)),
    }
    if picture is not None:
        files[f"{entry.name}.svg"] = picture
    return files


def _page(entry: Entry, figures: Figures, caption: str, pictured: bool) -> str:
    shape = "×".join(map(str, figures.input))
    facts = [
        ("kind", entry.kind),
        ("input", shape + (f", {figures.classes} classes" if figures.classes else "")),
        ("parameters", _exact(figures.params)),
        ("FLOPs", _exact(figures.flops)),
        *([("programs", grouped(figures.programs))] if entry.kind == "space" else []),
        *([("published", entry.published)] if entry.published else []),
        ("source", _linked(entry.source)),
    ]
    table = "\n".join(f"| {name} | {value} |" for name, value in facts)
    command = f"smashdsl render specs/{entry.name}.smash --view banks -o {entry.name}.svg"
    shown = (
        f"![{caption}]({entry.name}.svg)\n\n*{caption}: lanes are banks, columns are layers.*"
        if pictured
        else f"Its picture is too large for this page: `{command}`."
    )
    return (
        f"# {entry.name}\n\n{_linked(entry.about)}\n\n| | |\n|---|---|\n{table}\n\n{shown}\n\n"
        f"```smash\n{entry.text}```\n\n[All of the zoo]({INDEX})\n"
    )


def _picture(entry: Entry) -> tuple[str, str | None]:
    """What a picture shows, and the picture; None where it is too large."""
    from smashdsl.api import Space, loads

    network = loads(entry.text, filename=f"{entry.name}.smash")
    if isinstance(network, Space):
        drawn = [str(network.sample(seed).render("banks")) for seed in range(SEEDS)]
        seed = min(range(SEEDS), key=lambda i: len(drawn[i]))
        caption, picture = f"The program that seed {seed} draws", drawn[seed]
    else:
        caption, picture = "The network", str(network.render("banks"))
    return caption, picture if len(picture.encode()) <= LARGEST else None


def _linked(text: str) -> str:
    """A text in which names of arXiv papers lead there."""
    return ARXIV.sub(r"[arXiv:\1](https://arxiv.org/abs/\1)", text)


def _exact(bounds: tuple[int, int] | None) -> str:
    if bounds is None:
        return "?"
    low, high = bounds
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"
