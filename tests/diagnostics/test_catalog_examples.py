"""The examples of the catalog show what they are about."""

from __future__ import annotations

import pytest

from smashdsl.check.check import check
from smashdsl.diagnostics import CATALOG, SmashError, Source
from smashdsl.elaborate.modules import load_module

FAMILIES = ("E1", "E2", "E3", "E4", "E5", "E6", "E7", "E80", "W")


SHOWN = [
    code
    for code, entry in CATALOG.items()
    if entry.example and code.startswith(FAMILIES) and code != "E100"  # the command line's
]


@pytest.mark.parametrize("code", SHOWN)
def test_an_example_gives_its_code_and_no_other(code: str) -> None:
    try:
        found = check(load_module(Source("example.smash", CATALOG[code].example)))
    except SmashError as error:
        found = list(error.diagnostics)
    assert {diagnostic.code for diagnostic in found} == {code}
