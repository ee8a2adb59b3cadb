"""What a study leaves for people: a page of Markdown with tables and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail, write_atomic, write_json
from smashdsl.studies.study import Study, plain


@dataclass
class Page:
    """A page in the making."""

    title: str
    parts: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)

    def say(self, text: str) -> None:
        """Add a paragraph."""
        self.parts.append(text)

    def table(self, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Add a table."""
        lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
        self.parts.append("\n".join(lines))

    def picture(self, name: str, about: str) -> None:
        """Show a picture that lies beside the page."""
        self.parts.append(f"![{about}]({name})")

    @property
    def text(self) -> str:
        return "\n\n".join([f"# {self.title}", *self.parts]) + "\n"

    def write(self, study: Study) -> Path:
        """Write the page and its data; gives the page's path.

        Raises:
            SmashError: E920 to E922, they cannot be written.
        """
        path = study.folder / "summary.md"
        write_json(study.folder / "data.json", plain(self.data))
        write_atomic(path, self.text)
        return path


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


@dataclass(frozen=True)
class Panel:
    """Points `(n,)` against each other, under a title."""

    x: npt.ArrayLike
    y: npt.ArrayLike
    title: str
    x_label: str
    y_label: str


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
    import io

    rows = -(-len(panels) // columns)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "smashdsl"}):
        figure = Figure((4 * min(columns, len(panels)), 3.4 * rows), layout="constrained")
        for place, panel in enumerate(panels, 1):
            axes = figure.add_subplot(rows, min(columns, len(panels)), place)
            x, y = np.asarray(panel.x, float), np.asarray(panel.y, float)
            axes.scatter(x, y, s=9, alpha=0.5, linewidths=0)
            axes.set_title(panel.title, fontsize=10)
            axes.set_xlabel(panel.x_label)
            axes.set_ylabel(panel.y_label)
        stream = io.BytesIO()
        figure.savefig(stream, format="svg", metadata={"Date": None})
    write_atomic(path, stream.getvalue())
