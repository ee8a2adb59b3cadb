"""What stands between the verbs and the shell: every ending becomes a message and an exit code."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

import click

from smashdsl.cli.output import complain, show_errors, silence_stdout
from smashdsl.diagnostics.diagnostic import SmashError

FINDINGS, WRONG, INTERRUPTED = 1, 2, 130


class Trouble(Exception):
    """Ends a verb with the diagnostics of a `SmashError` and another exit code than 1."""

    def __init__(self, cause: SmashError, code: int) -> None:
        super().__init__(cause, code)
        self.cause, self.code = cause, code


def guarded(run: Callable[[], Any]) -> int:
    """The exit code of a run: what it returns, if that is a number, unless something is wrong."""
    try:
        _survive_any_text()
        result = run()
        if sys.stdout is not None:
            sys.stdout.flush()
        return result if isinstance(result, int) else 0
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        complain("interrupted")
        return INTERRUPTED
    except click.ClickException as error:
        if os.environ.get("RANK", "0") == "0":  # several processes are told the same
            error.show()
        return error.exit_code
    except SmashError as error:
        show_errors(error)
        return FINDINGS
    except Trouble as trouble:
        show_errors(trouble.cause)
        return trouble.code
    except OSError as error:
        return _system(error)
    except Exception as error:
        return _ours(error)


def _survive_any_text() -> None:
    """A terminal that lacks a character gets a question mark, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _system(error: OSError) -> int:
    silence_stdout()
    if error.errno == errno.EPIPE:
        return FINDINGS
    where = f"`{error.filename}`" if error.filename else "standard output"
    complain(f"error: {where}: {(error.strerror or str(error)).lower()}")
    return WRONG


def _ours(error: Exception) -> int:
    if os.environ.get("SMASHDSL_DEBUG"):
        traceback.print_exception(error)
    complain(
        f"internal error: {type(error).__name__}: {error}\n"
        "This is a mistake in smashdsl, not in your file. Please report it with the command and\n"
        "the file; SMASHDSL_DEBUG=1 in the environment shows where it happened."
    )
    return WRONG
