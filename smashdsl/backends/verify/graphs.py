"""Proof that an ONNX or PT2 file is the network, for any number of images."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from smashdsl.backends.formats.graphs import INPUT, require_onnx
from smashdsl.backends.verify.isolated import another_network, run_isolated
from smashdsl.backends.verify.outputs import difference

TOLERANCE = 1e-4
BATCHES = (1, 2, 5)
_PT2 = """
found()
network = torch.export.load(folder / "exported.pt2").module()
images = load_file(folder / "input.safetensors")
with torch.no_grad():
    results = {name: network(x).contiguous() for name, x in images.items()}
save_file(results, folder / "results.safetensors")
"""


@dataclass(frozen=True)
class GraphReport:
    """How far outputs are apart at most, for batches of which sizes, and what ran the file.

    `max_difference` is relative to the largest output where that exceeds 1.
    """

    max_difference: float
    batches: tuple[int, ...]
    runner: str

    def __str__(self) -> str:
        sizes = ", ".join(map(str, self.batches))
        return (
            f"outputs differ by at most {self.max_difference:.1e} for batches of {sizes} "
            f"({self.runner})"
        )


def verify_onnx(content: bytes, network: nn.Module, shape: tuple[int, ...]) -> GraphReport:
    """Run an ONNX file by onnxruntime and compare it with the network.

    Args:
        content: of the file.
        network: in evaluation.
        shape: `(channels, *spatial)` of an image.

    Raises:
        SmashError: E908 it is another network, E914 onnxruntime is missing.
    """
    require_onnx("onnxruntime")
    import onnxruntime

    images = _images(shape)
    try:
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        results = {
            name: torch.from_numpy(session.run(None, {INPUT: x.numpy()})[0])
            for name, x in images.items()
        }
    except Exception as error:  # onnxruntime has errors of its own, below no common class
        reason = str(error).strip().splitlines()[0][:200]
        raise another_network(f"onnxruntime does not run it: {reason}") from error
    return _compared(network, images, results, f"onnxruntime {onnxruntime.__version__}")


def verify_pt2(content: bytes, network: nn.Module, shape: tuple[int, ...]) -> GraphReport:
    """Load a PT2 file in a process without smashdsl, and compare it with the network.

    Args and raises as `verify_onnx`.
    """
    images = _images(shape)
    with tempfile.TemporaryDirectory(prefix="smashdsl-verify-") as name:
        folder = Path(name)
        (folder / "exported.pt2").write_bytes(content)
        save_file(images, folder / "input.safetensors")
        facts, problem = run_isolated(_PT2, folder)
        if problem:
            raise another_network(problem)
        results = load_file(folder / "results.safetensors")
    return _compared(network, images, results, _versions(facts))


def _versions(facts: Mapping[str, Any]) -> str:
    return f"Python {facts['python']}, torch {facts['torch']}, without smashdsl"


def _images(shape: tuple[int, ...]) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(0)
    return {str(n): torch.randn(n, *shape, generator=generator) for n in BATCHES}


@torch.no_grad()
def _compared(network: nn.Module, images: Mapping[str, Tensor], results: Mapping[str, Tensor],
              runner: str) -> GraphReport:  # fmt: skip
    largest = max(difference(results[name], network(x), TOLERANCE) for name, x in images.items())
    return GraphReport(largest, BATCHES, runner)
