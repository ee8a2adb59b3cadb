"""Scorers by name."""

from __future__ import annotations

import subprocess
import sys

from smashdsl.scoring.registry import KINDS, Kind, listing, make_scorer
from smashdsl.scoring.single import Single
from smashdsl.scoring.value import Value
from tests.scoring.contexts import context


def test_other_kinds_stand_beside_those_of_the_registry() -> None:
    tiny = context("tiny")
    more = Kind("half", "always the same", lambda of, argument: Single(
        f"half:{argument}", lambda program: Value(float(argument) / 2)), "NUMBER")  # fmt: skip
    kinds = (*KINDS, more)
    assert make_scorer("half:3", tiny, kinds).score([tiny.space.sample(0)])[0].score == 1.5
    assert make_scorer("params", tiny, kinds).name == "params"
    assert listing(kinds).splitlines()[-1].split() == ["half:NUMBER", "always", "the", "same"]


def test_the_list_fits_a_terminal() -> None:
    lines = listing().splitlines()
    assert len(lines) == len(KINDS)
    assert max(map(len, lines)) <= 80


def test_listing_loads_no_torch() -> None:
    code = (
        "import sys; from smashdsl.scoring.registry import listing; listing(); "
        "assert 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
