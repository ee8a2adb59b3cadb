"""The Python interface: load a text, and use what it defines.

`load` gives a `Space` or a `Program`; everything else is a method of these. What a method needs
beyond the language (torch, networkx, the drawing engine) is imported when it is called.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, overload

from smashdsl.check.names import check_names
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.draws import Options
from smashdsl.elaborate.modules import Module, load_module
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, Elaborated, elaborate
from smashdsl.ir import Program as ProgramIR
from smashdsl.ir import content_hash, genome_in, program_text
from smashdsl.plan import Costs, Plan
from smashdsl.space import library
from smashdsl.space.extremes import extreme
from smashdsl.space.fixed import fixed_draws
from smashdsl.space.membership import genome_of
from smashdsl.space.size import Size, size
from smashdsl.syntax import load_source
from smashdsl.syntax.nodes import Classes, Input

if TYPE_CHECKING:
    import networkx
    import numpy as np
    import torch
    from numpy.typing import NDArray

    from smashdsl.backends.encoding import Encoding, Layout

File = str | os.PathLike[str]


def load(path: File, name: str | None = None) -> Program | Space:
    """Read a `.smash` file and give its program or space.

    Args:
        path: the file.
        name: which of its networks; not needed where there is one.

    Raises:
        SmashError: the file cannot be read, has mistakes, or no network of that name.

    >>> import smashdsl
    >>> smashdsl.load("specs/resnet20.smash").costs.params
    295418
    """
    return _pick(load_module(load_source(os.fspath(path))), name)


def loads(text: str, name: str | None = None, *, filename: str = "<text>") -> Program | Space:
    """Like `load`, from a text; `filename` is what errors call it, and where `use` starts from."""
    return _pick(load_module(Source(filename, text)), name)


def _pick(module: Module, name: str | None) -> Program | Space:
    definition = choose(module, name)
    report = Report()
    check_names(module, report)
    if report.found:
        raise SmashError(report.diagnostics)
    return (
        Space(definition)
        if definition.is_space
        else Program(elaborate(definition, None), Space(definition))
    )


def choose(module: Module, name: str | None) -> Definition:
    """The network of that name in a module, or its only one.

    Raises:
        SmashError: E206, when there is none or no name says which.
    """
    networks = {network.name: network for network in module.networks()}
    if name is None and len(networks) == 1:
        return Definition(module, next(iter(networks.values())))
    if name in networks:
        return Definition(module, networks[name])
    listed = ", ".join(f"`{known}`" for known in networks) or "no program and no space"
    if name is None:
        problem = f"{module.source.name} defines {listed}"
        raise SmashError(
            Diagnostic("E206", problem, helps=("say which one by its name",) if networks else ())
        )
    close = did_you_mean(name, networks)
    helps = (f"did you mean `{close}`?",) if close else (f"the file defines {listed}",)
    raise SmashError(
        Diagnostic("E206", f"{module.source.name} has no network `{name}`", helps=helps)
    )


def _picture(draw: Callable[[], bytes | str]) -> str | None:
    """A picture for a notebook, which shows the text where there is none."""
    try:
        drawn = draw()
    except SmashError:
        return None
    return drawn if isinstance(drawn, str) else drawn.decode()


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
        """SHA-256 of the canonical form: equal for the same network, with the same training
        settings, however it was written."""
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
        """Parameters, multiply-adds of convolutions and linear layers, activations, depth."""
        return self.plan.costs

    def graph(self, view: str = "layers") -> networkx.MultiDiGraph:
        """The network as a networkx graph: `layers` (unrolled) or `banks` (the paper's figures)."""
        from smashdsl.backends.graph import graph

        return graph(self.ir, view)

    def render(self, view: str = "layers", format: str = "svg", **options: Any) -> bytes | str:
        """A picture: `view` is layers, banks, encoding or space, `format` svg, png, pdf, tikz,
        mermaid, dot or text."""
        if view == "encoding":
            return self._render_encoding(format, **options)
        if view == "space":
            return self.space.render(format, **options)
        from smashdsl.backends.render import render

        return render(self.ir, view=view, format=format, **options)

    def render_diff(self, other: Program, format: str = "svg", **options: Any) -> bytes | str:
        """A picture of what another program does otherwise; what both have is grey."""
        from smashdsl.backends.render import render_diff

        return render_diff(self.ir, other.ir, format=format, **options)

    def _render_encoding(self, format: str, **options: Any) -> bytes | str:
        return self.encode().render(format, title=f"{self.name}: encoding", **options)

    def encode(self) -> Encoding:
        """The encoding tensor `c`, of shape (1, C, H, W), with the table of its channels."""
        from smashdsl.backends.encoding import encode

        return encode(self.made, self.space.layout)

    def one_hot(self) -> tuple[NDArray[np.float32], list[str]]:
        """Its draws as numbers from 0 to 1, an entry for each option, and what each entry says.

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
        """The network as a graph: the matrix `(steps, steps)` of how often one step reads another,
        and the operation of each step.

        Raises:
            SmashError: E996, it has more than 4,096 steps.
        """
        from smashdsl.backends.features import adjacency

        return adjacency(self.plan)

    def paths(self, longest: int | None = None, whole: bool = False) -> dict[str, int]:
        """How often each row of operations leads through a part of the network: its stem, a block,
        a transition or its head; with `whole`, through all of it.

        Args:
            longest: the most operations of a path; longer ones are left out.

        Raises:
            SmashError: E996, more than 20,000 different paths lead to one value.
        """
        from smashdsl.backends.features import paths

        return paths(self.plan, longest, whole)

    def module(self, seed: int | None = 0) -> torch.fx.GraphModule:
        """A `torch.fx.GraphModule` with freshly initialised weights, named by slot."""
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
        return _picture(lambda: self.render("banks" if self.ir.blocks else "layers"))


class Space:
    """A network with choices left open (or a program, as a space of one)."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __repr__(self) -> str:
        return f"<Space {self.name}>"

    def _repr_svg_(self) -> str | None:
        return _picture(self.render)

    @property
    def name(self) -> str:
        return self.definition.network.name

    @cached_property
    def hash(self) -> str:
        """SHA-256 of the text, with the texts it uses."""
        return hashlib.sha256("\0".join(_texts(self.definition.module)).encode()).hexdigest()

    def render(self, format: str = "svg", **options: Any) -> bytes | str:
        """A picture of the space itself: its draws, their options and weights, and where they act;
        `format` as in `Program.render`."""
        from smashdsl.backends.render import render_space

        return render_space(self.definition, format=format, **options)

    @cached_property
    def layout(self) -> Layout:
        """The layout of the encoding tensor, with the largest shapes of all learned tensors."""
        from smashdsl.backends.encoding import make_layout

        return make_layout(self.definition)

    def decode(self, tensor: torch.Tensor) -> Program:
        """The program that an encoding tensor of this space encodes.

        Raises:
            SmashError: it encodes none.
        """
        from smashdsl.backends.encoding import decode

        return self._program(decode(tensor, self.definition, self.layout))

    def sample(
        self, seed: int = 0, number: int | None = None, tried: Callable[[], object] = int
    ) -> Program:
        """The program that a seed draws: the same on every platform.

        With a `number`, it is that program of a series which takes every option of a draw equally
        often. `tried` is called after every attempt that the requirements took, of which there are
        2,000 at most.

        Raises:
            SmashError: 1,000 draws in a row were rejected by a requirement.
        """
        return self._program(library.sample(self.definition, seed, number, tried))

    def extreme(self, largest: bool, seed: int = 0) -> Program:
        """The program with the most or fewest parameters that a short search finds."""
        return self._program(extreme(self.definition, largest, seed))

    def rebuild(self, genome: Mapping[str, Any]) -> Program:
        """The program of a genome (path of a draw to its value).

        Raises:
            SmashError: the genome does not fit the space.
        """
        return self._program(library.rebuild(self.definition, genome))

    def mutate(self, program: Program, seed: int = 0, rate: float | None = None) -> Program:
        """A program that differs in some draws; `rate` is each draw's chance (about one draw if
        None)."""
        genome = self.genome_of(program)
        return self._program(library.mutate(self.definition, genome, seed, rate))

    def neighbours(self, program: Program) -> Iterator[Program]:
        """All programs that differ in one draw."""
        for made in library.neighbours(self.definition, self.genome_of(program)):
            yield self._program(made)

    def genome_of(self, program: Program) -> Mapping[str, Any]:
        """The draws that make this program.

        Raises:
            SmashError: the program is not in the space; the error says where it leaves it.
        """
        if program.space is self:
            return program.genome
        return genome_of(
            self.definition, program.ir, genome_in(program.space.definition.module.source.text)
        )

    def contains(self, program: Program) -> bool:
        """Whether some draws make this program."""
        try:
            self.genome_of(program)
        except SmashError:
            return False
        return True

    def adopt(self, program: Program) -> Program:
        """The same program as one of this space, so that it is encoded as such.

        Raises:
            SmashError: the program is not in the space.
        """
        return program if program.space is self else self.rebuild(self.genome_of(program))

    def fitted_to(self, shape: tuple[int, ...], classes: int) -> Space:
        """The same space for images of another shape `(channels, *spatial)`, of any number of
        dimensions, and so many classes.

        Raises:
            SmashError: for such images the text has a mistake.
        """
        source = self.definition.module.source
        new = {Input: f"input {'x'.join(map(str, shape))}", Classes: f"classes {classes}"}
        text = source.text
        for node in sorted(self.definition.network.body, key=lambda node: -node.span.start):
            if type(node) in new:
                text = text[: node.span.start] + new[type(node)] + text[node.span.end :]
        found = loads(text, self.name, filename=source.name)
        assert isinstance(found, Space)
        return found

    @cached_property
    def size(self) -> Size:
        """How many ways there are to make its draws: exact, or an estimate that says so."""
        return size(self.definition)

    @cached_property
    def draws(self) -> Mapping[str, Options] | None:
        """The options of each draw by its path, where all programs make the same draws with the
        same options; None where they do not, or where that cannot be proved."""
        return fixed_draws(self.definition)

    def _program(self, made: Elaborated) -> Program:
        return Program(made, self)


def _texts(module: Module) -> Iterator[str]:
    yield module.source.text
    for used in module.uses:
        yield from _texts(used)
