"""Programs whose operations know where they were: how a pass can tell whose weights are whose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from smashdsl.ir import Block, Chain, Combine, Group, Layer, Op, Program, Stage, Transition
from smashdsl.ir.naming import Names, layer_path, transition_path


@dataclass(frozen=True)
class MarkedOp(Op):
    """An operation with its path in the program that it comes from."""

    path: str = field(default="", compare=False)


@dataclass(frozen=True)
class MarkedLayer(Layer):
    """A layer with its path in the program that it comes from."""

    path: str = field(default="", compare=False)


def marked(program: Program) -> Program:
    """The program with the path of each operation and layer on it."""

    def op(stage: Op, path: str) -> Op:
        return MarkedOp(stage.name, stage.attrs, stage.weights, stage.position, stage.span, path)

    def layer(one: Layer, path: str) -> Layer:
        return MarkedLayer(
            one.reads, one.reduce, one.stages, one.writes, one.rule, one.position, one.span, path
        )

    return _visited(program, op, layer)


def unmarked(program: Program) -> tuple[Program, dict[str, str]]:
    """A plain program again, and for each path in it the path where that was before."""
    paths: dict[str, str] = {}

    def op(stage: Op, path: str) -> Op:
        if isinstance(stage, MarkedOp):
            paths[path] = stage.path
        return Op(stage.name, stage.attrs, stage.weights, stage.position, stage.span)

    def layer(one: Layer, path: str) -> Layer:
        if isinstance(one, MarkedLayer):
            paths[f"{path}.read"] = f"{one.path}.read"
        return Layer(
            one.reads, one.reduce, one.stages, one.writes, one.rule, one.position, one.span
        )

    return _visited(program, op, layer), paths


OnOp = Callable[[Op, str], Op]
OnLayer = Callable[[Layer, str], Layer]


def _visited(program: Program, on_op: OnOp, on_layer: OnLayer) -> Program:
    body: list[Block | Transition] = []
    blocks = transitions = 0
    for part in program.body:
        if isinstance(part, Transition):
            stages = _chain(part.stages, transition_path(transitions), on_op)
            body.append(replace(part, stages=stages))
            transitions += 1
            continue
        layers = []
        for i, layer in enumerate(part.layers):
            path = layer_path(blocks, i)
            layers.append(on_layer(replace(layer, stages=_chain(layer.stages, path, on_op)), path))
        body.append(replace(part, layers=tuple(layers)))
        blocks += 1
    return replace(
        program,
        stem=_chain(program.stem, "stem", on_op),
        body=tuple(body),
        head=_chain(program.head, "head", on_op),
    )


def _chain(chain: Chain, path: str, on_op: OnOp, names: Names | None = None) -> Chain:
    names = names or Names()
    found: list[Stage] = []
    for stage in chain:
        if isinstance(stage, Group):
            found.append(replace(stage, stages=_chain(stage.stages, path, on_op, names)))
            continue
        name = f"{path}.{names.next(stage)}"
        if isinstance(stage, Combine):
            branches = (_chain(b, f"{name}.{i}", on_op) for i, b in enumerate(stage.branches))
            found.append(replace(stage, branches=tuple(branches)))
        else:
            found.append(on_op(stage, name))
    return tuple(found)
