"""What a study leaves for people: a page of Markdown with tables and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from smashdsl.files import write_atomic, write_json
from smashdsl.studies.shown import page_html
from smashdsl.studies.study import Study, plain


@dataclass
class Page:
    """A page in the making; `folder` is where it was written, with its pictures."""

    title: str
    parts: list[str] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None

    def _repr_html_(self) -> str:
        return page_html(self.text, self.folder)

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
        self.folder = study.folder
        path = study.folder / "summary.md"
        write_json(study.folder / "data.json", plain(self.data))
        write_atomic(path, self.text)
        return path


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"
