"""The files of the zoo as parameters of tests."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

SPECS = Path(__file__).parents[2] / "specs"

# Networks whose weights take seconds to draw, or which have hundreds of layers.
LARGE = {
    "convnext_t", "darts_like", "densenet_bc_100_12", "densenet_bc_190_40",
    "densenet_bc_250_24", "efficientnet_b0_like", "fractalnet21", "mobilenet_v2",
    "once_for_all_like", "resnet110_v1", "resnet164_v2", "shake_shake_26_2x96d", "smash_default",
    "trans_nas_bench_101_macro", "trans_nas_bench_101_micro", "wide_resnet_16_8",
    "wide_resnet_28_10",
}  # fmt: skip


def spec_files(slow: Collection[str]) -> list[Any]:
    """All files, those named `slow` marked as such."""
    assert all((SPECS / f"{name}.smash").exists() for name in slow)
    return [
        pytest.param(path, marks=[pytest.mark.slow] if path.stem in slow else [], id=path.stem)
        for path in sorted(SPECS.glob("*.smash"))
    ]
