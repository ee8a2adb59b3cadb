"""Guessing which name was meant."""

from __future__ import annotations

import pytest

from smashdsl.diagnostics import did_you_mean

OPS = ["conv", "relu", "gelu", "norm", "global_avg_pool", "avg_pool", "max_pool", "linear", "zero"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("cnv", "conv"),
        ("rleu", "relu"),
        ("Relu", "relu"),
        ("global_average_pool", "global_avg_pool"),
        ("conv2", "conv"),
        ("noorm", "norm"),
        ("liner", "linear"),
        ("x", None),
        ("attention", None),
        ("conv", None),
        ("", None),
        ("c" * 100_000, None),
    ],
)
def test_guesses(name: str, meant: str | None) -> None:
    assert did_you_mean(name, OPS) == meant


def test_order_of_candidates_does_not_matter() -> None:
    assert did_you_mean("elu", OPS) == did_you_mean("elu", reversed(OPS)) == "gelu"


def test_no_candidates() -> None:
    assert did_you_mean("conv", []) is None
