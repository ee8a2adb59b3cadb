"""Program → its sections, each with its classes and the calls that construct it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from smashdsl.backends.source.blocks import block_use
from smashdsl.backends.source.chains import (
    chain_use,
    check_depth,
    is_identity,
    lone_module,
    out_shape,
)
from smashdsl.backends.source.classes import Definition, define
from smashdsl.backends.source.code import Expr, call
from smashdsl.backends.source.ops import Shape
from smashdsl.backends.source.straight import LayerCode
from smashdsl.ir import Block, Chain, Layer, Program, Transition


@dataclass
class Module:
    """Something that is constructed: by a class of the file, or as one of torch's modules."""

    build: Expr = ""
    definition: Definition | None = None


@dataclass
class Place(Module):
    """A chain of stages, with the shape `(channels, *spatial)` that comes in."""

    chain: Chain = ()
    shape: Shape = ()
    default: str = ""
    attended: int = 0


@dataclass
class Section(Module):
    """The stem, the head, a block or a transition.

    `kind` is its name in `Network`. A block has its layers' places, the others one place.
    """

    kind: str = ""
    places: list[Place] = field(default_factory=list)
    block: Block | None = None

    def definitions(self) -> Iterator[Definition]:
        """The classes it needs, in the order in which a file holds them."""
        for module in (*self.places, self):
            if module.definition:
                yield module.definition


def sections(program: Program) -> list[Section]:
    """The sections of a verified program, except a stem or a head that does nothing.

    Raises:
        SmashError: E906, if the program holds an operation that was registered from Python; E832,
            if its combinators are nested too deeply.
    """
    found = list(_read(program))
    _define_chains([place for section in found for place in section.places])
    taken = {d.name for section in found for d in section.definitions()}
    _define_blocks([section for section in found if section.block], taken)
    for section in found:
        if section.block is None:
            section.build = section.places[0].build
    return found


def _read(program: Program) -> Iterator[Section]:
    for chain in chains(program):
        check_depth(chain)
    shape = program.input
    if not is_identity(program.stem):
        yield _chain_section("stem", program.stem, shape, "Stem")
        shape = out_shape(program.stem, shape)
    for part in program.body:
        if isinstance(part, Block):
            places = [_layer_place(part, layer, shape[1:]) for layer in part.layers]
            yield Section(kind="blocks", places=places, block=part)
            shape = (sum(part.banks[i].size for i in part.leave), *shape[1:])
        else:
            yield _chain_section("transitions", part.stages, shape, "Transition")
            shape = out_shape(part.stages, shape)
    if not is_identity(program.head):
        yield _chain_section("head", program.head, shape, "Head")


def chains(program: Program) -> Iterator[Chain]:
    """Every chain of a program, in order."""
    yield program.stem
    for part in program.body:
        if isinstance(part, Transition):
            yield part.stages
        else:
            yield from (layer.stages for layer in part.layers)
    yield program.head


def _chain_section(kind: str, chain: Chain, shape: Shape, default: str) -> Section:
    return Section(kind=kind, places=[Place(chain=chain, shape=shape, default=default)])


def _layer_place(block: Block, layer: Layer, spatial: Shape) -> Place:
    sizes = [block.banks[i].size for i in layer.reads]
    channels = sum(sizes) if layer.reduce == "cat" else sizes[0]
    attended = len(sizes) if layer.reduce == "attend" else 0
    return Place(
        chain=layer.stages, shape=(channels, *spatial), default="Layer", attended=attended
    )  # fmt: skip


def _define_chains(places: Sequence[Place]) -> None:
    needing: list[Place] = []
    for place in places:
        lone = None if place.attended else lone_module(place.chain, place.shape)
        if lone is None:
            needing.append(place)
        else:
            place.build = lone
    uses = [chain_use(p.chain, p.shape, p.default, p.attended) for p in needing]
    _assign(needing, define(uses, {"Block"}))


def _define_blocks(blocks: Sequence[Section], taken: Iterable[str]) -> None:
    uses = [
        block_use(
            section.block,
            [_layer_code(*pair) for pair in zip(section.block.layers, section.places, strict=True)],
        )
        for section in blocks
        if section.block
    ]
    _assign(blocks, define(uses, taken))


def _layer_code(layer: Layer, place: Place) -> LayerCode:
    channels = out_shape(place.chain, place.shape)[0]
    passes = is_identity(place.chain) and not place.attended
    zeros = not place.attended and place.build == call("Zero")
    return LayerCode(layer, place.build, channels, passes, zeros)


def _assign(modules: Sequence[Module], defined: Iterable[tuple[Definition, list[int]]]) -> None:
    for definition, members in defined:
        for build, i in zip(definition.calls, members, strict=True):
            modules[i].build, modules[i].definition = build, definition
