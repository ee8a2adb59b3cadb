"""`smashdsl render`: pictures."""

from __future__ import annotations

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

SUFFIXES = ("svg", "png", "pdf", "dot", "txt")


@click.command(
    epilog=examples(
        "render net.smash                              in plain text, here",
        "render net.smash -o net.svg",
        "render net.smash --view banks -o net.pdf      who reads and writes which bank",
        "render space.smash --seed 3 --view encoding -o c.png",
        "render net.smash --format svg -o - > net.svg",
    )
)
@file_argument
@name_argument
@click.option("--view", type=click.Choice(("layers", "banks", "encoding")), default="layers",
              show_default=True)  # fmt: skip
@seed_option
@genome_option
@click.option("--expand", is_flag=True, help="Draw repeated parts as often as they are there.")
@click.option("--engine", type=click.Choice(("bundled", "system")), default="bundled",
              show_default=True, help="What does the layout; `system` is `dot`.")  # fmt: skip
@click.option("--format", "form", type=click.Choice(SUFFIXES), help="Instead of OUT's suffix.")
@click.option("--ascii", is_flag=True, help="Keep text to ASCII.")
@out_option("Write the picture to this .svg, .png, .pdf, .dot or .txt file.")
def command(file: str, name: str | None, view: str, seed: int | None, genome: str | None,
            expand: bool, engine: str, form: str | None, ascii: bool,
            out: str | None) -> None:  # fmt: skip
    """Draw the network NAME in FILE, or one program of a space.

    Without -o the drawing is text. No Graphviz installation is needed.
    """
    from smashdsl.cli.networks import open_program

    wanted = form or suffix_of(out, SUFFIXES, "txt")
    program = open_program(file, name, seed, genome)
    options = {"engine": engine, "ascii": ascii}
    if view != "encoding":
        options["expand"] = expand
    drawn = program.render(view, "text" if wanted == "txt" else wanted, **options)
    deliver(drawn, out)
