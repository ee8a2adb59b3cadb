"""Reading pictures."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree


def texts(picture: str) -> list[str]:
    """What can be read (and selected) on an SVG, in order."""
    root = ElementTree.fromstring(picture)
    found = (t.text or "" for t in root.iter("{http://www.w3.org/2000/svg}text"))
    return [text.replace("\xa0", " ") for text in found]
