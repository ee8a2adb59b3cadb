"""Built-in operations over a whole space: attributes, shape rules, costs, and the filters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from smashdsl.check.abstract import Coded
from smashdsl.check.drawn import Drawn
from smashdsl.check.flow import Flow
from smashdsl.check.values import Failed, Failure, Interval, Table
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.attributes import attributes, normal
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Symbol
from smashdsl.ops import OpError, OpSpec
from smashdsl.ops.table import per_dimension

FEW = 128  # joint values for which costs are computed one by one, and not from bounds
Attributes = dict[str, Any]


def _quiet(_: Failure) -> None:
    """Costs of what cannot be built: the shape rules have spoken of it already."""


class Operations(Drawn):
    """Walks built-in operations. `filters` counts the generated filters of a layer so far."""

    filters = 0

    def _builtin(self, op: BuiltinOp, applied: AppliedOp, span: Span, shape: Any) -> Any:
        attrs = self._attributes(op, applied, span)
        weights = attrs.pop("weights", None)
        if shape is None:
            return (), None
        spec, places = op.spec, applied.spans
        channels = self._shape_rule(
            spec.channels, shape.channels, spec.channels_uses, attrs, places, span
        )
        spatial = self._shape_rule(
            spec.spatial, shape.spatial, spec.spatial_uses, attrs, places, span
        )
        out = Flow(channels, spatial)
        self._cost(spec, shape, out, attrs)
        position = "/".join((*self.positions, self._place(span)))
        self._filter_seen(spec, attrs, weights, shape, out, position)
        return (), out

    # Attributes -----------------------------------------------------------------------------

    def _attributes(self, op: BuiltinOp, applied: AppliedOp, span: Span) -> Attributes:
        given = applied.arguments
        unsure = {k: v for k, v in given.items() if isinstance(v, Table | Interval)}
        if not unsure:
            return attributes(op, given, applied.spans, span, self.report)
        checked = {
            name: value
            if isinstance(value, Interval)
            else self._attribute(op, name, value, applied.spans[name])
            for name, value in unsure.items()
        }
        examples = {name: self._example(value) for name, value in checked.items()}
        result = attributes(op, {**given, **examples}, applied.spans, span, self.report)
        pooled = op.spec.kind == "pool" and "stride" not in given and "kernel" in checked
        return {**result, **checked, **({"stride": checked["kernel"]} if pooled else {})}

    def _attribute(self, op: BuiltinOp, name: str, value: Table, place: Span) -> Any:
        """A table of one attribute's values in normal form."""
        others = {
            p.name: 0.5 if p.kind == "fraction" else 1 for p in op.spec.parameters if p.required
        }

        def normal(plain: Any) -> Any:
            quiet = Report()
            try:
                return attributes(op, {**others, name: plain}, {name: place}, place, quiet)[name]
            except Stop:
                raise ValueError(quiet.diagnostics[0].message) from None

        return self.lift(place, normal, value, code="E303")

    def _example(self, value: Any) -> Any:
        """One of the values that an attribute may have, as an argument."""
        if isinstance(value, Interval):
            return value.low
        plain = self.tables.possible(value)[0]
        return Symbol(plain) if isinstance(plain, str) else plain

    # Rules ----------------------------------------------------------------------------------

    def _shape_rule(
        self,
        rule: Callable[..., Any],
        value: Any,
        uses: Sequence[str],
        attrs: Attributes,
        places: Mapping[str, Span],
        span: Span,
    ) -> Any:
        names = [name for name in uses if name in attrs]

        def call(plain: Any, *rest: Any) -> Any:
            try:
                return rule(plain, {**attrs, **dict(zip(names, rest, strict=True))})
            except OpError as error:
                place = places.get(error.parameter or "", span)
                raise Coded(error.message, error.code, place) from error

        return self.lift(span, call, value, *(attrs[name] for name in names))

    def _cost(self, spec: OpSpec, shape: Flow, out: Flow, attrs: Attributes) -> None:
        names = [name for name, value in attrs.items() if isinstance(value, Table | Interval)]
        values = [attrs[name] for name in names]
        rank = self._rank(shape)

        def whole(rest: Sequence[Any]) -> Attributes:
            return {**attrs, **dict(zip(names, rest, strict=True))}

        def params(entering: Any, *rest: Any) -> Any:
            return spec.params(int(entering), rank, whole(rest))

        def flops(entering: Any, leaving: Any, size: Any, *rest: Any) -> Any:
            return spec.flops(int(entering), (int(leaving), *size), whole(rest))

        def activations(leaving: Any, size: Any) -> Any:
            return leaving * math.prod(size)

        self._spend("params", params, shape.channels, *values)
        self._spend("flops", flops, shape.channels, out.channels, out.spatial, *values)
        if spec.weighted:
            self._spend("activations", activations, out.channels, out.spatial)

    def _spend(self, name: str, function: Callable[..., Any], *values: Any) -> None:
        try:
            cost = self.tables.lift(function, *values, failed=_quiet, limit=FEW, beside=False)
        except Failed:
            return
        self.totals[name].add(cost, self.tables)

    def _rank(self, shape: Flow) -> int:
        return len(self.tables.possible(shape.spatial)[0])

    # Filters --------------------------------------------------------------------------------

    def _filter_seen(
        self, spec: OpSpec, attrs: Attributes, weights: Any, shape: Flow, out: Flow, position: str
    ) -> None:
        """Note the largest shapes of an operation's tensors, and widths of generated filters."""
        rank, found = self._rank(shape), self.findings
        sources = self._sources(spec, attrs, weights)
        if "generated" in sources:
            found.units |= self._widths(out.channels)
            found.kernels |= {per_dimension(k, rank) for k in self.tables.possible(attrs["kernel"])}
            self.filters += 1
        most = {name: self._most_of(name, value) for name, value in attrs.items()}
        entering = int(self.tables.bounds(shape.channels)[1])
        for slot in spec.slots(entering, rank, most):
            if slot.name == "weight" and sources == {"generated"}:
                continue
            found.tensor(f"{position}.{slot.name}", slot.shape)
            if self.state is not None and "own" in sources:
                found.own.add(f"{position}.{slot.name}")

    def _sources(self, spec: OpSpec, attrs: Attributes, weights: Any) -> set[str]:
        """Where the weights of an operation may come from."""
        if weights is not None:
            return set(self.tables.possible(weights))
        if self.state is None:
            return {"own"}
        if spec.name != "conv":
            return {"shared"}
        both = [self._in_normal_form(attrs[name]) for name in ("kernel", "groups")]
        sources = {"generated"} if all(self.tables.may_be(value, 1) for value in both) else set()
        if any(isinstance(v, Interval) or self.tables.possible(v) != [1] for v in both):
            sources.add("shared")
        return sources

    def _in_normal_form(self, size: Any) -> Any:
        if isinstance(size, Interval):
            return size
        return self.tables.lift(lambda plain: normal({"size": plain})["size"], size, failed=_quiet)

    def _widths(self, channels: Any) -> set[int]:
        """The widths that there may be; of an interval its ends, and 1 which divides all."""
        if isinstance(channels, Interval):
            return {1, int(channels.low), int(channels.high)}
        return {int(width) for width in self.tables.possible(channels)}

    def _most_of(self, name: str, value: Any) -> Any:
        """The value of an attribute with which tensors are largest."""
        if isinstance(value, Interval):
            return int(value.low if name == "groups" else value.high)
        if not isinstance(value, Table):
            return value
        options = self.tables.possible(value)
        return min(options) if name == "groups" else _largest(options)


def _largest(options: Sequence[Any]) -> Any:
    """The largest of some values; of sizes, the largest in each dimension."""
    ranks = {len(option) for option in options if isinstance(option, tuple)}
    if not ranks:
        return options[0] if isinstance(options[0], str) else max(options)
    whole = [option if isinstance(option, tuple) else (option,) * max(ranks) for option in options]
    return tuple(map(max, zip(*whole, strict=True)))
