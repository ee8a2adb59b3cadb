"""Short texts made whole, and what the checker and the elaborator say of them."""

from __future__ import annotations

from pathlib import Path

import smashdsl
from smashdsl import Program, SmashError, Space
from smashdsl.check.check import check
from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.ir import Chain, Layer, flat
from smashdsl.ir.text import stage_text

SPECS = Path(__file__).parents[2] / "specs"


def text_of(body: str, kind: str = "program", input: str = "2x8", items: str = "") -> str:
    """A whole file with one network; a head that ends in two numbers is added where none is."""
    head = "" if "head {" in body else "head { global_avg_pool -> linear(2) }"
    return f"{items}\n{kind} net {{\n  input {input}\n{body}\n  {head}\n}}\n"


def program(body: str, input: str = "2x8", items: str = "") -> Program:
    """The program of a body."""
    found = smashdsl.loads(text_of(body, "program", input, items))
    assert isinstance(found, Program)
    return found


def space(body: str, input: str = "2x8", items: str = "") -> Space:
    """The space of a body."""
    found = smashdsl.loads(text_of(body, "space", input, items))
    assert isinstance(found, Space)
    return found


def spec(name: str) -> Space:
    """One of the spaces in `specs`."""
    found = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(found, Space)
    return found


def checked(text: str, filename: str = "t.smash") -> list[Diagnostic]:
    """All that the checker says of a file, mistakes of syntax included."""
    try:
        return check(load_module(Source(filename, text)))
    except SmashError as error:
        return list(error.diagnostics)


def findings(body: str, kind: str = "program", input: str = "2x8", items: str = "") -> list[str]:
    """The codes of all that the checker says of a body."""
    return [found.code for found in checked(text_of(body, kind, input, items))]


def only(body: str, kind: str = "program", input: str = "2x8", items: str = "") -> Diagnostic:
    """The one thing that the checker says of a body."""
    found = checked(text_of(body, kind, input, items))
    assert len(found) == 1, [f"{d.code} {d.message}" for d in found]
    return found[0]


def facts(found: Diagnostic) -> str:
    """All words of a diagnostic."""
    notes = (note.message for note in found.notes)
    return "\n".join((found.message, found.label, *notes, *found.helps))


def layers(body: str, block: int = 0, input: str = "2x8", items: str = "") -> tuple[Layer, ...]:
    """The layers of a program's block."""
    return program(body, input, items).ir.blocks[block].layers


def stages(chain: Chain) -> list[str]:
    """A chain's stages as text, opened as far as they go."""
    return [stage_text(stage) for stage in flat(chain)]


def stem(text: str, input: str = "2x8", items: str = "") -> list[str]:
    """The stages that the statements of a stem amount to."""
    return stages(program(f"stem {{ {text} }}", input, items).ir.stem)
