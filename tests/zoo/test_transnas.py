"""The macro level of TransNAS-Bench-101 has as many programs as was published."""

from __future__ import annotations

from itertools import product

import pytest
from zoo.specs import SPECS

import smashdsl
from smashdsl import SmashError


@pytest.mark.slow
def test_the_macro_level_has_3256_programs() -> None:
    space = smashdsl.load(SPECS / "trans_nas_bench_101_macro.smash")
    assert isinstance(space, smashdsl.Space)
    hashes, refused = set(), set()
    for modules in (4, 5, 6):
        for bits in product((0, 1), repeat=2 * modules):
            doubles = {f"doubles[{i}]": bits[i] for i in range(modules)}
            halves = {f"halves[{i}]": bits[modules + i] for i in range(modules)}
            try:
                hashes.add(space.rebuild({"modules": modules, **doubles, **halves}).hash)
            except SmashError as error:
                refused |= {found.code for found in error.diagnostics}
    assert len(hashes) == 3256
    assert len(refused) == 1
