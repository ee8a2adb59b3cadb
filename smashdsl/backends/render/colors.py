"""One colour for each kind of operation.

The fills are tints of a palette for all kinds of colour vision, told apart in greyscale as well by
their lightness; dark text is readable on every one.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """How a kind of operation is drawn and what the legend calls it."""

    title: str
    fill: str


KINDS: dict[str, Kind] = {
    "conv": Kind("convolution", "#7fb7e0"),
    "linear": Kind("linear", "#3f9577"),
    "norm": Kind("normalisation", "#c5d98f"),
    "activation": Kind("activation", "#fff3b8"),
    "pool": Kind("pooling", "#ea9059"),
    "attention": Kind("attention", "#a97cc0"),
    "regularise": Kind("regularisation", "#c9bcae"),
    "identity": Kind("identity, zero", "#e2e4e6"),
    "custom": Kind("registered operation", "#d873a6"),
    "combine": Kind("combination", "#ffffff"),
}

INK = "#1b1f23"
MUTED = "#5b6570"
RULE = "#8a949e"
FAINT = "#d5dadf"
PANEL = "#f7f8fa"
TINT = "#e8edf2"
READ = "#1f5f8b"
WRITE = "#b5432a"
SAME = "#b9c0c7"  # what two programs have in common
FONT = "Helvetica,Arial,sans-serif"


def fill(kind: str) -> str:
    """The fill of a kind; kinds that someone registered look like `custom`."""
    return KINDS.get(kind, KINDS["custom"]).fill


def title(kind: str) -> str:
    """What the legend calls a kind; a kind that someone registered goes by its own name."""
    return KINDS[kind].title if kind in KINDS else kind.replace("_", " ")
