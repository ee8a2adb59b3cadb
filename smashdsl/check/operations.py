"""Built-in operations over a whole space: attributes, shape rules and costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from smashdsl.check.abstract import Coded
from smashdsl.check.flow import Flow
from smashdsl.check.values import Failed, Failure, Interval, Table
from smashdsl.check.weights import Attributes, Weights
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.attributes import attributes
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Symbol
from smashdsl.ops import OpError, OpSpec

FEW = 128  # joint values for which costs are computed one by one, and not from bounds


def _quiet(_: Failure) -> None:
    """Costs of what cannot be built: the shape rules have spoken of it already."""


class Operations(Weights):
    """Walks built-in operations."""

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
        if "units" in attrs:
            self.findings.units_seen(*self.tables.bounds(channels))
        self._cost(spec, shape, out, attrs)
        position = "/".join((*self.positions, self.places.name(span)))
        self.weights_seen(spec, attrs, weights, shape, out, position)
        return (), out

    # Attributes -----------------------------------------------------------------------------

    def _attributes(self, op: BuiltinOp, applied: AppliedOp, span: Span) -> Attributes:
        given = {
            name: self._packed(value, applied.spans.get(name, span))
            for name, value in applied.arguments.items()
        }
        unsure = {k: v for k, v in given.items() if isinstance(v, Table | Interval)}
        if not unsure:
            return attributes(op, given, applied.spans, span, self.report)
        checked = {
            name: self._attribute(op, name, value, applied.spans[name])
            for name, value in unsure.items()
        }
        examples = {name: self._example(value) for name, value in checked.items()}
        result = attributes(op, {**given, **examples}, applied.spans, span, self.report)
        pooled = op.spec.kind == "pool" and "stride" not in given and "kernel" in checked
        return {**result, **checked, **({"stride": checked["kernel"]} if pooled else {})}

    def _packed(self, value: Any, place: Span) -> Any:
        """A list of numbers of which some depend on draws, as a table of sizes."""
        if isinstance(value, list) and any(isinstance(item, Table | Interval) for item in value):
            return self.lift(place, lambda *numbers: numbers, *value, code="E303")
        return value

    def _attribute(self, op: BuiltinOp, name: str, value: Table | Interval, place: Span) -> Any:
        """A table of one attribute's values in normal form, or the interval that they lie in."""
        others = {
            p.name: 0.5 if p.kind == "fraction" else 1 for p in op.spec.parameters if p.required
        }

        def normal(plain: Any) -> Any:
            quiet = Report()
            try:
                return attributes(op, {**others, name: plain}, {name: place}, place, quiet)[name]
            except Stop:
                raise ValueError(quiet.diagnostics[0].message) from None

        if isinstance(value, Interval):
            return self.ends_fit(value, normal, place, "E303")
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
        rank = self.rank(shape)

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
