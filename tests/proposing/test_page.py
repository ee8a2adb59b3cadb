"""The page about proposers names all of them, with their options."""

from __future__ import annotations

import inspect
from pathlib import Path

from smashdsl.proposing.registry import PROPOSERS, option_types

PAGE = (Path(__file__).parents[2] / "docs" / "proposers.md").read_text()


def test_the_table_has_every_proposer_and_option():
    rows = [line.split(" | ") for line in PAGE.splitlines() if line.startswith("| `")]
    assert [row[0].strip("| `") for row in rows] == list(PROPOSERS)
    for row, kind in zip(rows, PROPOSERS.values(), strict=True):
        parameters = inspect.signature(kind).parameters
        options = [
            f"`{name}={str(parameters[name].default).lower()}`" for name in option_types(kind)
        ]
        assert row[2].strip(" |") == ", ".join(options)
