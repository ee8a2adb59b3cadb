"""The last touches on the engine's SVG: a title, a role, and nothing about who drew it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

from smashdsl.backends.labels import printable


def tidy(svg: str, title: str) -> str:
    """The same picture without comments and doctype, titled for those who cannot see it."""
    svg = re.sub(r"<!--.*?-->\n?", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!DOCTYPE[^>]*>\n?", "", svg)
    svg = re.sub(r"<\?xml[^>]*\?>\n?", "", svg, count=1)
    svg = svg.replace("<svg ", '<svg role="img" ', 1)
    head, tag, rest = svg.partition('xmlns:xlink="http://www.w3.org/1999/xlink">\n')
    return f"{head}{tag}<title>{escape(printable(title))}</title>\n{rest}"
