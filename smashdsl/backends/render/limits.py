"""How large a picture may be. Beyond these nobody could read it, and drawing takes minutes."""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError

MOST_BOXES = 3_000
MOST_LINKS = 9_000
MOST_MARKS = 20_000
MOST_RECTANGLES = 60_000
MOST_EDGES = 500  # that Mermaid draws unless its page is told otherwise


def check_boxes(boxes: int, links: int) -> None:
    """Raise E830 if a drawing of layers is too large to be laid out."""
    if boxes > MOST_BOXES or links > MOST_LINKS:
        raise _too_large(
            f"{boxes:,} boxes and {links:,} links",
            f"{MOST_BOXES:,} boxes and {MOST_LINKS:,} links",
            "draw the banks instead: `--view banks`",
            "leave `--expand` out, so that repeated parts are drawn once",
        )


def check_marks(marks: int) -> None:
    """Raise E830 if a score of banks is too large to be drawn."""
    folded = "leave `--expand` out, so that repeated layers are drawn once"
    _check(marks, MOST_MARKS, "reads and writes", folded)


def check_rectangles(rectangles: int) -> None:
    """Raise E830 if a heat map is too large to be drawn."""
    _check(rectangles, MOST_RECTANGLES, "rectangles")


def check_edges(edges: int) -> None:
    """Raise E830 if Mermaid would not draw a chart with so many links."""
    other = "draw another view or format: `--format svg`"
    _check(edges, MOST_EDGES, "links", other, whose=" of Mermaid")


def no_chart(what: str) -> SmashError:
    """E831: something that is no graph, as Mermaid."""
    return SmashError(
        Diagnostic("E831", f"Mermaid cannot draw {what}", helps=("write SVG, PDF or TikZ",))
    )


def _check(count: int, most: int, what: str, *helps: str, whose: str = "") -> None:
    if count > most:
        raise _too_large(f"{count:,} {what}", f"{most:,}{whose}", *helps)


def _too_large(size: str, most: str, *helps: str) -> SmashError:
    return SmashError(
        Diagnostic(
            "E830", f"the picture would have {size}, more than the {most} that can be drawn",
            helps=(*helps, "print it as text: `--format txt`"),
        )
    )  # fmt: skip
