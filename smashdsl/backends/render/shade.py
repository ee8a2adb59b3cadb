"""From values to shades: light for -1, dark for 1, even steps between."""

from __future__ import annotations

_LOW = (0xE9, 0xEE, 0xF3)
_HIGH = (0x17, 0x4A, 0x73)
_DARK_LOW = (0x23, 0x2B, 0x33)
_DARK_HIGH = (0x9C, 0xD3, 0xFA)
_CHARACTERS = "·123456789█"


def shade(value: float) -> str:
    """The colour of a value; what lies outside -1 to 1 counts as the nearer end."""
    part = (min(max(value, -1.0), 1.0) + 1) / 2
    mixed = (round(low + (high - low) * part) for low, high in zip(_LOW, _HIGH, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def dark_shade(color: str) -> str:
    """The shade for dark ground of a colour that `shade` gave: there, what is high is light."""
    red = int(color[1:3], 16)
    part = min(max((_LOW[0] - red) / (_LOW[0] - _HIGH[0]), 0.0), 1.0)
    mixed = (round(low + (high - low) * part)
             for low, high in zip(_DARK_LOW, _DARK_HIGH, strict=True))  # fmt: skip
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def character(value: float) -> str:
    """The same for a terminal: `·` for -1, `█` for 1, digits between."""
    part = (min(max(value, -1.0), 1.0) + 1) / 2
    return _CHARACTERS[round(part * (len(_CHARACTERS) - 1))]
