"""What two drawings have to agree in on any machine."""

from __future__ import annotations

import re


def said(drawing: str) -> list[str]:
    """The texts in a picture, and its colours, in order; where they lie depends on the fonts that
    the engine finds."""
    placed = re.sub(r' [xy]="[^"]*"', "", drawing)
    return re.findall(r"<text[^>]*>[^<]*|<title>[^<]*|#[0-9a-f]{6}|\{[^{}]*\};|n\d+\[.*", placed)
