"""The best program: its picture, its size, its text and its code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from smashdsl.backends.web.markup import Content, Html, code, folded, paragraph, section, table, tag
from smashdsl.backends.web.numbers import plus_minus
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.report.gather import Findings, Leading

LONGEST = 1_000_000  # characters of code that are shown


def winning_section(found: Findings) -> Html:
    """The best program, as far as there is one."""
    best = found.leading
    if best is None:
        return section("winner", "The best program", paragraph("There is none before a ranking."))
    how = (
        "Chosen among programs that were trained for a short time."
        if best.confirmed
        else "The first of the ranking by generated weights; nothing has confirmed it."
    )
    program = best.program
    return section(
        "winner", "The best program", paragraph(how), _facts(best), _picture(best),
        folded("Its text in .smash", code(program.text, "The program's text")),
        folded("Its code in Python", _source(best)),
        folded("The draws that make it", code(_draws(program.genome), "The program's draws")),
    )  # fmt: skip


def _facts(best: Leading) -> Html:
    costs = best.program.costs
    score = best.entry.score
    rows: list[list[Content]] = [
        ["hash", tag("code", best.entry.hash)],
        ["parameters", f"{costs.params:,}"],
        ["multiply-adds", f"{costs.flops:,}"],
        ["depth", str(costs.depth)],
        ["score with generated weights", plus_minus(score.score, score.stderr)],
    ]
    for split, words in (("validation", "held-out"), ("test", "test")):
        reached = best.fitted and best.fitted[split]
        if reached:
            rows.append([f"trained by itself, {words} images", _reached(reached)])
    if best.fitted is None:
        rows.append(["trained by itself", "not yet"])
    elif not best.fitted["test"]:
        rows.append(["test images", "untouched; the held-out images also chose the program"])
    return table("The best program in numbers", ["", ""], rows)


def _reached(score: Mapping[str, Any]) -> str:
    likelihood = plus_minus(score["mean_log_likelihood"], score["stderr"])
    return f"{score['accuracy']:.1%} of {score['n']:,} right, log-likelihood {likelihood}"


def _picture(best: Leading) -> Html:
    """The drawing of banks, or of layers where there are no banks; or why there is none."""
    try:
        drawn = best.program.render("banks" if best.program.ir.blocks else "layers")
    except SmashError as error:
        return paragraph(f"There is no picture: {error.diagnostics[0].message}.", class_="warning")
    assert isinstance(drawn, str)
    return tag(
        "figure", tag("div", inlined(drawn), class_="paper wide", role="region", tabindex=0,
                      aria_label="Picture of the best program"),
        tag("figcaption", "Lanes are banks, columns are layers: each takes what it reads up its "
            "left line and adds what it makes down its right one. The text below says the same."),
    )  # fmt: skip


def inlined(svg: str) -> Html:
    """A picture of the drawing engine as part of a page: without names that could be another's, and
    as wide as there is room."""
    svg = re.sub(r' id="[^"]*"', "", svg)
    svg = re.sub(r'<svg role="img" width="(\d+)pt" height="\d+pt"',
                 r'<svg role="img" style="width:\1pt"', svg, count=1)  # fmt: skip
    return Html(svg)


def _source(best: Leading) -> Html:
    try:
        source = best.program.export()
    except SmashError as error:
        return paragraph(f"There is none: {error.diagnostics[0].message}.")
    if len(source) > LONGEST:
        ask = tag("code", "smashdsl export")
        return paragraph(f"It has {len(source):,} characters; ", ask, " writes it.")
    return code(source, "The program's code in Python")


def _draws(genome: Mapping[str, Any]) -> str:
    return "\n".join(f"{path} = {value}" for path, value in genome.items()) or "none"
