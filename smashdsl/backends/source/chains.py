"""Chain of stages → what its class holds and does.

A chain becomes a class with named modules and a `forward`; branches of combinators become `chain`
modules inside it. All names are those of the plan's slots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smashdsl.backends.source.code import Arg, Call, Expr, Hole, Line, Statement, call
from smashdsl.backends.source.ops import Shape, Site, function, is_weighted, module
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.ir import Chain, Combine, Group, Op, flat
from smashdsl.ir.naming import Names
from smashdsl.ops import find_op

COMBINATORS = {
    "sum": "Sum",
    "mean": "Mean",
    "max": "Max",
    "mul": "Product",
    "cat": "Cat",
    "shake": "Shake",
}
MAX_DEPTH = 40
_NESTED = 4
_SHORT = 3


@dataclass(frozen=True)
class Use:
    """One place that needs a class: its likely name, what it holds and does, and the number of
    channels that enter and leave."""

    base: str
    doc: str
    members: tuple[Line, ...]
    argument: str
    body: tuple[Statement, ...]
    channels: tuple[int, int]


@dataclass(frozen=True)
class _Placed:
    """A stage with its name and the shapes around it."""

    name: str
    stage: Op | Combine
    module: Expr
    function: str | None
    weighted: bool
    shape: Shape


def chain_use(chain: Chain, shape: Shape, default: str, attended: int = 0) -> Use:
    """The class of a chain.

    Args:
        chain: a layer's, a transition's, the stem's or the head's stages.
        shape: `(channels, *spatial)` that come in.
        default: the name's beginning if the chain is no call of a user-defined op.
        attended: the number of banks that a layer combines by attention before, or 0.
    """
    placed = list(_place(chain, shape))
    members = [Line(f"self.{p.name} = ", p.module) for p in placed if p.function is None]
    argument, start = "x: Tensor", "x"
    if attended:
        members.insert(0, Line("self.read = ", call("Attend", Hole("banks", attended))))
        argument, start = "*banks: Tensor", "self.read(*banks)"
    body = list(_forward(placed, start)) or [Line("return ", start)]
    doc = " -> ".join([*(["attend"] if attended else []), *_described(chain)])
    out = placed[-1].shape if placed else shape
    return Use(
        _base(chain, default), f"{doc}.", tuple(members), argument, tuple(body), (shape[0], out[0])
    )


def out_shape(chain: Chain, shape: Shape) -> Shape:
    """The shape that leaves a chain."""
    for stage in flat(chain):
        if isinstance(stage, Op):
            spec = find_op(stage.name)
            shape = spec.infer(shape, stage.attrs) if spec else shape
        else:
            shape = _combined(stage, [out_shape(branch, shape) for branch in stage.branches])
    return shape


def lone_module(chain: Chain, shape: Shape) -> Expr | None:
    """The module of a chain of at most one operation without weights, which needs no class."""
    return _lone(list(_place(chain, shape)), shape)


def is_identity(chain: Chain) -> bool:
    """Whether a chain passes its input on."""
    return all(isinstance(stage, Op) and stage.name == "identity" for stage in flat(chain))


def check_depth(chain: Chain, depth: int = 0) -> None:
    """See that combinators are not nested more than `MAX_DEPTH` deep, as Python limits brackets.

    Raises:
        SmashError: E832, if they are.
    """
    for stage in flat(chain):
        if isinstance(stage, Combine):
            if depth == MAX_DEPTH:
                raise SmashError(
                    Diagnostic(
                        "E832",
                        f"combinators nested more than {MAX_DEPTH} deep cannot be Python source",
                        stage.span,
                    )
                )
            for branch in stage.branches:
                check_depth(branch, depth + 1)


def _place(chain: Chain, shape: Shape) -> Iterator[_Placed]:
    names = Names()
    for stage in flat(chain):
        name = names.next(stage)
        if isinstance(stage, Combine):
            combined = _combine(stage, shape)
            shape = out_shape((stage,), shape)
            yield _Placed(name, stage, combined, None, True, shape)
        elif stage.name != "identity":
            site = Site(stage, shape)
            built = module(site)
            shape = out_shape((stage,), shape)
            yield _Placed(name, stage, built, function(site), is_weighted(stage), shape)


def _combine(combine: Combine, shape: Shape) -> Expr:
    branches = [_branch(branch, shape) for branch in combine.branches]
    return call(COMBINATORS[combine.rule], *branches)


def _branch(branch: Chain, shape: Shape) -> Expr:
    placed = list(_place(branch, shape))
    lone = _lone(placed, shape)
    return lone or Call("chain", tuple(Arg(p.module, p.name) for p in placed))


def _lone(placed: list[_Placed], shape: Shape) -> Expr | None:
    if not placed:
        return call("nn.Identity")
    stage = placed[0].stage
    if len(placed) > 1 or isinstance(stage, Combine):
        return None
    spec = find_op(stage.name)
    slots = spec.slots(shape[0], len(shape) - 1, stage.attrs) if spec else ()
    return None if slots else placed[0].module


def _combined(combine: Combine, shapes: list[Shape]) -> Shape:
    if combine.rule != "cat":
        return shapes[0]
    return (sum(shape[0] for shape in shapes), *shapes[0][1:])


# What a `forward` says ------------------------------------------------------------------------


def _forward(placed: list[_Placed], start: str) -> Iterator[Line]:
    """One line for each stage that does most of the work, with the small ones around it."""
    segments = list(_segments(placed)) if len(placed) > _SHORT else [placed]
    value = start
    for segment in filter(None, segments):
        for stage in segment:
            template = stage.function or f"self.{stage.name}({{x}})"
            value = template.replace("{x}", value)
        last = segment is segments[-1]
        yield Line("return " if last else "x = ", value)
        value = "x"


def _segments(placed: list[_Placed]) -> Iterator[list[_Placed]]:
    leads = placed[0].weighted
    segment: list[_Placed] = []
    for stage in placed:
        if segment and (len(segment) == _NESTED or (leads and stage.weighted)):
            yield segment
            segment = []
        segment.append(stage)
        if stage.weighted and not leads:
            yield segment
            segment = []
    if segment:
        yield segment


# What people call it --------------------------------------------------------------------------


def _base(chain: Chain, default: str) -> str:
    return next((stage.name for stage in chain if isinstance(stage, Group)), default)


def _described(chain: Chain) -> Iterator[str]:
    for stage in flat(chain):
        if isinstance(stage, Combine):
            branches = (" -> ".join(_described(b)) or "identity" for b in stage.branches)
            yield f"{stage.rule} {{ {' ; '.join(branches)} }}"
        elif stage.name != "identity":
            yield "norm" if stage.name == "batch_norm" else stage.name
