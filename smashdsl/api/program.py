"""A program, and all that can be made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.elaborate.run import Elaborated
from smashdsl.ir import Program as ProgramIR
from smashdsl.ir import content_hash, program_text
from smashdsl.plan import Costs, Plan

if TYPE_CHECKING:
    import networkx
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from smashdsl.api.space import Space
    from smashdsl.backends.encoding import Encoding

File = str | os.PathLike[str]


class Program:
    """One concrete network: its text, graphs, pictures, encoding, module and standalone source.

    `space` is the space it was drawn from; for a program written as one, the space of it alone.
    """

    def __init__(self, made: Elaborated, space: Space) -> None:
        self.made = made
        self.space = space

    def __repr__(self) -> str:
        costs = self.costs
        return f"<Program {self.name}: {costs.params:,} parameters, {costs.flops:,} multiply-adds>"

    @property
    def ir(self) -> ProgramIR:
        """The network as frozen data."""
        return self.made.program

    @property
    def name(self) -> str:
        return self.ir.name

    @property
    def genome(self) -> Mapping[str, Any]:
        """The draws that made it, path to value; empty for a program written by hand."""
        return self.ir.genome

    @property
    def train(self) -> Mapping[str, float]:
        """The settings of its `train` part, such as `lr`: a whole number or a float by name."""
        return self.ir.train

    @property
    def repaired(self) -> bool:
        """Whether 1,000 draws were rejected, and it was made from the nearest of them instead."""
        return self.made.repaired

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the canonical form as 64 hexadecimal digits: equal for the same network with
        the same training settings, however it was written, in any process and on any machine."""
        return content_hash(self.ir)

    @property
    def text(self) -> str:
        """The normal form as `.smash` text."""
        return program_text(self.ir)

    @property
    def plan(self) -> Plan:
        """Flat steps with every shape and weight slot."""
        return self.made.plan

    @property
    def costs(self) -> Costs:
        """Counts for one image: `params`, `flops` (multiply-adds of convolutions and linear
        layers), `activations` (numbers that these put out), `depth` (most of them on one path)."""
        return self.plan.costs

    def graph(self, view: str = "layers") -> networkx.MultiDiGraph:
        """The network as a networkx graph: `layers` (unrolled) or `banks` (the paper's figures)."""
        from smashdsl.backends.graph import graph

        return graph(self.ir, view)

    def render(self, view: str = "layers", format: str = "svg", **options: Any) -> bytes | str:
        """A picture.

        Args:
            view: `layers`, `banks`, `encoding`, or `space`, of the space that it is from.
            format: `svg`, `tikz`, `mermaid`, `dot` and `text` give a `str`, `png` and `pdf` give
                `bytes`.
            **options: `theme` (`light` or `dark`), `ascii` (keep `text` to ASCII), `engine`
                (`bundled`, or `system` for `dot`); for layers and banks `expand` (draw repeated
                parts as often as they are there).

        Raises:
            SmashError: E830 it would be too large, E831 it cannot be written in this format, E960,
                E961 or E962 the layout engine is missing, takes too long or fails.
            ValueError: there is no such view, format, engine or theme.
        """
        if view == "encoding":
            return self._render_encoding(format, **options)
        if view == "space":
            return self.space.render(format, **options)
        from smashdsl.backends.render import render

        return render(self.ir, view=view, format=format, **options)

    def render_diff(self, other: Program, format: str = "svg", **options: Any) -> bytes | str:
        """A picture of what another program does otherwise; what both have is grey. `format`,
        options and errors as in `render`."""
        from smashdsl.backends.render import render_diff

        return render_diff(self.ir, other.ir, format=format, **options)

    def _render_encoding(self, format: str, **options: Any) -> bytes | str:
        return self.encode().render(format, title=f"{self.name}: encoding", **options)

    def encode(self) -> Encoding:
        """The encoding tensor `c`, of shape (1, C, H, W), with the table of its channels."""
        from smashdsl.backends.encoding import encode

        return encode(self.made, self.space.layout)

    def one_hot(self) -> tuple[NDArray[np.float32], list[str]]:
        """Its draws as float32 numbers from 0 to 1 of the shape (N,), an entry for each option of
        each draw, and what each entry says.

        Raises:
            SmashError: E988, not all programs of its space make the same draws.
        """
        from smashdsl.backends.features import one_hot

        if self.space.draws is None:
            problem = f"not all programs of `{self.space.name}` make the same draws"
            helps = ("adjacency, paths and `c` are for all spaces",)
            raise SmashError(Diagnostic("E988", problem, helps=helps))
        return one_hot(self.space.draws, self.genome)

    def adjacency(self) -> tuple[NDArray[np.uint8], list[str]]:
        """The network as a graph: the uint8 matrix `(steps, steps)`, whose entry `[i, j]` says how
        often step j reads step i (255 is the most), and the operation of each step.

        Raises:
            SmashError: E996, it has more than 4,096 steps.
        """
        from smashdsl.backends.features import adjacency

        return adjacency(self.plan)

    def paths(self, longest: int | None = None, whole: bool = False) -> dict[str, int]:
        """How often each row of operations leads through a part of the network: its stem, a block,
        a transition or its head; with `whole`, through all of it. After White et al. 2020
        (arXiv:1910.11858), with numbers instead of yes and no.

        Args:
            longest: the most operations of a path, from 1; longer ones are left out.
            whole: paths from the image to the classes, instead of through each part.

        Raises:
            SmashError: E996, more than 20,000 different paths lead to one value, or the paths to
                all values have more than 50 million operations.
            ValueError: `longest` is less than 1.
        """
        from smashdsl.backends.features import paths

        return paths(self.plan, longest, whole)

    def module(self, seed: int | None = 0) -> torch.fx.GraphModule:
        """A `torch.fx.GraphModule` from images `(N, C, *size)` to `(N, classes)`, with fresh
        weights, which its state dict names by slot.

        Args:
            seed: of the weights, which are then the same in every process; None takes torch's own
                generator.
        """
        from smashdsl.backends.module import build_module

        return build_module(self.plan, seed=seed)

    @overload
    def export(self, path: File | None = None, module: torch.nn.Module | None = None, *,
               to: Literal["python", "fx"] = "python", simplify: bool | None = None,
               fold_bn: bool = False) -> str: ...  # fmt: skip

    @overload
    def export(self, path: File | None = None, module: torch.nn.Module | None = None, *,
               to: Literal["onnx", "pt2"], simplify: bool | None = None,
               fold_bn: bool = False) -> bytes: ...  # fmt: skip

    def export(self, path: File | None = None, module: torch.nn.Module | None = None, *,
               to: str = "python", simplify: bool | None = None,
               fold_bn: bool = False) -> str | bytes:  # fmt: skip
        """The network as a file that does not need smashdsl; gives its content.

        Args:
            path: the file to write, if any.
            module: a module of this program, whose weights go into the file, or beside it as
                safetensors for `python` and `fx`. Without it, these come without weights, and
                `onnx` and `pt2` with initial ones.
            to: `python`, standalone source that needs only torch; `fx`, the traced graph as such;
                `onnx`; or `pt2`, for `torch.export.load`.
            simplify: leave out what changes nothing but cost (see `passes.simplified`); all formats
                but `python` do so unless told otherwise.
            fold_bn: fold batch normalisation into the layers before it, for inference.

        Raises:
            SmashError: the file cannot be written, or the format cannot hold the network.
            ValueError: there is no such format, weights have no path to go beside, or there are no
                weights to fold.
        """
        from smashdsl.backends.formats import Export, make, state_of

        how = Export(to, simplify, fold_bn)
        if path is None and module is not None and how.weights_beside:
            raise ValueError("weights are written beside a file: give a path")
        made = make(self.ir, how, None if module is None else state_of(module))
        if path is None:
            content = made.content()
        else:
            content, _ = made.write(Path(path))
        return content.decode() if how.weights_beside else content

    def _repr_svg_(self) -> str | None:
        return picture(lambda: self.render("banks" if self.ir.blocks else "layers"))


def picture(draw: Callable[[], bytes | str]) -> str | None:
    """A picture for a notebook, which shows the text where there is none."""
    try:
        drawn = draw()
    except SmashError:
        return None
    return drawn if isinstance(drawn, str) else drawn.decode()
