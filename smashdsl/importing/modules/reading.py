"""Torch's graph of a module → `Graph`."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx, nn

from smashdsl.importing.modules.graph import Graph, Node, Place, Ref, Shape, cut, joined, misfit
from smashdsl.importing.modules.joins import Joins, Stacked, is_ref
from smashdsl.importing.modules.leaves import Leaf, Misfit, leaf_function, leaf_module
from smashdsl.importing.modules.tidy import tidied
from smashdsl.importing.modules.trace import BATCH, TensorShape, Traced
from smashdsl.ir import Op

_ADD = (operator.add, operator.iadd, torch.add, "add", "add_")
_MUL = (operator.mul, operator.imul, torch.mul, "mul", "mul_")
_MAX = (torch.maximum, torch.max, "maximum")
_DIV = (operator.truediv, operator.itruediv, torch.div, torch.true_divide, "div", "div_")
_CAT = (torch.cat, torch.concat, torch.concatenate)
_RESHAPES = (torch.flatten, torch.reshape, torch.squeeze, "flatten", "view", "reshape", "squeeze")
_MEANS = (torch.mean, "mean")
_SPLITS = (torch.chunk, torch.split, torch.tensor_split, "chunk", "split", "tensor_split")


def read(traced: Traced) -> Graph:
    """The graph of a module, without what its output does not depend on.

    Raises:
        SmashError: E994, something in it does not fit.
    """
    reader = _Reader(traced)
    output: Any = None
    for node in traced.module.graph.nodes:
        place = traced.places.get(node, Place(node.name))
        if node.op == "output":
            output = reader.value(node.args[0])
            if not isinstance(output, tuple) or not is_ref(output):
                raise misfit(place, "the module's output is not one tensor")
        else:
            reader.values[node] = reader.node(node, place)
    return tidied(Graph(tuple(reader.nodes), joined(output)))


class _Reader(Joins):
    def __init__(self, traced: Traced) -> None:
        super().__init__()
        self.traced = traced
        self.values: dict[fx.Node, Any] = {}
        self.called: dict[str, Place] = {}

    # Nodes ------------------------------------------------------------------------------------

    def node(self, node: fx.Node, place: Place) -> Any:
        shape = self.traced.values.get(node)
        if node.op == "placeholder":
            if self.nodes:
                if isinstance(shape, TensorShape):
                    raise misfit(place, "the module takes several inputs")
                return shape
            return self.add(Node((), self._sizes(shape, place), place))
        if node.op == "get_attr":
            return shape if not isinstance(shape, TensorShape) else _Weight(node.target)
        args, kwargs = self.value(node.args), self.value(dict(node.kwargs))
        if not _touches(args) and not _touches(kwargs):
            if isinstance(shape, TensorShape) or _has_weight((args, kwargs)):
                raise misfit(place, "it does not come from the input")
            return shape
        try:
            if node.op == "call_module":
                return self._module(str(node.target), args, shape, place)
            return self._call(node, args, kwargs, place)
        except Misfit as error:
            raise misfit(place, str(error)) from error

    def value(self, value: Any) -> Any:
        """An argument: what its nodes have become."""
        if isinstance(value, fx.Node):
            return self.values[value]
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self.value(value.start), self.value(value.stop), self.value(value.step))
        if isinstance(value, tuple | list):
            found = [self.value(item) for item in value]
            return found if isinstance(value, list) else tuple(found)
        return value

    def _sizes(self, shape: Any, place: Place) -> Shape:
        if not isinstance(shape, TensorShape) or len(shape.sizes) < 2 or shape.sizes[0] != BATCH:
            raise misfit(place, "it is no tensor whose first dimension is the batch")
        return shape.sizes[1:]

    # Operations -------------------------------------------------------------------------------

    def _module(self, path: str, args: Sequence[Any], shape: Any, place: Place) -> Ref:
        (source,) = self.refs(args)
        module = self.traced.module.get_submodule(path)
        if type(module) is nn.Flatten:
            return self._reshaped(source, shape, place)
        leaf = leaf_module(module, self.shape(source))
        if leaf.state:
            if path in self.called:
                first = self.called[path]
                raise Misfit(f"the weights of `{path}` are used twice, first at {first}")
            self.called[path] = place
        return self._as_torch(self.leaf(leaf, source, place), shape)

    def _call(self, node: fx.Node, args: Any, kwargs: Mapping[str, Any], place: Place) -> Any:
        target, shape = node.target, self.traced.values.get(node)
        found = self._routed(target, args, kwargs, shape, place)
        if found is None:
            first = args[0] if args else kwargs.get("input")
            if is_ref(first):
                rest = {key: value for key, value in kwargs.items() if key != "input"}
                leaf = leaf_function(target, self.shape(first), args[1:], rest)
                found = None if leaf is None else self.leaf(leaf, first, place)
        if found is None:
            if not isinstance(shape, TensorShape):
                return shape
            name = target if isinstance(target, str) else getattr(target, "__name__", str(target))
            raise Misfit(f"`{name}` is no operation of the language")
        return self._as_torch(found, shape) if is_ref(found) else found

    def _as_torch(self, found: Ref, shape: Any) -> Ref:
        ours, theirs = self.shape(found), shape.sizes[1:]
        if ours != theirs:
            raise Misfit(f"it gives {theirs} here, and {ours} in the language")
        return found

    def _routed(self, target: Any, args: Any, kwargs: Mapping[str, Any], shape: Any,
                place: Place) -> Any:  # fmt: skip
        """What joins and moves values, None if this is something else."""
        both = [*args, *kwargs.values()]
        if target in _ADD:
            return self.two("sum", both, place, 0)
        if target in _MUL:
            return self.two("mul", both, place, 1)
        if target in _MAX and len(both) == 2 and all(map(is_ref, both)):
            return self.join("max", both, place)
        if target in _DIV:
            return self.divided(both, place)
        if target in _CAT:
            dim = kwargs.get("dim", args[1] if len(args) > 1 else 0)
            refs = self.refs(args[0] if args else kwargs["tensors"])
            if dim not in (1, 1 - len(shape.sizes)):
                raise Misfit("values are concatenated along channels only")
            return joined(tuple(piece for ref in refs for piece in ref))
        if target is torch.stack:
            dim = kwargs.get("dim", args[1] if len(args) > 1 else 0)
            if dim != 0:
                raise Misfit("values are stacked along the first dimension only")
            return Stacked(tuple(self.refs(args[0])))
        if isinstance(args[0], Stacked):
            return self.unstacked(target, args, kwargs, place)
        if target in _SPLITS:
            return self._split(args[0], shape)
        if target is operator.getitem:
            return self._item(args[0], args[1], shape)
        return self._moved(target, args, kwargs, shape, place)

    def _moved(self, target: Any, args: Any, kwargs: Mapping[str, Any], shape: Any,
               place: Place) -> Any:  # fmt: skip
        """What only moves values, None if this is something else."""
        if target in (torch.narrow, "narrow") and args[1] in (1, 1 - len(self.shape(args[0]))):
            return joined(cut(args[0], args[2], args[2] + args[3]))
        if target in _RESHAPES:
            return self._reshaped(args[0], shape, place)
        if target in _MEANS:
            return self._mean(args, kwargs, shape, place)
        return None

    def _split(self, value: Any, shape: Any) -> tuple[Ref, ...]:
        (ref,) = self.refs([value])
        parts, at = [], 0
        for part in shape:
            size = part.sizes[1]
            if (BATCH, size, *part.sizes[2:]) != (BATCH, size, *self.shape(ref)[1:]):
                raise Misfit("values are divided along channels only")
            parts.append(joined(cut(ref, at, at + size)))
            at += size
        if at != self.shape(ref)[0]:
            raise Misfit("values are divided along channels only")
        return tuple(parts)

    def _item(self, value: Any, index: Any, shape: Any) -> Any:
        if not is_ref(value):
            return value[index]
        every = (slice(None), Ellipsis)
        problem = "only channels can be taken from a value"
        if not isinstance(index, tuple) or len(index) < 2 or index[0] != slice(None):
            raise Misfit(problem)
        channels, *rest = index[1:]
        if not isinstance(channels, slice) or any(each not in every for each in rest):
            raise Misfit(problem)
        start, stop, step = channels.indices(self.shape(value)[0])
        if step != 1:
            raise Misfit("only neighbouring channels can be taken from a value")
        return joined(cut(value, start, stop))

    def _reshaped(self, value: Any, shape: Any, place: Place) -> Ref:
        (ref,) = self.refs([value])
        before, after = self.shape(ref), self._sizes(shape, place)
        if before == after:
            return ref
        if len(after) != 1 or math.prod(before[1:]) != 1:
            raise Misfit(f"{before} becomes {after}; only `global_avg_pool` makes a vector")
        return self._vector(ref, place)

    def _vector(self, ref: Ref, place: Place) -> Ref:
        """A vector from a value of one position; a pool just before becomes a global one."""
        node = self.nodes[ref[0].node]
        pooled = len(ref) == 1 and node.op is not None and node.op.name == "avg_pool"
        if pooled and self.shape(ref) == node.shape:
            ref, place = node.inputs[0], node.place
        return self.leaf(Leaf(Op("global_avg_pool", {})), ref, place)

    def _mean(self, args: Any, kwargs: Mapping[str, Any], shape: Any, place: Place) -> Ref:
        (ref,) = self.refs(args[:1])
        before = self.shape(ref)
        dims = kwargs.get("dim", args[1] if len(args) > 1 else None)
        listed = [dims] if isinstance(dims, int) else dims or ()
        axes = sorted(d % (len(before) + 1) for d in listed)
        if len(before) < 2 or axes != list(range(2, len(before) + 1)):
            raise Misfit("means are taken over all positions only")
        if len(shape.sizes) == 2:
            return self.leaf(Leaf(Op("global_avg_pool", {})), ref, place)
        kernel = before[1] if len(set(before[1:])) == 1 else before[1:]
        return self.leaf(Leaf(Op("avg_pool", {"kernel": kernel, "stride": kernel})), ref, place)


@dataclass(frozen=True)
class _Weight:
    """A tensor of the module itself."""

    name: Any


def _touches(value: Any) -> bool:
    """Whether a value of the input is part of an argument."""
    if isinstance(value, dict):
        return any(map(_touches, value.values()))
    return is_ref(value) or isinstance(value, Stacked) or (
        isinstance(value, tuple | list) and any(map(_touches, value))
    )  # fmt: skip


def _has_weight(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_weight, value.values()))
    return isinstance(value, _Weight) or (
        isinstance(value, tuple | list) and any(map(_has_weight, value))
    )
