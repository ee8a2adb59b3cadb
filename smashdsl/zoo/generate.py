"""Works out all figures anew and writes them and the pages:
`python -m smashdsl.zoo.generate specs docs/zoo`."""

from __future__ import annotations

import sys
from pathlib import Path

from smashdsl.files import make_folder, write_atomic
from smashdsl.zoo.entries import entries
from smashdsl.zoo.figures import FILE, figures_text, measure
from smashdsl.zoo.pages import pages


def generate(specs: Path, docs: Path) -> None:
    """Write the figures into the one folder and the pages into the other, and remove pages that
    belong to nothing."""
    rows = [(entry, measure(entry)) for entry in entries()]
    write_atomic(specs / FILE, figures_text(rows))
    make_folder(docs)
    written = set()
    for name, content in pages(rows):
        write_atomic(docs / name, content)
        written.add(name)
    for path in docs.iterdir():
        if path.suffix in (".md", ".svg") and path.name not in written:
            path.unlink()


if __name__ == "__main__":
    generate(*map(Path, sys.argv[1:3]))
