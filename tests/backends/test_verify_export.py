"""Comparing an exported file with its network in a process that cannot import smashdsl."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from programs import random_banks, resnet_like, signal
from safetensors.torch import save_file

from smashdsl import SmashError
from smashdsl.backends.module import build_module
from smashdsl.backends.source import export_source
from smashdsl.backends.verify.source import TOLERANCE, verify_export
from smashdsl.plan import build_plan

PROGRAM = resnet_like(width=4, layers=1, stages=2)


def test_reports_what_it_found_equal():
    report = verify_export(export_source(PROGRAM), PROGRAM, seed=3)
    plan = build_plan(PROGRAM)
    assert (report.parameters, report.tensors) == (plan.costs.params, len(plan.slots))
    assert 0 <= report.max_difference <= TOLERANCE
    assert report.torch == torch.__version__
    assert "without smashdsl" in str(report)


def test_takes_given_weights(tmp_path: Path):
    program = random_banks()
    save_file(build_module(build_plan(program), seed=1).state_dict(), tmp_path / "w.safetensors")
    report = verify_export(export_source(program), program, weights=tmp_path / "w.safetensors")
    assert report.max_difference <= TOLERANCE
    with pytest.raises(SmashError, match="holds other weights"):
        verify_export(export_source(signal()), signal(), weights=tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("x = x + layer(x)", "x = x + 1.0001 * layer(x)", "outputs in eval mode differ by"),
        (".mean((2, 3))", ".mean((2, 3)) * (1 + self.training)", "outputs in train mode differ"),
        ("norm2", "norm9", "lacks the parameter `blocks.0.layers.0.norm2.bias`"),
        ("channels, channels, 3)", "channels, channels, 1)", "has the shape [4, 4, 1, 1]"),
        ("import math", "import math, smashdsl", "smashdsl is not available here"),
    ],
)
def test_refuses_another_network(old: str, new: str, message: str):
    source = export_source(PROGRAM)
    assert old in source
    with pytest.raises(SmashError) as caught:
        verify_export(source.replace(old, new), PROGRAM)
    (found,) = caught.value.diagnostics
    assert found.code == "E908"
    assert message in found.message
