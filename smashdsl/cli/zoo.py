"""`smashdsl zoo`: the networks and spaces that come with the package."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashdsl.cli.options import examples, json_option, out_option
from smashdsl.cli.output import deliver, say, say_json, suffix_of, terminal_width

if TYPE_CHECKING:
    from smashdsl.zoo.entries import Entry
    from smashdsl.zoo.figures import Figures

name_argument = click.argument("name", metavar="NAME")


@click.group(
    invoke_without_command=True,
    epilog=examples(
        "zoo                                  what there is, with costs and thumbnails",
        "zoo --json                           the same with sources and published numbers",
        "zoo -o zoo.html                      the same with pictures, as a page for a browser",
        "zoo show wide_resnet_28_10           its text, here",
        "zoo copy darts_like -o mine.smash    a file of your own",
    ),
)
@json_option
@out_option("Write all of it to this .html file, as one page that loads nothing.")
@click.pass_context
def command(ctx: click.Context, as_json: bool, out: str | None) -> None:
    """List the networks and spaces that come along; show one, or copy it.

    Of a space, parameters and FLOPs are the bounds of its programs before requirements. FLOPs are
    multiply-adds of convolutions and linear layers.
    """
    if ctx.invoked_subcommand is not None:
        if as_json or out is not None:
            raise click.UsageError("--json and -o are for the list.")
        return
    if as_json and out is not None:
        raise click.UsageError("--json is printed, -o is for the page: leave one out.")
    suffix_of(out, ("html",), "html")
    from smashdsl.zoo.entries import entries
    from smashdsl.zoo.figures import figures_of

    rows = [(entry, figures_of(entry)) for entry in entries()]
    if as_json:
        say_json([_data(*row) for row in rows])
    elif out is not None:
        _write_page(rows, out)
    else:
        from smashdsl.cli.zoo_page import zoo_text

        say(zoo_text(rows, sys.stdout.encoding, terminal_width()))


def _write_page(rows: Sequence[tuple[Entry, Figures]], out: str) -> None:
    from smashdsl.zoo.gallery import gallery

    deliver(gallery(rows), out)
    if out != "-":
        say(f"in {out}")


@command.command(epilog=examples("zoo show resnet20 > mine.smash"))
@name_argument
def show(name: str) -> None:
    """Print the text of NAME."""
    from smashdsl.zoo.entries import entry

    say(entry(name).text)


@command.command(
    epilog=examples(
        "zoo copy resnet20                 to resnet20.smash, here",
        "zoo copy resnet20 -o net.smash    to a file, or into a folder",
        "zoo copy resnet20 --force         in the place of the file that is there",
    )
)
@name_argument
@out_option("The file to write (NAME.smash).")
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def copy(name: str, out: str | None, force: bool) -> None:
    """Start a file of your own with the text of NAME."""
    from smashdsl.files import fail
    from smashdsl.zoo.entries import SUFFIX, entry

    found = entry(name)
    target = f"{found.name}{SUFFIX}" if out is None else out
    if Path(target).is_dir():
        target = str(Path(target) / f"{found.name}{SUFFIX}")
    if target != "-" and Path(target).exists() and not force:
        raise fail("E967", f"`{target}` is there already", "--force replaces it")
    deliver(found.text, target)
    if target != "-":
        say(f"wrote {target}")


def _data(entry: Entry, figures: Figures) -> dict[str, Any]:
    """An entry as plain data; of a program, costs are one number."""
    single = entry.kind == "program"
    return {
        "name": entry.name, "kind": entry.kind, "about": entry.about, "source": entry.source,
        "published": entry.published, "input": list(figures.input), "classes": figures.classes,
        "params": _plain(figures.params, single), "flops": _plain(figures.flops, single),
        "programs": None if single else figures.programs, "skyline": figures.skyline,
    }  # fmt: skip


def _plain(bounds: tuple[int, int] | None, single: bool) -> int | list[int] | None:
    if bounds is None:
        return None
    return bounds[0] if single else list(bounds)
