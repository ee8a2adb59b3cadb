"""The best programs of a ranking as a table to sort and to filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from smashdsl.backends.web.markup import Content, Html, paragraph, scrolling, section, tag
from smashdsl.backends.web.numbers import number, plus_minus
from smashdsl.backends.web.thumbnail import thumbnail
from smashdsl.report.gather import Findings
from smashdsl.search.confirm import Trained
from smashdsl.search.ledger import Entry

MEASURES = 3  # columns of other numbers at most
HINT = (
    "Words must occur in a row; comparisons such as params<30k or score>-0.2 must hold. "
    "Names of columns: "
)


@dataclass(frozen=True)
class Cell:
    """What a cell shows, and the number that it is sorted by, if it is one."""

    shown: Content
    value: float | None = None


@dataclass(frozen=True)
class Column:
    """A column: `name` is what a filter calls it, empty where it is neither sorted nor compared."""

    title: str
    name: str = ""
    descending: bool = False


def leaderboard_section(found: Findings) -> Html:
    """The table, with what its scores are."""
    title = "Leaderboard"
    if not found.entries:
        ask = tag("code", f"smashdsl rank {found.run.folder}")
        return section("leaderboard", title, paragraph("Nothing is ranked yet; ", ask, " does it."))
    trained = {each.program.hash: each for each in found.choice.trained} if found.choice else {}
    best = found.leading.entry.hash if found.leading else ""
    measures = sorted({name for entry in found.entries for name in entry.measures})[:MEASURES]
    columns = _columns(bool(trained), measures)
    pictures = [thumbnail(program.ir) for program in found.pictured]
    rows = [
        _row(place, entry, drawn, trained.get(entry.hash) if trained else None, bool(trained),
             measures, entry.hash == best)
        for place, (entry, drawn) in enumerate(zip_longest(found.entries, pictures), 1)
    ]  # fmt: skip
    caption = tag("caption", _caption(found))
    head = tag("thead", tag("tr", [_head(column) for column in columns]))
    inner = tag("table", caption, head, tag("tbody", rows), id="programs", class_="programs")
    return section(
        "leaderboard", title, paragraph(_about(found)), _controls(columns, len(found.entries)),
        scrolling(inner, "Programs"),
    )  # fmt: skip


def _columns(trained: bool, measures: Sequence[str]) -> list[Column]:
    reached = [Column("trained", "trained", True)] if trained else []
    return [
        Column("place", "place"), Column("picture"), Column("score", "score", True),
        Column("wrong", "wrong"), *reached, Column("parameters", "params"),
        Column("FLOPs", "flops"), Column("depth", "depth"), Column("images", "images", True),
        *(Column(name, name.replace(" ", "_")) for name in measures), Column("found as", "found"),
        Column("hash"),
    ]  # fmt: skip


def _row(place: int, entry: Entry, picture: Html | None, trained: Trained | None, any_trained: bool,
         measures: Sequence[str], leads: bool) -> Html:  # fmt: skip
    score = entry.score
    cells = [
        Cell(picture), Cell(plus_minus(score.score, score.stderr), score.score),
        Cell("–" if score.error is None else f"{score.error:.1%}", score.error),
    ]  # fmt: skip
    if any_trained:
        cells.append(
            Cell("–") if trained is None
            else Cell(plus_minus(trained.reached, trained.stderr), trained.reached)
        )  # fmt: skip
    cells += [
        Cell(f"{entry.params:,}", entry.params), Cell(f"{entry.flops:,}", entry.flops),
        Cell(str(entry.depth), entry.depth), Cell(f"{score.images:,}", score.images),
        *(_measure(entry.measures, name) for name in measures),
        Cell(_found(entry)),
        Cell([tag("code", entry.hash[:12]), tag("strong", " the best") if leads else None]),
    ]  # fmt: skip
    first = tag("th", str(place), scope="row", data_v=place)
    return tag("tr", first, [tag("td", cell.shown, data_v=_sortable(cell.value)) for cell in cells])


def _measure(measures: Mapping[str, float], name: str) -> Cell:
    value = measures.get(name)
    return Cell(number(value), value)


def _sortable(value: float | None) -> str | None:
    """A number as the script reads it, which calls infinity by its name."""
    return None if value is None else f"{value:.10g}".replace("inf", "Infinity")


def _found(entry: Entry) -> str:
    more = len(entry.proposals) - 1
    return f"{entry.proposals[0]}" + (f" and {more} more" if more else "")


def _head(column: Column) -> Html:
    if not column.name:
        return tag("th", column.title, scope="col")
    order = "ascending" if column.name == "place" else "none"
    button = tag("button", column.title, tag("span", aria_hidden="true", class_="arrow"),
                 type="button")  # fmt: skip
    return tag("th", button, scope="col", aria_sort=order, data_name=column.name,
               data_first="descending" if column.descending else "ascending")  # fmt: skip


def _controls(columns: Sequence[Column], count: int) -> Html:
    """What the script shows: without it, there is nothing to filter with."""
    names = ", ".join(column.name for column in columns if column.name)
    field = tag("input", type="search", id="filter", autocomplete="off", spellcheck="false",
                aria_describedby="filter-hint", aria_controls="programs")  # fmt: skip
    return tag(
        "div", tag("label", "Filter programs", for_="filter"), field,
        tag("p", HINT, tag("code", names), ".", id="filter-hint", class_="hint"),
        tag("p", f"{count:,} programs", id="shown", role="status"), id="controls", hidden=True,
    )  # fmt: skip


def _caption(found: Findings) -> str:
    listed = len(found.entries)
    said = f"{listed:,} programs" if listed == found.count else (
        f"The best {listed:,} of {found.count:,} programs")  # fmt: skip
    return f"{said}, as scored by {found.scorer}"


def _about(found: Findings) -> str:
    best = found.entries[0]
    said = (
        f"Score: mean log-likelihood of held-out images (seed {best.seed}) with weights generated "
        "by the HyperNet, not with trained ones, ± its standard error; higher is better, and "
        "differences of a few standard errors mean little. Programs that were scored on more "
        "images come first; those for normalisation statistics are counted too. "
        if found.scorer.startswith("hypernet")
        else f"Score: {found.scorer}; higher is better. "
    )
    if found.choice is not None:
        said += "Trained: the same after a short training of the program by itself. "
    others = [
        f"{count:,} by {name}" for name, count in found.scorers.items() if name != found.scorer
    ]
    if others:
        said += f"The ledger also has {', '.join(others)}. "
    if len(found.entries) > len(found.pictured):
        said += f"The first {len(found.pictured):,} have pictures. "
    return said + "FLOPs: multiply-adds of convolutions and linear layers."
