"""The entry points: a program as a picture or as plain text, an encoding as a heat map."""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.backends.labels import printable
from smashdsl.backends.render.banks import banks_page
from smashdsl.backends.render.engine import ENGINES, draw, lay_out
from smashdsl.backends.render.fold import Folded, fold
from smashdsl.backends.render.heat import heat_page, heat_text, rectangles
from smashdsl.backends.render.layers import LayerPicture, layers_page
from smashdsl.backends.render.limits import check_boxes, check_marks, check_rectangles
from smashdsl.backends.render.page import Page
from smashdsl.backends.render.score import score
from smashdsl.backends.render.svg import tidy
from smashdsl.backends.render.text import banks_text, facts, layers_text, to_ascii
from smashdsl.ir import Program
from smashdsl.plan import build_plan

VIEWS = ("layers", "banks")
FORMATS = ("svg", "png", "pdf", "dot", "text")
FEWEST_LAYERS = 5


def render(program: Program, *, view: str = "layers", format: str = "svg", expand: bool = False,
           engine: str = "bundled", ascii: bool = False) -> bytes | str:  # fmt: skip
    """Draw a program.

    Args:
        program: the network.
        view: `layers`, the stages and the values between them, or `banks`, a score of who reads and
            writes which bank in which order.
        format: `svg`, `dot` and `text` give a `str`, `png` and `pdf` give `bytes`. The same program
            gives the same result each time on one machine.
        expand: draw repeated parts as often as they stand there, instead of once with `× N`.
        engine: `bundled`, the engine in the `pygraphviz` package, or `system`, the `dot` command.
        ascii: keep `text` to ASCII.

    Raises:
        SmashError: the picture would be too large (E830), or the engine is missing, fails or takes
            too long (E960, E961, E962).
        ValueError: there is no such view, format or engine.
    """
    _one_of("view", view, VIEWS)
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    if format == "text":
        return _plain(_text(program, view, expand), ascii)
    if view == "banks":
        return _drawn(_banks(program, expand), f"{program.name}: banks", format, engine)
    picture = _layers(program, expand)
    if format == "dot":
        return picture.whole()
    check_boxes(len(picture.drawing.boxes), len(picture.drawing.links))
    page = layers_page(picture, lambda texts: lay_out(texts, engine=engine))
    return _drawn(page, f"{program.name}: layers", format, engine)


def svg(program: Program, view: str = "layers") -> str:
    """A program as SVG, as notebooks show it."""
    drawn = render(program, view=view)
    assert isinstance(drawn, str)
    return drawn


def render_encoding(names: Sequence[str], rows: Sequence[Sequence[float]], columns: Sequence[str],
                    *, format: str = "svg", title: str = "encoding", engine: str = "bundled",
                    ascii: bool = False) -> bytes | str:  # fmt: skip
    """Draw an encoding as a heat map: channels down, slices across.

    Args:
        names: the C channels' names.
        rows: for each channel its W values, -1 to 1 (the greatest over the tensor's rows).
        columns: what each of the W slices belongs to; neighbours with equal labels share a number.
        format, engine, ascii: as in `render`.
        title: what stands above.

    Raises:
        SmashError: as in `render`.
        ValueError: the sizes do not fit together, or there is no such format or engine.
    """
    _one_of("format", format, FORMATS)
    _one_of("engine", engine, ENGINES)
    if len(names) != len(rows) or any(len(row) != len(columns) for row in rows):
        raise ValueError(f"{len(names)} names and {len(columns)} columns do not fit the rows")
    if format == "text":
        return _plain(heat_text(names, rows, columns, title), ascii)
    check_rectangles(rectangles(rows))
    return _drawn(heat_page(names, rows, columns, title), title, format, engine)


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


def _banks(program: Program, expand: bool) -> Page:
    written = score(_folded(program, "banks", expand))
    check_marks(written.marks)
    return banks_page(written, program.name, facts(build_plan(program).costs))


def _layers(program: Program, expand: bool) -> LayerPicture:
    folded = _folded(program, "layers", expand)
    return LayerPicture(folded, build_plan(program).costs, expand=expand)


def _drawn(page: Page, title: str, format: str, engine: str) -> bytes | str:
    if format == "dot":
        return page.dot
    drawn = draw(page, format, engine=engine)
    return tidy(drawn.decode(), title) if format == "svg" else drawn


def _plain(text: str, ascii: bool) -> str:
    """Text without control characters, and without any but ASCII if that is asked for."""
    return printable(to_ascii(text) if ascii else text)


def _one_of(what: str, given: str, known: Sequence[str]) -> None:
    if given not in known:
        raise ValueError(f"{what} must be one of {', '.join(known)}, not {given!r}")
