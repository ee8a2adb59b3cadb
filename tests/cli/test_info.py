"""`smashdsl info`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.tools import Run


def test_program_as_text(run: Run, specs: Path):
    shown = run("info", specs / "resnet20.smash").stdout
    assert "block 2, layer 3  x → residual → x" in shown
    assert "295,418" in shown
    assert "FLOPs: multiply-adds of convolutions and linear layers" in shown
    expanded = run("info", specs / "resnet20.smash", "--expand").stdout
    assert expanded.count("conv 3×3, 32") == 6


def test_program_as_json(run: Run, specs: Path):
    data = json.loads(run("info", specs / "resnet20.smash", "--json").stdout)
    assert data["kind"] == "program"
    assert data["name"] == "resnet20"
    assert (data["params"], data["flops"], data["depth"]) == (295418, 43958912, 22)
    assert data["input"] == [3, 32, 32]
    assert data["classes"] == 10
    assert len(data["hash"]) == 64
    assert sum(layer["params"] for layer in data["layers"]) == 295418
    assert sum(layer["flops"] for layer in data["layers"]) == 43958912
    operations = [o for layer in data["layers"] for o in layer["operations"]]
    assert sum(o["params"] for o in operations) == 295418


def test_space_as_json(run: Run, space: Path):
    data = json.loads(run("info", space, "--json", "--samples", "20").stdout)
    assert data["kind"] == "space"
    assert data["name"] == "small"
    assert data["size"] == 12
    assert round(data["size_log10"], 6) == 1.079181
    assert data["size_is_estimate"] is False
    assert [draw["options"] for draw in data["draws"]] == [[1, 3, 5], [8, 16], ["add", "max"]]
    assert [(d["line"], d["column"]) for d in data["draws"]] == [(7, 42), (8, 36), (8, 68)]
    assert set(data["bounds"]) >= {"params", "flops", "activations", "banks", "channels", "layers"}
    (requirement,) = data["requirements"]
    assert requirement["text"] == "params <= 2k"
    assert requirement["samples"] == 20


def test_bounds_hold_the_samples(run: Run, space: Path):
    bounds = json.loads(run("info", space, "--json").stdout)["bounds"]
    for seed in range(6):
        data = json.loads(run("info", space, "--seed", str(seed), "--json").stdout)
        for cost in ("params", "flops", "activations"):
            low, high = bounds[cost]
            assert low <= data[cost] <= high


def test_space_as_text(run: Run, specs: Path):
    shown = run("info", specs / "nas_bench_201.smash", "--samples", "3").stdout
    assert "programs  15,625\n" in shown
    assert "5: none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3" in shown
    assert "params <= 2M and flops <= 250M  0 of 3 samples" in shown
    assert "multiply-adds of convolutions and linear layers" in shown


def test_genome_from_a_file_and_from_standard_input(run: Run, space: Path, tmp_path: Path):
    sampled = run("sample", space, "--seed", "5", "--json").stdout
    path = tmp_path / "genome.json"
    path.write_text(json.dumps(json.loads(sampled)["genome"]))
    expected = json.loads(sampled)["hash"]
    for source, stdin in ((path, ""), ("-", sampled)):
        result = run("info", space, "--genome", source, "--json", stdin=stdin)
        assert json.loads(result.stdout)["hash"] == expected
