"""The last touches on the engine's SVG: a title, a role, and nothing about who drew it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape
from xml.sax.saxutils import escape

from smashdsl.backends.labels import printable


def _tip(said: str) -> str:
    return f"<title>{escape(printable(said))}</title>\n" if said else ""


_TITLE = re.compile(r"<title>([^<]*)</title>\n?")


def tidy(svg: str, title: str, tips: Mapping[str, str]) -> str:
    """The same picture without comments and doctype, titled for those who cannot see it.

    Parts whose names are in `tips` say that where the pointer rests on them, others nothing.
    """
    svg = _TITLE.sub(lambda found: _tip(tips.get(unescape(found[1]), "")), svg)
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!DOCTYPE[^>]*>\n?", "", svg)
    svg = re.sub(r"<\?xml[^>]*\?>\n?", "", svg, count=1)
    svg = svg.replace("<svg ", '<svg role="img" ', 1)
    head, tag, rest = svg.partition('xmlns:xlink="http://www.w3.org/1999/xlink">\n')
    return f"{head}{tag}<title>{escape(printable(title))}</title>\n{rest}"
