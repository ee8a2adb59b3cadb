"""Proof that an exported file is the network: run it where smashdsl cannot be, and compare.

Takes the text that `export_source` wrote and the program it came from; builds the torch module of
the program here and the exported one in a fresh, isolated Python process, from the same weights.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.fx import GraphModule, Node

from smashdsl.backends.module import build_module
from smashdsl.backends.verify.isolated import another_network, run_isolated
from smashdsl.backends.verify.outputs import difference
from smashdsl.ir import Program
from smashdsl.plan import Plan, build_plan

TOLERANCE = 1e-10
_BATCH = 2
_SCRIPT = """
import importlib.util

torch.set_default_dtype(torch.float64)
spec = importlib.util.spec_from_file_location("exported", folder / "exported.py")
exported = importlib.util.module_from_spec(spec)
spec.loader.exec_module(exported)
graph = exported.graph_module().graph if hasattr(exported, "graph_module") else None
found(
    parameters={n: list(p.shape) for n, p in exported.Network().named_parameters()},
    nodes=graph and [[n.name, n.op, getattr(n.target, "__name__", n.target)] for n in graph.nodes],
)
network = exported.load(folder / "weights.safetensors")
x = load_file(folder / "input.safetensors")["x"]
results = {}
with torch.no_grad():
    for mode in ("eval", "train"):
        network.train(mode == "train")
        torch.manual_seed(int(sys.argv[2]))
        results[mode] = network(x).contiguous()
save_file(results, folder / "results.safetensors")
"""


@dataclass(frozen=True)
class VerifyReport:
    """What was found equal.

    `parameters` is the number of trainable and fixed scalars, `tensors` that of their tensors;
    `max_difference` the largest absolute difference of two outputs, relative to the largest output
    where that exceeds 1. `python` and `torch` are the versions in the other process.
    """

    parameters: int
    tensors: int
    max_difference: float
    python: str
    torch: str

    def __str__(self) -> str:
        return (
            f"{self.parameters:,} parameters in {self.tensors} tensors, outputs differ by at most "
            f"{self.max_difference:.1e} in evaluation and training "
            f"(Python {self.python}, torch {self.torch}, without smashdsl)"
        )


def verify_export(
    source: str, program: Program, *, seed: int = 0, weights: Path | None = None
) -> VerifyReport:
    """Run an exported file in a process without smashdsl and compare it with the torch module.

    Parameter names and shapes must be those of the plan's slots; outputs in float64, in evaluation
    and in training mode, may differ by `TOLERANCE`. A graph must have the module's nodes.

    Args:
        source: the text of the file, a network's or a traced graph's.
        program: what it was exported from.
        seed: of the input, of the weights if none are given, and of dropout.
        weights: a safetensors file with the network's weights; random ones unless given.

    Raises:
        SmashError: E908, if the file does not run, or is another network.
    """
    plan = build_plan(program)
    network = build_module(plan, seed=seed, dtype=torch.float64, inplace=False)
    generator = torch.Generator().manual_seed(seed)
    if weights is None:
        scatter(network, generator)
    else:
        _load(network, weights)
    x = torch.randn((_BATCH, *program.input), generator=generator, dtype=torch.float64)
    with tempfile.TemporaryDirectory(prefix="smashdsl-verify-") as name:
        folder = Path(name)
        (folder / "exported.py").write_text(source, encoding="utf-8")
        save_file(_whole(network.state_dict()), folder / "weights.safetensors")
        save_file({"x": x}, folder / "input.safetensors")
        facts = _run(folder, seed, plan, network)
        results = load_file(folder / "results.safetensors")
    differences = [
        difference(results[mode], expected, TOLERANCE, f"in {mode} mode ")
        for mode, expected in _outputs(network, x, seed).items()
    ]
    return VerifyReport(
        plan.costs.params, len(plan.slots), max(differences), facts["python"], facts["torch"]
    )


@torch.no_grad()
def scatter(network: nn.Module, generator: torch.Generator) -> None:
    """Give vectors (biases, scales, running statistics, scores) values that make a difference."""
    for tensor in network.state_dict().values():
        if tensor.ndim == 1 and tensor.is_floating_point():
            tensor.uniform_(0.5, 1.5, generator=generator)


def _load(network: nn.Module, weights: Path) -> None:
    try:
        network.load_state_dict(load_file(weights))
    except RuntimeError as error:
        raise another_network(f"`{weights}` holds other weights: {error}") from error


def _whole(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: tensor.contiguous() for name, tensor in state.items()}


def _run(folder: Path, seed: int, plan: Plan, network: GraphModule) -> dict[str, str]:
    """Run the file; gives the versions that ran it."""
    facts, problem = run_isolated(_SCRIPT, folder, str(seed))
    if facts:
        _compare_parameters(plan, facts.pop("parameters"))
        nodes = facts.pop("nodes")
        if nodes and nodes != list(map(_node, network.graph.nodes)):
            raise another_network("its graph has other nodes")
    if problem:
        raise another_network(problem)
    return {name: str(fact) for name, fact in facts.items()}


def _node(node: Node) -> list[str]:
    return [node.name, node.op, getattr(node.target, "__name__", str(node.target))]


@torch.no_grad()
def _outputs(network: nn.Module, x: Tensor, seed: int) -> dict[str, Tensor]:
    outputs = {}
    with torch.random.fork_rng(devices=[]):
        for mode in ("eval", "train"):
            network.train(mode == "train")
            torch.manual_seed(seed)
            outputs[mode] = network(x)
    return outputs


def _compare_parameters(plan: Plan, actual: Mapping[str, list[int]]) -> None:
    expected = {name: list(slot.shape) for name, slot in plan.slots.items()}
    missing, added = sorted({*expected} - {*actual}), sorted({*actual} - {*expected})
    if missing or added:
        name = (missing or added)[0]
        raise another_network(f"it {'lacks' if missing else 'adds'} the parameter `{name}`")
    for name, shape in expected.items():
        if actual[name] != shape:
            raise another_network(
                f"its parameter `{name}` has the shape {actual[name]}, not {shape}"
            )
