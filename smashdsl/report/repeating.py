"""How to do it again: commands, versions, data, settings, and the space."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from smashdsl.backends.web.markup import Content, Html, code, folded, paragraph, section, table, tag
from smashdsl.files import read_bytes
from smashdsl.report.gather import Findings
from smashdsl.search.commands import commands
from smashdsl.search.texts import MAIN
from smashdsl.version import __version__

NEW = "NEW"


def repeating_section(found: Findings) -> Html:
    """Everything that results depend on."""
    run = found.run
    lines = "\n".join(commands(run, NEW))
    settings = json.dumps(dataclasses.asdict(run.settings), indent=2)
    text = read_bytes(run.folder / MAIN).decode(errors="replace")
    return section(
        "repeat", "How to repeat it",
        paragraph("The same steps in a new folder, here ", tag("code", NEW), ":"),
        code(lines, "Commands", wrapped=True), _facts(found), *_environments(found),
        folded("The space", code(text, "The space's text")),
        folded("All settings", code(settings, "All settings as JSON")),
    )  # fmt: skip


def _facts(found: Findings) -> Html:
    run = found.run
    rows: list[list[Content]] = [
        ["space", [run.name, ", ", tag("code", run.origin)]],
        ["seed", str(run.seed)],
        ["data", run.data],
        *_data(found),
        ["limit of examples", "none" if run.limit is None else f"{run.limit:,}"],
        ["threads", str(run.threads)],
    ]
    rows += [[tag("code", key), value] for key, value in run.told().items() if key in run.asked]
    return table("Space, data and settings that were asked for", ["", ""], rows)


def _data(found: Findings) -> list[list[Content]]:
    """What the checkpoint says of the data, in words."""
    known = found.trained.get("data")
    words = {"shape": "shape of images", "classes": "classes", "train": "training images",
             "validation": "held-out images", "test": "test images", "mean": "mean of channels",
             "std": "standard deviation of channels"}  # fmt: skip
    if not isinstance(known, dict):
        return []
    return [[shown, _shown(name, known[name])] for name, shown in words.items() if name in known]


def _shown(name: str, value: Any) -> str:
    if isinstance(value, list):
        return ("×" if name == "shape" else ", ").join(_shown("", each) for each in value)
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _environments(found: Findings) -> list[Html]:
    each = found.run.environments
    if not each:
        return []
    names = [field.name for field in dataclasses.fields(each[0])]
    rows = [[name, *(str(getattr(one, name)) for one in each)] for name in names]
    head = ["", *(f"environment {i}" for i in range(1, len(each) + 1))]
    return [table("Where the HyperNet was trained", head, rows)]


def made_with() -> str:
    """What wrote the page."""
    return f"Written by smashdsl {__version__}."
