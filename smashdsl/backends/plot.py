"""Numbers → pictures, drawn by matplotlib."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail, write_atomic


@dataclass(frozen=True)
class Panel:
    """Points `(n,)` against each other, under a title; `line` are places of points to join."""

    x: npt.ArrayLike
    y: npt.ArrayLike
    title: str
    x_label: str
    y_label: str
    line: Sequence[int] = ()


def scatter(path: Path, panels: Sequence[Panel], columns: int = 3) -> None:
    """Write a picture of several panels, as SVG with selectable text.

    Raises:
        SmashError: E938 matplotlib is missing, E920 to E922 it cannot be written.
    """
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError as error:
        raise fail("E938", "figures need matplotlib, which is not installed",
                   "pip install 'smashdsl[studies]'") from error  # fmt: skip
    rows = -(-len(panels) // columns)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "smashdsl"}):
        figure = Figure((4 * min(columns, len(panels)), 3.4 * rows), layout="constrained")
        for place, panel in enumerate(panels, 1):
            axes = figure.add_subplot(rows, min(columns, len(panels)), place)
            x, y = np.asarray(panel.x, float), np.asarray(panel.y, float)
            axes.scatter(x, y, s=9, alpha=0.5, linewidths=0)
            if panel.line:
                axes.step(x[list(panel.line)], y[list(panel.line)], where="post", linewidth=1)
            axes.set_title(panel.title, fontsize=10)
            axes.set_xlabel(panel.x_label)
            axes.set_ylabel(panel.y_label)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    write_atomic(path, stream.getvalue())
