"""Names from a program as identifiers and as text of a Python file."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container

_HELPERS = """
    Attend Banks Cat ChannelShuffle DropPath GlobalAvgPool LayerNorm LayerScale Max Mean Product
    SelfAttention Shake Shift SqueezeExcite Sum Zero chain conv1d conv2d conv3d gabor initialise
    maximum mean product replace total
"""
_OTHERS = "Callable F Network OrderedDict Path Tensor WEIGHTS cycle load math nn reduce torch"
RESERVED = frozenset(f"{_HELPERS} {_OTHERS}".split())


def class_name(name: str, default: str) -> str:
    """A name in the style of classes (`four_convs` → `FourConvs`), or the default if nothing of it
    can be used."""
    words = re.split(r"[^A-Za-z0-9]+", _ascii(name))
    joined = "".join(word[0].upper() + word[1:] for word in words if word)[:60]
    if not joined:
        return default
    if joined[0].isdigit():
        joined = f"Op{joined}"
    return f"{joined}Op" if joined in RESERVED or keyword.iskeyword(joined) else joined


def variable_name(name: str, taken: Container[str]) -> str:
    """A name in the style of variables, with underscores after it while it is taken."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "_", _ascii(name)).strip("_")[:60] or "bank"
    if plain[0].isdigit():
        plain = f"bank{plain}"
    while plain in taken or keyword.iskeyword(plain) or plain in RESERVED:
        plain += "_"
    return plain


def plain_text(name: str, limit: int = 60) -> str:
    """A name as it may stand in a docstring: printable ASCII without quotes and backslashes."""
    shown = re.sub(r"[^\x20-\x7e]|[\"\\]", "?", name)
    return shown if len(shown) <= limit else f"{shown[: limit - 3]}..."


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
