"""`smashdsl render`: pictures."""

from __future__ import annotations

from typing import Any

import click

from smashdsl.cli.options import (
    examples,
    file_argument,
    genome_option,
    name_argument,
    out_option,
    seed_option,
)
from smashdsl.cli.output import deliver, suffix_of

SUFFIXES = ("svg", "png", "pdf", "dot", "txt", "tex", "mmd")
VIEWS = ("layers", "banks", "encoding", "space", "diff")
FORMATS = ("svg", "png", "pdf", "dot", "txt", "tikz", "mermaid")
NAMES = {"txt": "text", "tex": "tikz", "mmd": "mermaid"}


@click.command(
    epilog=examples(
        "render net.smash                              in plain text, here",
        "render net.smash -o net.svg",
        "render net.smash --view banks -o net.pdf      who reads and writes which bank",
        "render space.smash --seed 3 --view encoding -o c.png",
        "render space.smash --view space --theme dark -o space.svg",
        "render space.smash --seed 1 --view diff --against space.smash@2 -o diff.pdf",
        "render net.smash --to tikz -o net.tex         for LaTeX; --to mermaid for web pages",
        "render net.smash --format svg -o - > net.svg",
    )
)
@file_argument
@name_argument
@click.option("--view", type=click.Choice(VIEWS), default="layers", show_default=True)
@click.option("--against", metavar="FILE",
              help="The other program of the view `diff`: FILE, FILE@SEED, …")  # fmt: skip
@seed_option
@genome_option
@click.option("--expand", is_flag=True, help="Draw repeated parts as often as they are there.")
@click.option("--engine", type=click.Choice(("bundled", "system")), default="bundled",
              show_default=True, help="What does the layout; `system` is `dot`.")  # fmt: skip
@click.option(
    "--format", "--to", "form", type=click.Choice(FORMATS), help="Instead of OUT's suffix."
)
@click.option("--theme", type=click.Choice(("light", "dark")), default="light", show_default=True)
@click.option("--ascii", is_flag=True, help="Keep text to ASCII.")
@out_option(
    "Write the picture to this .svg, .png, .pdf, .tex (TikZ), .mmd (Mermaid), .dot or .txt file."
)
def command(file: str, name: str | None, view: str, against: str | None, seed: int | None,
            genome: str | None, expand: bool, engine: str, form: str | None, theme: str,
            ascii: bool, out: str | None) -> None:  # fmt: skip
    """Draw the network NAME in FILE, or one program of a space.

    `--view space` draws the space itself: its draws, their options and weights, and where they act;
    `--view diff` what another program (--against) does otherwise.

    Without -o the drawing is text. No Graphviz installation is needed.
    """
    if (against is None) == (view == "diff"):
        raise click.UsageError("`--view diff` and `--against FILE` go together.")
    wanted = form or suffix_of(out, SUFFIXES, "txt")
    wanted = NAMES.get(wanted, wanted)
    options = {"engine": engine, "ascii": ascii, "theme": theme}
    if view in ("layers", "banks"):
        options["expand"] = expand
    deliver(_drawn(file, name, view, against, seed, genome, wanted, options), out)


def _drawn(file: str, name: str | None, view: str, against: str | None, seed: int | None,
           genome: str | None, form: str, options: dict[str, Any]) -> str | bytes:  # fmt: skip
    from smashdsl.api import Space, load
    from smashdsl.cli.networks import open_program
    from smashdsl.cli.opened import program_of

    if view == "space" and seed is None and genome is None:
        network = load(file, name)
        return (network if isinstance(network, Space) else network.space).render(form, **options)
    program = open_program(file, name, seed, genome)
    if against is not None:
        return program.render_diff(program_of(against), form, **options)
    return program.render(view, form, **options)
