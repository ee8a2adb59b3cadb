"""A space: its programs, and what holds of all of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from smashdsl.api.program import Program, picture
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.choice import choose
from smashdsl.elaborate.draws import Options
from smashdsl.elaborate.modules import Module, load_module
from smashdsl.elaborate.run import Definition, Elaborated
from smashdsl.ir import genome_in
from smashdsl.space import sampling
from smashdsl.space.extremes import extreme
from smashdsl.space.fixed import fixed_draws
from smashdsl.space.membership import genome_of
from smashdsl.space.size import Size, size
from smashdsl.syntax.nodes import Classes, Input

if TYPE_CHECKING:
    import torch

    from smashdsl.backends.encoding import Layout


class Space:
    """A network with choices left open (or a program, as a space of one)."""

    def __init__(self, definition: Definition) -> None:
        self.definition = definition

    def __repr__(self) -> str:
        return f"<Space {self.name}>"

    def _repr_svg_(self) -> str | None:
        return picture(self.render)

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
        return self._program(sampling.sample(self.definition, seed, number, tried))

    def extreme(self, largest: bool, seed: int = 0) -> Program:
        """The program with the most or fewest parameters that a short search finds."""
        return self._program(extreme(self.definition, largest, seed))

    def rebuild(self, genome: Mapping[str, Any], required: bool = True) -> Program:
        """The program of a genome (path of a draw to its value), which meets the space's
        requirements, if that is `required`.

        Raises:
            SmashError: the genome does not fit the space.
        """
        return self._program(sampling.rebuild(self.definition, genome, required))

    def mutate(self, program: Program, seed: int = 0, rate: float | None = None) -> Program:
        """A program that differs in some draws; `rate` is each draw's chance (about one draw if
        None)."""
        genome = self.genome_of(program)
        return self._program(sampling.mutate(self.definition, genome, seed, rate))

    def neighbours(self, program: Program) -> Iterator[Program]:
        """All programs that differ in one draw."""
        for made in sampling.neighbours(self.definition, self.genome_of(program)):
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
        return Space(choose(load_module(Source(source.name, text)), self.name))

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
