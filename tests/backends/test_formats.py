"""Networks as ONNX, PT2 and traced graphs: they are the network, for any number of images."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from programs import conv, fractal_like, head, op, random_banks, registered, resnet_like
from random_programs import random_program
from safetensors.torch import load_file, save_file
from source_tools import imported
from torch import nn

import smashdsl
from smashdsl import SmashError
from smashdsl.backends.formats import Export, graphs, make, read_weights, state_of
from smashdsl.backends.formats.fx_source import fx_source
from smashdsl.backends.formats.weights import State, network_of
from smashdsl.backends.module import build_module
from smashdsl.backends.source import export_source
from smashdsl.backends.verify import verify
from smashdsl.backends.verify.graphs import BATCHES, TOLERANCE, verify_onnx
from smashdsl.backends.verify.source import scatter, verify_export
from smashdsl.ir import Combine, Op, Program
from smashdsl.plan import build_plan

SPECS = Path(__file__).parents[2] / "specs"
SMALL = resnet_like(width=4, layers=1, stages=2)


def weights_of(program: Program) -> State:
    """Weights as after training: nothing is zero or one."""
    network = build_module(build_plan(program), seed=0)
    scatter(network, torch.Generator().manual_seed(1))
    return state_of(network)


# Traced graphs -------------------------------------------------------------------------------


def traced(program: Program) -> str:
    plan = build_plan(program)
    return fx_source(build_module(plan, init=False, inplace=False), plan)


def everything() -> dict[str, Program]:
    shake = Combine("shake", ((conv(8, 3),), (op("relu"),)))
    mixed = Program("mixed", (3, 8, 8), 10, (conv(8, 3), shake), (), head())
    programs = {"small": SMALL, "fractal": fractal_like(width=8), "banks": random_banks()}
    bare = Program("bare", (3, 4, 4), None, (), (), ())
    return {**programs, "mixed": mixed, "bare": bare} | {
        f"random{seed}": random_program(seed) for seed in (1, 3, 4, 7)
    }


@pytest.mark.parametrize("name", everything())
def test_the_graph_comes_back_node_by_node(name: str, tmp_path: Path) -> None:
    program = everything()[name]
    module = imported(traced(program), tmp_path)
    reference = build_module(build_plan(program), seed=0, inplace=False)
    found = module.graph_module()
    assert isinstance(found, torch.fx.GraphModule)
    for mine, theirs in zip(found.graph.nodes, reference.graph.nodes, strict=True):
        assert (mine.name, mine.op, mine.target) == (theirs.name, theirs.op, theirs.target)
        assert str(mine.args) == str(theirs.args)
    found.load_state_dict(reference.state_dict())
    x = torch.randn(2, *program.input)
    for training in (False, True):
        outputs = []
        for network in (found, reference):
            torch.manual_seed(2)
            outputs.append(network.train(training)(x))
        torch.testing.assert_close(*outputs)


def test_formatters_and_linters_leave_graphs_alone(tmp_path: Path) -> None:
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    if ruff is None:
        pytest.skip("needs ruff")
    for name, program in everything().items():
        (tmp_path / f"{name}.py").write_text(traced(program))
    options = ["--isolated", "--line-length=100", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select=E,F,W,I"]):
        done = subprocess.run([ruff, *command, *options], check=False, capture_output=True)
        assert done.returncode == 0, done.stdout.decode()


@pytest.mark.slow
def test_types(tmp_path: Path) -> None:
    mypy = shutil.which("mypy", path=str(Path(sys.executable).parent))
    if mypy is None:
        pytest.skip("needs mypy")
    for name, program in everything().items():
        (tmp_path / f"fx_{name}.py").write_text(traced(program))
        (tmp_path / f"{name}.py").write_text(export_source(program))
    options = ["--no-incremental", "--disallow-untyped-defs", "--config-file", os.devnull]
    done = subprocess.run([mypy, *options, str(tmp_path)], check=False, capture_output=True)
    assert done.returncode == 0, done.stdout.decode()


@pytest.mark.slow
def test_another_graph_is_refused() -> None:
    changed = traced(SMALL).replace('at("head.relu1")(x)', 'at("head.relu1")(at("head.relu1")(x))')
    with pytest.raises(SmashError, match="its graph has other nodes"):
        verify_export(changed, SMALL)


# ONNX and PT2 --------------------------------------------------------------------------------


def test_onnx(tmp_path: Path) -> None:
    made = make(SMALL, Export("onnx", fold_bn=True), weights_of(SMALL))
    content, beside = made.write(tmp_path / "net.onnx")
    assert beside is None
    report = verify(made, content)
    assert report.max_difference < TOLERANCE
    assert report.passes is not None
    assert report.file.batches == BATCHES
    others = make(SMALL, Export("onnx")).weights
    with pytest.raises(SmashError, match="outputs differ by"):
        verify_onnx(content, network_of(build_plan(SMALL), others), SMALL.input)
    with pytest.raises(SmashError, match="onnxruntime does not run it"):
        verify_onnx(content[:1000], network_of(build_plan(SMALL), others), SMALL.input)


def test_pt2(tmp_path: Path) -> None:
    state = weights_of(SMALL)
    make(SMALL, Export("pt2"), state).write(tmp_path / "net.pt2")
    loaded = torch.export.load(tmp_path / "net.pt2")
    assert {name for name, _ in loaded.named_parameters()} == set(build_plan(SMALL).slots)
    network, reference = loaded.module(), network_of(build_plan(SMALL), state)
    for batch in (1, 3):
        x = torch.randn(batch, *SMALL.input)
        torch.testing.assert_close(network(x), reference(x))


@pytest.mark.slow
def test_pt2_is_proved_in_a_process_without_smashdsl() -> None:
    made = make(SMALL, Export("pt2"), weights_of(SMALL))
    report = verify(made, made.content())
    assert report.max_difference < 1e-6
    assert "without smashdsl" in str(report)
    others = make(SMALL, Export("pt2"))
    with pytest.raises(SmashError, match="outputs differ by"):
        verify(others, made.content())
    with pytest.raises(SmashError, match="does not run by itself"):
        verify(others, b"no archive")


@pytest.mark.slow
@pytest.mark.parametrize("to", ["onnx", "pt2", "fx", "python"])
@pytest.mark.parametrize("name", ["fractal", "banks", "mixed", "random1", "random4", "random7"])
def test_every_format_is_the_network(to: str, name: str, tmp_path: Path) -> None:
    program = everything()[name]
    for fold in (False, True):
        made = make(program, Export(to, simplify=True, fold_bn=fold), weights_of(program))
        content, beside = made.write(tmp_path / f"net{made.how.suffix}")
        assert verify(made, content, beside).max_difference < TOLERANCE


@pytest.mark.slow
@pytest.mark.parametrize("to", ["onnx", "pt2"])
@pytest.mark.parametrize("spec", ["resnet20", "densenet_bc", "voxel_resnet", "nas_bench_101"])
def test_specs(to: str, spec: str) -> None:
    network = smashdsl.load(SPECS / f"{spec}.smash")
    program = network if isinstance(network, smashdsl.Program) else network.sample(1)
    made = make(program.ir, Export(to))
    assert verify(made, made.content()).max_difference < TOLERANCE


def test_a_missing_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "find_spec", lambda name: None if name == "onnxscript" else name)
    with pytest.raises(SmashError) as caught:
        make(SMALL, Export("onnx")).content()
    (found,) = caught.value.diagnostics
    assert found.code == "E914"
    assert "`onnxscript`" in found.message


class Untraceable(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x if float(x.sum()) > 0 else -x


def test_what_torch_cannot_capture() -> None:
    with registered("odd", lambda shape, attrs: Untraceable()):
        program = Program("odd", (3, 8, 8), 10, (Op("odd", {}),), (), head())
        with pytest.raises(SmashError) as caught:
            make(program, Export("pt2")).content()
    (found,) = caught.value.diagnostics
    assert found.code == "E915"
    assert "as PT2" in found.message


# Weights -------------------------------------------------------------------------------------


def test_weights_are_beside_where_they_are_apart(tmp_path: Path) -> None:
    state = weights_of(SMALL)
    made = make(SMALL, Export("fx"), state)
    _, beside = made.write(tmp_path / "net.py")
    assert beside == tmp_path / "net.safetensors"
    assert load_file(beside).keys() == state.keys()
    assert read_weights(beside, build_plan(SMALL)).keys() == state.keys()
    network = imported((tmp_path / "net.py").read_text(), tmp_path).load(beside)
    x = torch.randn(3, *SMALL.input)
    torch.testing.assert_close(network(x), network_of(build_plan(SMALL), state)(x))
    _, beside = make(SMALL, Export("fx")).write(tmp_path / "bare.py")
    assert beside is None
    assert not (tmp_path / "bare.safetensors").exists()


def spoiled(change: str) -> dict[str, Any]:
    state = weights_of(SMALL)
    if change == "less":
        del state["stem.conv1.weight"]
    elif change == "more":
        state["more.weight"] = torch.zeros(1)
    else:
        state["head.linear1.bias"] = torch.zeros(3)
    return state


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("less", "it lacks `stem.conv1.weight`"),
        ("more", "it adds `more.weight`"),
        ("shape", r"its `head.linear1.bias` has the shape \(3,\), not \(10,\)"),
        ("text", "it is no safetensors file"),
    ],
)
def test_weights_of_another_network(change: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "w.safetensors"
    if change == "text":
        path.write_text("no weights")
    else:
        save_file(spoiled(change), path)
    with pytest.raises(SmashError, match=message) as caught:
        read_weights(path, build_plan(SMALL))
    assert caught.value.diagnostics[0].code == "E909"


def test_nothing_is_written_where_something_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "find_spec", lambda name: None)
    with pytest.raises(SmashError):
        make(SMALL, Export("onnx")).write(tmp_path / "net.onnx")
    made = make(SMALL, Export(), weights_of(SMALL))
    with pytest.raises(SmashError, match="would be overwritten by its weights"):
        made.write(tmp_path / "net.safetensors")
    with pytest.raises(SmashError):
        made.write(tmp_path / "missing" / "net.py")
    assert not list(tmp_path.iterdir())


def test_wrong_use() -> None:
    with pytest.raises(ValueError, match="no format 'tflite'"):
        Export("tflite")
    with pytest.raises(ValueError, match="folded into weights"):
        make(SMALL, Export(fold_bn=True))


def test_from_python(tmp_path: Path) -> None:
    program = smashdsl.load(SPECS / "nas_bench_201_small.smash").sample(1)
    path = tmp_path / "net.py"
    text = program.export(path, program.module(), simplify=True, fold_bn=True)
    assert text == path.read_text()
    assert "Batch normalisation is folded" in text
    assert 0 < text.count("BatchNorm2d") < program.export().count("BatchNorm2d")
    content = program.export(to="pt2")
    assert isinstance(content, bytes)
    with pytest.raises(ValueError, match="give a path"):
        program.export(module=program.module(), to="fx")
