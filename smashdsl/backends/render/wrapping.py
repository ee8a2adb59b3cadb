"""Breaking descriptions into lines between stages, never within one."""

from __future__ import annotations

import re
import textwrap

_WITHIN = re.compile(r"(?<![→;{:]) ")


def wrap_stages(content: str, width: int, first: str = "", then: str = "") -> list[str]:
    """Lines of at most so many characters; `first` and `then` are their indents."""
    kept = _WITHIN.sub("\xa0", content)
    lines = textwrap.wrap(kept, width, initial_indent=first, subsequent_indent=then,
                          break_on_hyphens=False)  # fmt: skip
    return [line.replace("\xa0", " ") for line in lines] or [first]
