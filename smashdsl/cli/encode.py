"""`smashdsl encode`: the encoding tensor of a program in its space."""

from __future__ import annotations

import click

from smashdsl.cli.features import KINDS
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
        "encode space.smash --as one-hot --json   for a predictor of your own",
    )
)
@file_argument
@name_argument
@seed_option
@genome_option
@click.option(
    "--as",
    "kind",
    type=click.Choice(("c", *KINDS)),
    default="c",
    show_default=True,
    help="Another encoding: of the draws, of the graph, of its paths, or 256 bits.",
)
@click.option(
    "--longest",
    type=click.IntRange(min=1),
    metavar="N",
    help="With `--as path`: leave out paths of more operations.",
)
@click.option(
    "--size",
    type=click.IntRange(1, 2**20),
    metavar="N",
    help="With `--as path`: hash the paths into so many numbers.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="With `--as path`: through the whole network, not through each of its parts.",
)
@click.option("--explain", is_flag=True, help="Print the table of channels instead.")
@out_option("Write the tensor to this .npz or .json file.")
@json_option
def command(file: str, name: str | None, seed: int | None, genome: str | None, kind: str,
            longest: int | None, size: int | None, whole: bool, explain: bool, out: str | None,
            as_json: bool) -> None:  # fmt: skip
    """Encode a program of the space NAME in FILE as the tensor c that the HyperNet sees.

    c has the shape (1, C, H, W): C channels that each say one thing about a slice, H rows of `unit`
    output channels, W slices of `unit * compression` input channels. Entries are -1 or 1; numbers
    drawn from an interval lie between.
    """
    from smashdsl.cli import encodings

    if kind != "path" and (longest is not None or size is not None or whole):
        raise click.UsageError("--longest, --size and --whole are for `--as path`.")
    if kind != "c":
        if explain:
            raise click.UsageError("--explain is about c: leave `--as` out.")
        _features(file, name, seed, genome, kind, (longest, size, whole), out, as_json)
        return
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


def _features(file: str, name: str | None, seed: int | None, genome: str | None, kind: str,
              paths: tuple[int | None, int | None, bool], out: str | None,
              as_json: bool) -> None:  # fmt: skip
    from smashdsl.cli import features
    from smashdsl.cli.networks import open_program

    suffix = "json" if as_json else suffix_of(out, ("npz", "json"), "txt")
    arrays = features.arrays(open_program(file, name, seed, genome), kind, *paths)
    if suffix == "npz":
        deliver(features.npz(arrays), out)
    elif suffix == "json":
        deliver(json_text(features.data(arrays)), out)
    else:
        deliver(features.text(arrays), out)
