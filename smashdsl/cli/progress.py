"""Progress on standard error."""

from __future__ import annotations

import sys

from smashdsl.training.progress import Progress, Silent, progress_on


def reporting(quiet: bool = False) -> Progress:
    """Bars on a terminal, plain lines elsewhere, nothing where output is data."""
    return Silent() if quiet or sys.stderr is None else progress_on(sys.stderr)
