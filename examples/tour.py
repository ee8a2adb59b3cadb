"""The Python interface in one pass: from a space to a torch module and a file of its own.

    python examples/tour.py [FOLDER]

writes a picture, a graph and an exported network into FOLDER (`tour` unless given).
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import torch

import smashdsl
from smashdsl.backends.graph import node_link

SPECS = Path(__file__).parents[1] / "specs"


def main(folder: Path) -> None:
    """Sample a program of the quickstart space and look at it from all sides."""
    folder.mkdir(parents=True, exist_ok=True)
    space = smashdsl.load(SPECS / "quickstart.smash")
    program = space.sample(seed=7)
    print(program)
    print(program.text)

    # One entry for each draw; the genome and the space give the program back.
    for path, value in list(program.genome.items())[:5]:
        print(f"{path} = {value}")
    assert space.rebuild(program.genome).hash == program.hash

    graph = program.graph("banks")
    (folder / "graph.json").write_text(json.dumps(node_link(graph), indent=1))
    print(f"{graph.number_of_nodes()} nodes, {graph.number_of_edges()} edges")
    (folder / "banks.svg").write_text(program.render("banks"))

    encoding = program.encode()
    print(f"c has the shape {tuple(encoding.tensor.shape)}")
    assert space.decode(encoding.tensor).hash == program.hash

    module = program.module(seed=0)
    images = torch.randn(4, *program.ir.input)
    print(f"{tuple(images.shape)} -> {tuple(module(images).shape)}")

    # The file needs torch alone, and its state dict has the module's names.
    program.export(folder / "network.py")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "tour"))
