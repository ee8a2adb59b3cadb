"""The passes over whole programs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from smashdsl.ir import Block, Chain, Program, Transition, verify
from smashdsl.passes.blocks import simplified_block
from smashdsl.passes.chains import simplified_chain
from smashdsl.passes.fold import Fold, folded_chain, folds_of
from smashdsl.passes.marked import marked, unmarked


@dataclass(frozen=True)
class Passed:
    """What a pass made of a program.

    Attributes:
        program: computes the same function; a verified program.
        paths: for each operation in it, by its path (see `ir.naming`), its path in the program
            before. Weights keep their names below these paths.
        changed: whether there was anything to do.
        folds: of the program before.
    """

    program: Program
    paths: Mapping[str, str]
    changed: bool
    folds: tuple[Fold, ...] = ()


def simplified(program: Program) -> Passed:
    """The program without what changes nothing.

    That is: layers whose output nothing needs, layers and branches that add zeros, additions to
    banks that hold zeros, combinations of one, identities, blocks and transitions that do nothing,
    and banks that are no longer used. Outputs are equal, bit for bit where
    torch takes the same kernels for what is left (but for signs of zeros), in
    training too (with the same random numbers), and so are the gradients of all weights that are
    left; those that are gone had none.

    Args:
        program: a verified one.
    """
    now = marked(program)
    while (simpler := _round(now)) != now:
        now = simpler
    return _passed(program, now)


def folded(program: Program) -> Passed:
    """The program with batch normalisation folded into the convolutions and linear layers before
    it, which get a bias for that. In evaluation, with weights that are folded as well, it computes
    the same function but for rounding.

    Args:
        program: a verified one.
    """
    now = marked(program)
    folds = tuple(fold for chain in _chains(now) for fold in folds_of(chain))
    into, norms = (frozenset(paths) for paths in (zip(*folds, strict=True) if folds else ((), ())))
    now = _with_chains(now, lambda chain: folded_chain(chain, into, norms))
    return _passed(program, now, folds)


def _passed(before: Program, now: Program, folds: tuple[Fold, ...] = ()) -> Passed:
    plain, paths = unmarked(now)
    verify(plain)
    return Passed(plain, paths, plain != before, folds)


def _round(program: Program) -> Program:
    simpler = _with_chains(program, simplified_chain)
    body = (
        simplified_block(part) if isinstance(part, Block) else part for part in simpler.body
    )  # fmt: skip
    return replace(simpler, body=tuple(part for part in body if not _passes_on(part)))


def _passes_on(part: Block | Transition) -> bool:
    if isinstance(part, Transition):
        return not part.stages
    return not part.layers and part.enter == part.leave


def _with_chains(program: Program, change: Callable[[Chain], Chain]) -> Program:
    body: list[Block | Transition] = []
    for part in program.body:
        if isinstance(part, Transition):
            body.append(replace(part, stages=change(part.stages)))
        else:
            layers = (replace(layer, stages=change(layer.stages)) for layer in part.layers)
            body.append(replace(part, layers=tuple(layers)))
    return replace(program, stem=change(program.stem), body=tuple(body), head=change(program.head))


def _chains(program: Program) -> list[Chain]:
    chains = [program.stem]
    for part in program.body:
        if isinstance(part, Transition):
            chains.append(part.stages)
        else:
            chains += [layer.stages for layer in part.layers]
    return [*chains, program.head]
