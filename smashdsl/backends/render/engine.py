"""Layout: DOT text → SVG, PNG or PDF.

The bundled engine is the one inside the `pygraphviz` wheel; it runs in a process of its own, so
that a layout can be given up and what the engine says on its error stream stays there. The system
engine is the `dot` command.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from smashdsl.backends.render.page import Page
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError

ENGINES = ("bundled", "system")
SECONDS = 120

_WORKER = """\
import sys
import pygraphviz
texts = sys.stdin.buffer.read().decode().split(chr(0))
graphs = [pygraphviz.AGraph(string=text) for text in texts]
if sys.argv[3]:
    graphs[0].graph_attr["dpi"] = sys.argv[3]
drawn = [graph.draw(format=sys.argv[1], prog=sys.argv[2]) for graph in graphs]
sys.stdout.buffer.write(bytes(1).join(drawn))
"""


def draw(page: Page, format: str, *, engine: str = "bundled", seconds: float = SECONDS) -> bytes:
    """Draw a page as `svg`, `png` or `pdf`.

    The bytes are the same for the same text and the same engine: dates are taken out.

    Raises:
        SmashError: the engine is missing, fails, or takes longer than `seconds`.
        ValueError: there is no such engine.
    """
    dpi = f"{page.dpi:g}" if format == "png" else ""
    drawn = _run(page.dot, format, pinned=True, engine=engine, seconds=seconds, dpi=dpi)
    return _without_date(drawn) if format == "pdf" else drawn


def lay_out(
    dots: Sequence[str], *, engine: str = "bundled", seconds: float = SECONDS
) -> list[bytes]:
    """Lay DOT texts out in ranks, each on its own, and give the engine's JSON for each.

    Raises:
        SmashError, ValueError: as `draw` does.
    """
    if engine == "bundled":
        laid = _run("\0".join(dots), "json0", pinned=False, engine=engine, seconds=seconds)
        return laid.split(b"\0")
    return [_run(dot, "json0", pinned=False, engine=engine, seconds=seconds) for dot in dots]


def _run(text: str, format: str, *, pinned: bool, engine: str, seconds: float,
         dpi: str = "") -> bytes:  # fmt: skip
    if engine not in ENGINES:
        raise ValueError(f"engine must be one of {', '.join(ENGINES)}, not {engine!r}")
    make = _bundled if engine == "bundled" else _system
    command = make(format, "nop2" if pinned else "dot", dpi)
    environment = {**os.environ, "TZ": "UTC", "SOURCE_DATE_EPOCH": "0", "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(
            command, input=text.encode(), capture_output=True, timeout=seconds, env=environment,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _too_long(seconds) from None
    except OSError as error:
        raise _failed(engine, str(error)) from error
    if done.returncode or not done.stdout:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise _failed(engine, said[-1] if said else f"exit status {done.returncode}")
    return done.stdout


def _bundled(format: str, layout: str, dpi: str) -> list[str]:
    if importlib.util.find_spec("pygraphviz") is None:
        raise SmashError(
            Diagnostic(
                "E960", "drawing needs the `pygraphviz` package, which is not installed",
                helps=("install it: `pip install 'pygraphviz>=2'`",
                       "or draw with `--format text` or `--format dot`, which do without"),
            )
        )  # fmt: skip
    return [sys.executable, "-P", "-c", _WORKER, format, layout, dpi]


def _system(format: str, layout: str, dpi: str) -> list[str]:
    program = shutil.which("dot")
    if program is None:
        raise SmashError(
            Diagnostic(
                "E960", "there is no `dot` command on the path",
                helps=("leave the system engine out: the bundled one draws the same pictures",),
            )
        )  # fmt: skip
    return [program, f"-T{format}", f"-K{layout}", *([f"-Gdpi={dpi}"] if dpi else [])]


def _too_long(seconds: float) -> SmashError:
    return SmashError(
        Diagnostic(
            "E961", f"the layout was given up after {seconds:g} seconds",
            helps=("draw the banks (`--view banks`), which need no layout",
                   "leave `--expand` out, so that repeated parts are drawn once",
                   "or print the network with `--format text`"),
        )
    )  # fmt: skip


def _failed(engine: str, cause: str) -> SmashError:
    lacking = ("install GLib, which the engine needs (on Debian: `apt install libglib2.0-0`)",)
    return SmashError(
        Diagnostic(
            "E962", f"the {engine} layout engine failed: {cause}",
            helps=(*(lacking if "libgobject" in cause or "libglib" in cause else ()),
                   "`--format dot` writes the graph without laying it out",
                   "`--format text` prints the network"),
        )
    )  # fmt: skip


def _without_date(pdf: bytes) -> bytes:
    """The same bytes with the time of creation set to the epoch; nothing moves."""
    return re.sub(rb"(/(?:Creation|Mod)Date \(D:)\d{14}", rb"\g<1>19700101000000", pdf)
