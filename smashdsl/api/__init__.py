"""The Python interface: load a text, and use what it defines.

`load` gives a `Space` or a `Program`; everything else is a method of these. What a method needs
beyond the language (torch, networkx, the drawing engine) is imported when it is called.
"""

from __future__ import annotations

from smashdsl.api.loading import load as load
from smashdsl.api.loading import loads as loads
from smashdsl.api.program import Program as Program
from smashdsl.api.space import Space as Space
