"""Entries: what files say of themselves, their layout, and that each runs."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from zoo.specs import LARGE, SPECS, spec_files

import smashdsl
from smashdsl import Program, SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.syntax.format import format_source
from smashdsl.zoo.entries import entries, entry, parse_entry

# The design of the language fixes these texts, which are laid out by hand.
FIXED = {
    "densenet_bc",
    "fractalnet",
    "nas_bench_201",
    "nas_bench_macro",
    "smash_v2",
    "voxel_resnet",
}
CITED = {"densenet_bc", "fractalnet", "nas_bench_201", "nas_bench_macro", "resnet20", "smash_v2"}
FIRST = {"shake_shake_26_2x96d"}  # of the large ones


def test_every_file_is_an_entry() -> None:
    assert [each.name for each in entries() if each.kind == "space"] == sorted(
        each.name for each in entries() if each.kind == "space"
    )
    assert {each.name for each in entries()} == {path.stem for path in SPECS.glob("*.smash")}


@pytest.mark.parametrize("path", spec_files(slow=()))
def test_a_file_says_what_it_is_in_standard_layout(path: Path) -> None:
    found = entry(path.stem)
    text = path.read_text()
    assert found.text == text
    assert f"{found.kind} {found.name} {{" in text
    assert found.title
    assert found.about.startswith(found.title)
    assert "\n# Source: " in text or found.source == "this project" or found.name in CITED
    assert "arXiv:" in found.source or "this project" in found.source or "github" in found.source
    if found.name not in FIXED:
        assert format_source(Source(path.name, text)) == text


@pytest.mark.parametrize(
    "path", spec_files(slow={*LARGE, "gated", "nas_bench_101", "smash_v2"} - FIRST)
)
def test_an_entry_runs(path: Path) -> None:
    """Small ones compute; of the others only shapes flow."""
    loaded = smashdsl.load(path)
    program = loaded if isinstance(loaded, Program) else loaded.sample(0)
    device = torch.device("meta" if path.stem in LARGE else "cpu")
    with device:
        network = program.module(seed=None).to(device).eval()
        out = network(torch.zeros(1, *program.ir.input))
    assert out.shape == (1, program.ir.classes)
    assert path.stem in LARGE or out.isfinite().all()


def test_names_are_found_and_mended() -> None:
    assert entry("resnet20.smash") == entry("resnet20")
    with pytest.raises(SmashError) as caught:
        entry("resnet2O")
    (found,) = caught.value.diagnostics
    assert found.code == "E966"
    assert found.helps == ("did you mean `resnet20`?",)


def test_a_header_is_parsed() -> None:
    text = "# A net of Brock et al. 2017. Small.\n# Source: Us: Nets. 2020\n# Published: 3 numbers"
    found = parse_entry("net", f"{text}\nspace net {{\n# Source: not this\n")
    assert (found.kind, found.title) == ("space", "A net of Brock et al. 2017")
    assert found.about == "A net of Brock et al. 2017. Small."
    assert (found.source, found.published) == ("Us: Nets. 2020", "3 numbers")
    assert parse_entry("net", "space net {").source == "this project"
    with pytest.raises(ValueError, match="holds no network"):
        parse_entry("net", text)
