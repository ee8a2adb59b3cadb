"""Names of a module's classes for what they do in a program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from smashdsl.importing.modules.graph import Place
from smashdsl.ir import Block, Chain, Combine, Group, Program, Stage, Transition, all_ops

_CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
_LONG = 3  # stages of a branch that is named after the module around both branches
Modules = tuple[tuple[str, str], ...]


def named(program: Program, places: Mapping[int, Place]) -> Program:
    """The program with the stages that come from one module, within a layer or a branch, as ops of
    the name of its class.

    Args:
        places: where each operation is in the module, by `id`.
    """
    namer = _Namer(places)
    body: list[Block | Transition] = []
    for part in program.body:
        if isinstance(part, Transition):
            body.append(replace(part, stages=namer.section(part.stages)))
        else:
            layers = tuple(
                replace(layer, stages=namer.chain(layer.stages, ())) for layer in part.layers
            )
            body.append(replace(part, layers=layers))
    stem, head = namer.section(program.stem), namer.section(program.head)
    return replace(program, stem=stem, body=tuple(body), head=head)


class _Namer:
    def __init__(self, places: Mapping[int, Place]) -> None:
        self.places = places

    def section(self, chain: Chain) -> Chain:
        """The chain of a stem, transition or head: groups within it, but none of all of it."""
        return self._split(chain, self._around(chain)) if len(chain) > 1 else tuple(
            self._branches(stage, ()) for stage in chain
        )  # fmt: skip

    def chain(self, chain: Chain, inside: Modules) -> Chain:
        """A chain within modules that have a name already."""
        around = self._around(chain)
        if len(chain) > 1 and len(around) > len(inside):
            return (Group(snake(around[-1][1]), self._split(chain, around)),)
        return self._split(chain, inside)

    def _split(self, chain: Chain, inside: Modules) -> Chain:
        """Stages next to each other that share a module further inside as groups."""
        found: list[Stage] = []
        at = 0
        while at < len(chain):
            stop = at + 1
            module = self._below(chain[at], inside)
            while module and stop < len(chain) and self._below(chain[stop], inside) == module:
                stop += 1
            if stop - at > 1:
                found += self.chain(chain[at:stop], inside)
            else:
                found.append(self._branches(chain[at], inside))
            at = stop
        return tuple(found)

    def _branches(self, stage: Stage, inside: Modules) -> Stage:
        if not isinstance(stage, Combine):
            return stage
        return replace(stage, branches=tuple(self._branch(each) for each in stage.branches))

    def _branch(self, chain: Chain) -> Chain:
        """A branch: named after the module whose own it is, not after a container's."""
        around = self._all_around(chain)
        plain = bool(around) and around[-1][1] not in _CONTAINERS and len(chain) >= _LONG
        return self.chain(chain, () if plain else self._around(chain))

    def _below(self, stage: Stage, inside: Modules) -> tuple[str, str] | None:
        """The next module inside in which a stage is."""
        around = self._around((stage,))
        return around[len(inside)] if len(around) > len(inside) else None

    def _around(self, chain: Chain) -> Modules:
        """The modules with names of their own around all of a chain, outermost first."""
        return tuple(each for each in self._all_around(chain) if each[1] not in _CONTAINERS)

    def _all_around(self, chain: Chain) -> Modules:
        found: Modules | None = None
        for op in all_ops(chain):
            place = self.places.get(id(op))
            if place is None:
                continue
            modules = tuple(each for each in place.modules if each[0])
            if found is None:
                found = modules
            else:
                same = [a for a, b in zip(found, modules, strict=False) if a == b]
                found = tuple(same)
        return found or ()


def snake(name: str) -> str:
    """`BasicBlock` as `basic_block`, `ConvBNReLU` as `conv_bn_relu`."""
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return parts.lower().strip("_") or "part"
