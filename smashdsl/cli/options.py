"""Arguments and options that several verbs share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

file_argument = click.argument("file", metavar="FILE", type=click.Path(allow_dash=True))
name_argument = click.argument("name", required=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
seed_option = click.option(
    "--seed", type=click.IntRange(min=0), help="Which program of a space: the one of this seed (0)."
)
genome_option = click.option(
    "--genome", metavar="FILE", type=click.Path(allow_dash=True),
    help="Which program of a space: the one of the genome in this JSON file.",
)  # fmt: skip


def out_option(help_: str) -> Decorator:
    """`-o OUT`, where `-` is standard output."""
    return click.option("-o", "--out", metavar="OUT", type=click.Path(allow_dash=True), help=help_)


def examples(*lines: str) -> str:
    """An epilog of examples, one a line."""
    return "\b\nExamples:\n" + "\n".join(f"  smashdsl {line}" for line in lines)
