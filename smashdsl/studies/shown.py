"""A study's page in a notebook: its Markdown as HTML, with the pictures inside."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from pathlib import Path

from smashdsl.backends.web.markup import Html, join, table, tag
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import read_bytes

_PICTURE = re.compile(r"!\[([^\]]*)\]\(([\w.-]+\.svg)\)")
_INLINE = re.compile(r"(`[^`]+`|\*\*[^*]+\*\*)")


def page_html(text: str, folder: Path | None) -> Html:
    """The Markdown that studies write, as HTML; pictures lie in the folder, if there is one."""
    return join(_part(part, folder) for part in text.strip().split("\n\n"))


def _part(part: str, folder: Path | None) -> Html:
    if part.startswith("# "):
        return tag("h3", part[2:])
    if part.startswith("| "):
        head, _, *rows = map(_cells, part.splitlines())
        return table("", head, [[join(_inline(cell)) for cell in row] for row in rows])
    if found := _PICTURE.fullmatch(part):
        return _picture(found[1], folder and folder / found[2])
    if part.startswith("- "):
        return tag("ul", [tag("li", _inline(line[2:])) for line in part.splitlines()])
    return tag("p", _inline(part))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _inline(text: str) -> Iterator[str]:
    """Text with what is marked as code or bold."""
    for piece in _INLINE.split(text):
        if piece.startswith("`") and len(piece) > 1:
            yield tag("code", piece[1:-1])
        elif piece.startswith("**"):
            yield tag("strong", piece[2:-2])
        else:
            yield piece


def _picture(about: str, path: Path | None) -> Html:
    try:
        content = b"" if path is None else read_bytes(path)
    except SmashError:
        content = b""
    if not content:
        return tag("p", f"(picture: {about})")
    source = f"data:image/svg+xml;base64,{base64.b64encode(content).decode()}"
    return tag("img", src=source, alt=about, style="max-width: 100%")
