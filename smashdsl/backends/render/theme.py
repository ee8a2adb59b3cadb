"""Dark pictures: every colour of a drawing has a partner that is legible on dark ground."""

from __future__ import annotations

import re

from smashdsl.backends.render.colors import (
    FAINT,
    INK,
    KINDS,
    MUTED,
    PANEL,
    READ,
    RULE,
    SAME,
    TINT,
    WRITE,
)
from smashdsl.backends.render.shade import dark_shade

THEMES = ("light", "dark")
PAPER = "#14181c"
DARK = {
    "white": PAPER, "#ffffff": PAPER, INK: "#e4e8ec", MUTED: "#a3adb7", RULE: "#7d8893",
    FAINT: "#39424b", PANEL: "#1d2329", TINT: "#262e36", READ: "#7cc0f0", WRITE: "#f29b7f",
    SAME: "#59636d",
    KINDS["conv"].fill: "#235a85", KINDS["linear"].fill: "#1f6b52", KINDS["norm"].fill: "#55682a",
    KINDS["activation"].fill: "#6b5d16", KINDS["pool"].fill: "#8a451b",
    KINDS["attention"].fill: "#6b4285", KINDS["regularise"].fill: "#5c5146",
    KINDS["identity"].fill: "#454b52", KINDS["custom"].fill: "#8b3a63",
}  # fmt: skip
_COLOR = re.compile(r'((?:\b(?:fill|font|bg)?color="?)|(?:\bc|\bC) 7 -)(#[0-9a-f]{6}|white)\b')


def themed(dot: str, theme: str) -> str:
    """DOT text in the colours of a theme; what is no colour stays as it is."""
    if theme == "light":
        return dot
    return _COLOR.sub(_replaced, dot)


def _replaced(found: re.Match[str]) -> str:
    dark = partner(found[2])
    return f'{found[1]}"{dark}"' if found[1].endswith("=") else found[1] + dark


def partner(color: str) -> str:
    """A colour's partner on dark ground; what is no colour of the drawings is a shade."""
    return DARK.get(color) or dark_shade(color)


def dark_css(within: str) -> str:
    """Rules of CSS that give the SVG pictures within a selector their dark colours."""
    rules = [f'{within} [{kind}="{light}"] {{ {kind}: {dark}; }}'
             for light, dark in DARK.items() for kind in ("fill", "stroke")]  # fmt: skip
    return "\n".join(rules)
