"""All weights of a space in one module, and any of its networks with them.

Takes architectures of the space; gives each a tensor for every weight slot of its plan: generated
by the HyperNet, a slice of a maximal tensor that is shared or its own, or a fixed filter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.fx import GraphModule

from smashdsl.backends.encoding import Layout
from smashdsl.backends.module import build_module
from smashdsl.backends.module.gabor import gabor_bank
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.bank import WeightBank
from smashdsl.hypernet.calibrate import calibrate
from smashdsl.hypernet.controls import unconditional
from smashdsl.hypernet.model import HyperNet, HyperNetSettings, filters_of
from smashdsl.training.seeds import derive

if TYPE_CHECKING:
    from smashdsl.api import Program

CONTROLS = ("none", "shared", "unconditional")
Weights = dict[str, Tensor]
Change = Callable[[Architecture], Architecture]


class Supernet(nn.Module):
    """The weights of every network of a space.

    Args:
        layout: of the space's encodings.
        settings: of the HyperNet.
        seed: decides all initial values.
        control: `none`; `shared`, where slices of maximal filters take the place of generated ones
            and there is no HyperNet; or `unconditional`, where the HyperNet is told nothing.

    Raises:
        ValueError: there is no such control.
    """

    def __init__(self, layout: Layout, settings: HyperNetSettings, seed: int,
                 control: str = "none") -> None:  # fmt: skip
        super().__init__()
        if control not in CONTROLS:
            raise ValueError(f"the control is one of {', '.join(CONTROLS)}, not {control!r}")
        self.layout, self.control = layout, control
        shapes = dict(layout.tensors)
        if control == "shared":
            shapes |= layout.filters
        self.bank = WeightBank(shapes, seed)
        self.hypernet: HyperNet | None = None
        if control != "shared":
            with torch.random.fork_rng(devices=[]):
                self.hypernet = HyperNet(layout, settings, derive(seed, "hypernet"))
        self.register_buffer("place", torch.empty(0), persistent=False)

    place: Tensor

    def forward(self, program: Program) -> Weights:
        """A tensor for every trainable slot of a program's plan, by the slot's full name."""
        architecture = prepare(program)
        (entries,) = self.generate([architecture])
        return self.weights(architecture, entries)

    def generate(self, architectures: Sequence[Architecture]) -> list[Tensor]:
        """The entries of the generated filters of each architecture, all made in one call of the
        HyperNet."""
        if self.hypernet is None:
            return [self.place for _ in architectures]
        if self.control == "unconditional":
            architectures = [unconditional(architecture) for architecture in architectures]
        made: list[Tensor] = self.hypernet(architectures)
        return made

    def weights(self, architecture: Architecture, entries: Tensor) -> Weights:
        """All weights of an architecture, of which generated ones have these entries."""
        return self.generated(architecture, entries) | self.kept(architecture, self.bank.take)

    def generated(self, architecture: Architecture, entries: Tensor) -> Weights:
        """The generated filters of an architecture, as views of their entries."""
        return {} if self.hypernet is None else filters_of(architecture, entries)

    def kept(self, architecture: Architecture,
             take: Callable[[str, tuple[int, ...]], Tensor]) -> Weights:  # fmt: skip
        """All other weights of an architecture: what `take` gives for their keys and shapes, and
        fixed filters."""
        generated = set() if self.hypernet is None else {f.place.slot for f in architecture.filters}
        weights = {}
        for step in architecture.plan.steps:
            for name, slot in zip(step.names, step.slots, strict=True):
                if name in generated:
                    continue
                key = architecture.keys.get(name)
                weights[name] = (
                    gabor_bank(slot.shape).to(self.place) if key is None else take(key, slot.shape)
                )
        return weights

    @torch.no_grad()
    def network(
        self, program: Program, images: Tensor, change: Change | None = None
    ) -> GraphModule:
        """A program as a module of its own, with these weights, ready to be scored or exported.

        Statistics of batch normalisation are those of `images`; `change` is what the HyperNet is
        told instead of the truth. The module is in evaluation mode.
        """
        architecture = prepare(program)
        (entries,) = self.generate([change(architecture) if change else architecture])
        weights = self.weights(architecture, entries)
        module = build_module(program.plan, init=False).to(self.place.device)
        for name, parameter in module.named_parameters():
            parameter.copy_(weights[name])
        calibrate(module, images)
        return module
