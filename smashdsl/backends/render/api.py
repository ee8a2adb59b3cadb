"""The entry points: a program as a picture or as plain text, an encoding as a heat map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from smashdsl.backends.compare import compare
from smashdsl.backends.labels import printable
from smashdsl.backends.render.banks import banks_page
from smashdsl.backends.render.diffs import diff_mermaid, diff_page, diff_text, diff_title
from smashdsl.backends.render.engine import ENGINES, draw, lay_out
from smashdsl.backends.render.fold import Folded, fold
from smashdsl.backends.render.heat import heat_page, heat_text, rectangles
from smashdsl.backends.render.layers import LayerPicture, layers_page
from smashdsl.backends.render.limits import check_boxes, check_marks, check_rectangles, no_chart
from smashdsl.backends.render.mermaid import banks_mermaid, layers_mermaid
from smashdsl.backends.render.outline import outline
from smashdsl.backends.render.page import Page
from smashdsl.backends.render.score import Score, score
from smashdsl.backends.render.spaces import space_mermaid, space_page, space_text
from smashdsl.backends.render.svg import tidy
from smashdsl.backends.render.text import banks_text, facts, layers_text, to_ascii
from smashdsl.backends.render.theme import THEMES, themed
from smashdsl.backends.render.tikz import tikz
from smashdsl.elaborate.run import Definition
from smashdsl.ir import Program
from smashdsl.plan import build_plan

VIEWS = ("layers", "banks")
FORMATS = ("svg", "png", "pdf", "dot", "text", "tikz", "mermaid")
FEWEST_LAYERS = 5


def render(program: Program, *, view: str = "layers", format: str = "svg", expand: bool = False,
           engine: str = "bundled", ascii: bool = False,
           theme: str = "light") -> bytes | str:  # fmt: skip
    """Draw a program.

    Args:
        program: the network.
        view: `layers`, the stages and the values between them, or `banks`, a score of who reads and
            writes which bank in which order.
        format: `svg`, `dot`, `text`, `tikz` and `mermaid` give a `str`, `png` and `pdf` give
            `bytes`. The same program gives the same result each time on one machine.
        expand: draw repeated parts as often as they stand there, instead of once with `× N`.
        engine: `bundled`, the engine in the `pygraphviz` package, or `system`, the `dot` command.
        ascii: keep `text` to ASCII.
        theme: `light` or `dark`.

    Raises:
        SmashError: the picture would be too large (E830), or the engine is missing, fails or takes
            too long (E960, E961, E962).
        ValueError: there is no such view, format, engine or theme.
    """
    _one_of("view", view, VIEWS)
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    _one_of("theme", theme, THEMES)
    title = f"{program.name}: {view}"
    if format == "text":
        return _plain(_text(program, view, expand), ascii)
    if view == "banks":
        written = score(_folded(program, "banks", expand))
        if format == "mermaid":
            return banks_mermaid(written, theme)
        return drawn(_banks(program, written), title, format, engine, theme)
    picture = _layers(program, expand)
    if format == "mermaid":
        return layers_mermaid(picture, theme)
    if format == "dot":
        return themed(picture.whole(), theme)
    check_boxes(len(picture.drawing.boxes), len(picture.drawing.links))
    page = layers_page(picture, lambda texts: lay_out(texts, engine=engine))
    return drawn(page, title, format, engine, theme)


def svg(program: Program, view: str = "layers") -> str:
    """A program as SVG, as notebooks show it."""
    drawn = render(program, view=view)
    assert isinstance(drawn, str)
    return drawn


def render_space(definition: Definition, *, format: str = "svg", engine: str = "bundled",
                 ascii: bool = False, theme: str = "light") -> bytes | str:  # fmt: skip
    """Draw a space: its statements, the draws in them with options and weights, and where these
    act. The arguments and errors are those of `render`."""
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    _one_of("theme", theme, THEMES)
    found = outline(definition)
    if format == "text":
        return _plain(space_text(found), ascii)
    if format == "mermaid":
        return space_mermaid(found, theme)
    return drawn(space_page(found), f"{found.name}: space", format, engine, theme)


def render_diff(before: Program, after: Program, *, format: str = "svg", engine: str = "bundled",
                ascii: bool = False, theme: str = "light") -> bytes | str:  # fmt: skip
    """Draw two programs laid over each other: what both have is grey. The arguments and errors are
    those of `render`."""
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    _one_of("theme", theme, THEMES)
    comparison = compare(build_plan(before), build_plan(after))
    if format == "text":
        return _plain(diff_text(comparison), ascii)
    if format == "mermaid":
        return diff_mermaid(comparison, theme)
    return drawn(diff_page(comparison), diff_title(comparison), format, engine, theme)


def render_encoding(names: Sequence[str], rows: Sequence[Sequence[float]], columns: Sequence[str],
                    *, format: str = "svg", title: str = "encoding", engine: str = "bundled",
                    ascii: bool = False, theme: str = "light") -> bytes | str:  # fmt: skip
    """Draw an encoding as a heat map: channels down, slices across.

    Args:
        names: the C channels' names.
        rows: for each channel its W values, -1 to 1 (the greatest over the tensor's rows).
        columns: what each of the W slices belongs to; neighbours with equal labels share a number.
        format, engine, ascii, theme: as in `render`; a heat map cannot be written as Mermaid.
        title: what stands above.

    Raises:
        SmashError: as in `render`; E831, it cannot be written in this format.
        ValueError: the sizes do not fit together, or there is no such format, engine or theme.
    """
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    _one_of("theme", theme, THEMES)
    if format == "mermaid":
        raise no_chart("a heat map")
    if len(names) != len(rows) or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"{len(names)} names and {len(columns)} columns do not fit the rows")
    if format == "text":
        return _plain(heat_text(names, rows, columns, title), ascii)
    check_rectangles(rectangles(rows))
    return drawn(heat_page(names, rows, columns, title), title, format, engine, theme)


def _folded(program: Program, view: str, expand: bool) -> Folded:
    at_least = FEWEST_LAYERS if view == "banks" else 2
    return fold(program, expand=expand, layers_at_least=at_least)


def _text(program: Program, view: str, expand: bool) -> str:
    costs = facts(build_plan(program).costs)
    folded = _folded(program, view, expand)
    return (
        banks_text(score(folded), program.name, costs)
        if view == "banks"
        else layers_text(folded, costs)
    )


def _banks(program: Program, written: Score) -> Page:
    check_marks(written.marks)
    return banks_page(written, program.name, facts(build_plan(program).costs))


def _layers(program: Program, expand: bool) -> LayerPicture:
    folded = _folded(program, "layers", expand)
    return LayerPicture(folded, build_plan(program).costs, expand=expand)


def drawn(page: Page, title: str, format: str, engine: str, theme: str) -> bytes | str:
    """A page in a format and a theme; raises as `render`."""
    page = replace(page, dot=themed(page.dot, theme))
    if format == "dot":
        return page.dot
    found = draw(page, "svg" if format == "tikz" else format, engine=engine)
    if format == "tikz":
        return tikz(found.decode(), title)
    return tidy(found.decode(), title, page.tips) if format == "svg" else found


def _plain(text: str, ascii: bool) -> str:
    """Text without control characters, and without any but ASCII if that is asked for."""
    return printable(to_ascii(text) if ascii else text)


def _one_of(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(f"{what} must be one of {', '.join(known)}, not {given!r}")
