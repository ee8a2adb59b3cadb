"""`smashdsl encode`: the encoding tensor of a program in its space."""

from __future__ import annotations

import click

from smashdsl.cli.options import (
    examples,
    file_argument,
    genome_option,
    json_option,
    name_argument,
    out_option,
    seed_option,
)
from smashdsl.cli.output import deliver, json_text, say, say_json, suffix_of


@click.command(
    epilog=examples(
        "encode space.smash --explain             what each channel means",
        "encode space.smash --seed 3              the entries of one program",
        "encode space.smash --seed 3 -o c.npz     as arrays",
    )
)
@file_argument
@name_argument
@seed_option
@genome_option
@click.option("--explain", is_flag=True, help="Print the table of channels instead.")
@out_option("Write the tensor to this .npz or .json file.")
@json_option
def command(file: str, name: str | None, seed: int | None, genome: str | None, explain: bool,
            out: str | None, as_json: bool) -> None:  # fmt: skip
    """Encode a program of the space NAME in FILE as the tensor c that the HyperNet sees.

    c has the shape (1, C, H, W): C channels that each say one thing about a slice, H rows of `unit`
    output channels, W slices of `unit * compression` input channels. Entries are -1 or 1; numbers
    drawn from an interval lie between.
    """
    from smashdsl.cli import encodings

    if explain:
        if seed is not None or genome is not None or out is not None:
            raise click.UsageError("--explain is about the whole space: leave the others out.")
        layout = encodings.layout_of(file, name)
        if as_json:
            say_json(encodings.layout_data(layout))
        else:
            say(encodings.layout_text(layout))
        return
    from smashdsl.cli.networks import open_program

    suffix = "json" if as_json else suffix_of(out, ("npz", "json"), "txt")
    program = open_program(file, name, seed, genome)
    match suffix:
        case "npz":
            deliver(encodings.encoding_npz(program), out)
        case "json":
            deliver(json_text(encodings.encoding_data(program)), out)
        case _:
            deliver(encodings.encoding_text(program), out)
