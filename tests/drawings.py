"""What two drawings have to agree in on any machine."""

from __future__ import annotations

import re

PLACES = "x|y|cx|cy|rx|ry|d|points|width|height|viewBox|transform"


def said(drawing: str) -> list[str]:
    """All that a picture holds but where it lies, in order: that depends on the fonts that the
    engine finds."""
    if drawing.lstrip().startswith("<"):
        return re.sub(rf'\s(?:{PLACES})="[^"]*"', "", drawing).splitlines()
    return re.findall(r"#[0-9a-f]{6}|\{[^{}]*\};|n\d+\[.*", drawing)
