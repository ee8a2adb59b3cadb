"""Writing to the terminal, to pipes and to files."""

from __future__ import annotations

import json
import os
import sys
from pathlib import PurePath
from shutil import get_terminal_size
from typing import Any, TextIO

import click

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.formats import render_all
from smashdsl.files import write_atomic


def say(text: str) -> None:
    """Text for standard output; a line end is added where it lacks one."""
    if sys.stdout is not None:
        sys.stdout.write(text if text.endswith("\n") or not text else text + "\n")
        sys.stdout.flush()


def complain(text: str) -> None:
    """Text for standard error, which may be closed."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        return


def say_json(value: Any) -> None:
    say(json_text(value))


def json_text(value: Any) -> str:
    """Plain data as indented JSON text."""
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def show_errors(error: SmashError) -> None:
    """The diagnostics of an error, on standard error."""
    complain(render_all(error.diagnostics, "text", color=colored(sys.stderr)))


def colored(stream: TextIO | None) -> bool:
    """Whether to use colours: on a terminal that knows them, unless NO_COLOR says no."""
    if stream is None or os.environ.get("NO_COLOR"):
        return False
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def terminal_width() -> int | None:
    """How many characters a line of the terminal holds; None where output goes elsewhere."""
    if sys.stdout is None or not sys.stdout.isatty():
        return None
    return get_terminal_size().columns


def silence_stdout() -> None:
    """Keep Python from complaining again, when it ends, about a pipe or disk that takes no more."""
    try:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
    except (OSError, AttributeError, ValueError):
        return


def deliver(content: str | bytes, out: str | None) -> None:
    """Text or bytes to a file, written whole or not at all; to standard output for None or `-`."""
    if out not in (None, "-"):
        write_atomic(str(out), content)
    elif isinstance(content, str):
        say(content)
    elif sys.stdout.isatty():
        raise click.UsageError("This is no text: name a file with `-o`, or send it into a pipe.")
    else:
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()


def suffix_of(out: str | None, known: tuple[str, ...], default: str) -> str:
    """The suffix of an output file without its dot, which picks the format.

    Raises:
        click.UsageError: it is none of `known`.
    """
    if out in (None, "-"):
        return default
    suffix = PurePath(str(out)).suffix.lower().lstrip(".")
    if suffix in known:
        return suffix
    listed = ", ".join(f".{name}" for name in known)
    raise click.UsageError(f"The name of `{out}` must end in one of {listed}.")
