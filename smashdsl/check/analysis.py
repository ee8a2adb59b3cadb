"""Abstract elaboration: one walk over a space that covers all its programs.

Values that depend on draws are tables; where the text branches on one, every case is walked under the
options that lead to it and the outcomes are merged. What may go wrong is a `Suspicion`; whether it
really does is for the caller to confirm with a sample. No IR is built.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from smashdsl.check.costs import Total
from smashdsl.check.findings import DrawSite, Findings, Suspicion
from smashdsl.check.tables import Failed, Failure, Interval, Table, Tables, hashable
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate import functions
from smashdsl.elaborate.attributes import attributes
from smashdsl.elaborate.functions import Uneven, truth
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report, Stop
from smashdsl.elaborate.stages import DRAWN
from smashdsl.elaborate.values import AppliedOp, BuiltinOp, Scope, UserOp, type_name
from smashdsl.ops import OpError
from smashdsl.syntax import nodes

FEW = 128  # joint values for which costs are computed one by one, and not from bounds


class Flow(tuple):  # type: ignore[type-arg]
    """A shape under analysis: `flow[0]` are the channels, `flow[1:]` the resolution, each a plain value or
    a table."""

    def __new__(cls, channels: Any, spatial: Any) -> Flow:
        return super().__new__(cls, (channels, spatial))

    def __getitem__(self, index: Any) -> Any:
        return super().__getitem__(1 if isinstance(index, slice) else index)


class Undecided(Exception):
    """A decision depends on a table where only a plain value will do; the section is walked by cases."""

    def __init__(self, table: Table) -> None:
        self.table = table


class Analysis(Elaborator):
    """Walks expressions and stages with tables; blocks are in `BlockAnalysis`."""

    def __init__(self, report: Report, **kwargs: Any) -> None:
        super().__init__(report, None, **kwargs)
        self.tables = Tables()
        self.findings = Findings()
        self.totals = {name: Total() for name in ("params", "flops", "activations")}
        self.deepest: tuple[float, float] = (0, 0)

    # Suspicions -------------------------------------------------------------------------------

    def suspect(self, code: str, span: Span, message: str, failure: Failure | None = None) -> None:
        options: dict[str, int] = {
            v.path: next(iter(allowed)) for v, allowed in self.tables.domain.items() if v.path and len(allowed) == 1
        }
        if failure is not None:
            options |= {v.path: i for v, i in zip(failure.variables, failure.key, strict=True) if v.path}
        self.findings.suspect(Suspicion(code, span, message, tuple(options.items())))

    def lift(self, span: Span, function: Callable[..., Any], *args: Any, code: str = "E302") -> Any:
        """A plain function over all that its arguments may be; failures become suspicions."""

        def failed(failure: Failure) -> None:
            error = failure.error
            found = "E306" if isinstance(error, Uneven) else getattr(error, "code", code)
            self.suspect(found, getattr(error, "span", None) or span, str(error), failure)

        try:
            return self.tables.lift(function, *args, failed=failed)
        except Failed:
            raise Stop from None
        except ValueError as error:
            found = "E306" if isinstance(error, Uneven) else getattr(error, "code", code)
            self.suspect(found, getattr(error, "span", None) or span, str(error))
            raise Stop from None

    def by_cases(self, table: Any, run: Callable[[Any], Any]) -> Any:
        """`run(value)` for each value a table may have, the outcomes merged."""
        if not isinstance(table, Table):
            return run(table)
        outcomes: dict[Any, Any] = {}
        outer, depth = self.tables.domain, len(self.binding)
        for value, domain in self.tables.cases(table):
            self.tables.domain = domain
            try:
                outcomes[hashable(value)] = run(value)
            except Stop:
                del self.binding[depth:]
            finally:
                self.tables.domain = outer
        if not outcomes:
            raise Stop
        return self.tables.merged(table, outcomes)

    # Expressions ------------------------------------------------------------------------------

    def evaluate(self, node: nodes.Expr, scope: Scope) -> Any:
        return self.tables.simplified(super().evaluate(node, scope))

    def as_whole(self, value: Any, node: nodes.Expr, what: str, least: int | None) -> int:
        if isinstance(value, Table):
            raise Undecided(value)
        if isinstance(value, Interval):
            self.suspect("E302", node.span, f"{what} must be a whole number")
            raise Stop
        return super().as_whole(value, node, what, least)

    def truth_of(self, node: nodes.Expr, scope: Scope, where: str = "if") -> Any:
        """True, False, or a table of both."""
        value = self.evaluate(node, scope)
        if isinstance(value, Interval):
            return self.tables.unknown([False, True])
        return self.lift(node.span, lambda v: truth(v, where), value)

    def condition(self, node: nodes.Expr, scope: Scope, where: str = "if") -> bool:
        value = self.truth_of(node, scope, where)
        if isinstance(value, Table):
            raise Undecided(value)
        return bool(value)

    def _conditional(self, node: nodes.Conditional, scope: Scope) -> Any:
        chosen = self.truth_of(node.condition, scope)
        return self.by_cases(chosen, lambda yes: self.evaluate(node.then if yes else node.otherwise, scope))

    def _unary(self, node: nodes.Unary, scope: Scope) -> Any:
        return self.lift(node.span, lambda v: functions.unary(node.operator, v), self.evaluate(node.operand, scope))

    def _binary(self, node: nodes.Binary, scope: Scope) -> Any:
        operator = node.operator
        if operator in ("and", "or"):
            left = self.truth_of(node.left, scope, operator)
            return self.by_cases(
                left, lambda value: value if value == (operator == "or") else self.truth_of(node.right, scope, operator)
            )
        left, right = self.evaluate(node.left, scope), self.evaluate(node.right, scope)
        if isinstance(left, Interval) or isinstance(right, Interval):
            return self._interval(operator, left, right)
        return self.lift(node.span, lambda a, b: functions.binary(operator, a, b), left, right)

    def _interval(self, operator: str, left: Any, right: Any) -> Any:
        (a, b), (c, d) = self.tables.bounds(left), self.tables.bounds(right)
        match operator:
            case "<" | "<=" | ">" | ">=":
                if operator in (">", ">="):
                    (a, b), (c, d) = (c, d), (a, b)
                strict = operator in ("<", ">")
                if b < c or (b == c and not strict):
                    return True
                if a > d or (a == d and strict):
                    return False
                return self.tables.unknown([False, True])
            case "==" | "!=":
                return self.tables.unknown([False, True])
            case "%":
                return Interval(0, d - 1) if c > 0 else Interval(-float("inf"), float("inf"))
        corners = []
        for x in (a, b):
            for y in (c, d):
                try:
                    corners.append(_arithmetic(operator, x, y))
                except (ZeroDivisionError, OverflowError, ValueError):
                    return Interval(-float("inf"), float("inf"))
        return Interval(min(corners), max(corners))

    def call_function(self, name: str, values: list[Any], node: nodes.Call) -> Any:
        if not any(_uncertain(value) for value in values):
            return super().call_function(name, values, node)
        lists = [item for v in values if isinstance(v, list) for item in v]
        if lists and len(values) == 1 and name != "len":
            values = lists
        return self.lift(node.span, lambda *plain: functions.FUNCTIONS[name](*plain), *values)

    def make_range(self, values: list[Any], node: nodes.Range) -> Any:
        if not any(isinstance(v, Table | Interval) for v in values):
            return super().make_range(values, node)
        if any(isinstance(v, Interval) for v in values):
            self.suspect("E302", node.span, "a range needs whole numbers")
            raise Stop
        return self.lift(node.span, _whole_range, *values)

    def as_items(self, value: Any, node: nodes.Expr) -> list[Any] | range:
        if isinstance(value, Table):
            raise Undecided(value)
        return super().as_items(value, node)

    def _comprehension(self, node: nodes.Comprehension, scope: Scope) -> Any:
        iterable = self.evaluate(node.iterable, scope)
        return self.by_cases(iterable, lambda values: self._listed(node, values, scope))

    def _listed(self, node: nodes.Comprehension, values: Any, scope: Scope) -> Any:
        if not isinstance(values, list | range):
            self.report.fail("E302", node.iterable.span, f"this must be a list or a range, but it is {type_name(values)}")
        self._count_items(len(values), node.span)
        inner, result = Scope(scope), []
        for value in values:
            inner.names[node.target] = value
            if node.condition is not None and not self.condition(node.condition, inner):
                continue
            result.append(self.evaluate_as(f"[{len(result)}]", node.item, inner))
        return result

    def index_into(self, base: Any, node: nodes.Index, scope: Scope) -> Any:
        index = self.evaluate(node.index, scope)
        if isinstance(index, Interval):
            self.suspect("E302", node.index.span, "an index must be a whole number")
            raise Stop
        return self.by_cases(base, lambda plain: self.by_cases(index, lambda i: self._checked(plain, i, node)))

    def _checked(self, base: Any, index: Any, node: nodes.Index) -> Any:
        if not isinstance(base, list | range | tuple):
            self.report.fail("E302", node.base.span, f"{type_name(base)} cannot be indexed".capitalize())
        return self.pick(base, index, node)

    # Draws ------------------------------------------------------------------------------------

    def _need_chooser(self, span: Span) -> Any:
        return None

    def _site(self, span: Span, kind: str, path: str) -> DrawSite:
        self.draws[path] = None  # type: ignore[assignment]
        group = self.group_of(path)
        key = (span.start, span.source.name, group)
        return self.findings.sites.setdefault(key, DrawSite(span, kind, group))

    def drawn(self, values: Sequence[Any], labels: Sequence[Any], weights: Sequence[float] | None, span: Span) -> Any:
        """The value of a draw among options that are known."""
        if not len(values) or (weights is not None and not any(w > 0 for w in weights)):
            self.suspect("E602", span, "there is nothing to draw from")
            raise Stop
        path = self.draw_path()
        site = self._site(span, "choice", path)
        for i, label in enumerate(labels):
            never = weights is not None and not weights[i] > 0
            for seen in self._seen(values[i], label):
                (site.never if never else site.labels)[hashable(seen)] = seen
        return self.tables.choice(path, values, labels, lambda i: weights is None or weights[i] > 0)

    def _seen(self, value: Any, label: Any) -> list[Any]:
        """The labels under which an option may appear in a genome."""
        return self.labels(self.tables.possible(value)) if isinstance(value, Table) else [label]

    def _one_of(self, node: nodes.OneOf, scope: Scope) -> Any:
        values, labels, weights = self._options(node, scope)
        return self._drawn_by_cases(values, labels, weights, node.span)

    def _options(self, node: nodes.OneOf, scope: Scope) -> Any:
        values: Any = [self.evaluate(option.value, scope) for option in node.options]
        if not any(option.weight for option in node.options) and len(values) == 1:
            if isinstance(values[0], list | range | Table):
                values = values[0]
                return values, values if isinstance(values, Table) else self.labels(values), None
        weights = [1.0 if o.weight is None else self.evaluate(o.weight, scope) for o in node.options]
        plain = any(option.weight for option in node.options) and not any(map(_uncertain, weights))
        return values, self.labels(values), weights if plain else None

    def labels(self, values: Sequence[Any]) -> list[Any]:
        from smashdsl.elaborate.expressions import _label

        return [_label(value) if not _uncertain(value) else f"#{i}" for i, value in enumerate(values)]

    def _drawn_by_cases(self, values: Any, labels: Any, weights: Any, span: Span) -> Any:
        if not isinstance(values, Table):
            return self._settled(self.drawn(values, labels, weights, span))
        return self._dependent(values, lambda _: None, span)

    def _settled(self, value: Any) -> Any:
        """A drawn value whose options are themselves uncertain, spread out."""
        if isinstance(value, Table):
            return self.tables.packed(value.variables, dict(self.tables.rows(value)))
        return value

    def _dependent(self, lists: Table, weigh: Callable[[Any], Sequence[float] | None], span: Span) -> Any:
        """A draw whose options depend on other draws: one variable over the union of the options."""
        union: dict[Any, Any] = {}
        for options in self.tables.possible(lists):
            for value in options if isinstance(options, list | range) else [options]:
                union.setdefault(hashable(value), value)
        values = list(union.values())
        place = {key: i for i, key in enumerate(union)}
        labels = self.labels(values)
        if not values:
            self.suspect("E602", span, "there is nothing to draw from")
            raise Stop
        path = self.draw_path()
        site = self._site(span, "choice", path)
        site.labels.update({hashable(label): label for label in labels})
        variable = self.tables.variable(path, labels)
        variables = (*lists.variables, variable)
        rows: dict[Any, Any] = {}
        for key, options in self.tables.rows(lists):
            if isinstance(options, list | range) and not len(options):
                self.suspect("E602", span, "there is nothing to draw from", Failure(ValueError(), lists.variables, key))
            for value in options if isinstance(options, list | range) else [options]:
                rows[(*key, place[hashable(value)])] = value
        if rows and not variable.born_with:
            variable.born_with, variable.feasible = variables, frozenset(rows)
        return self.tables.packed(variables, rows) if rows else self._stop()

    def _stop(self) -> Any:
        raise Stop

    def _one_of_in(self, node: nodes.OneOfIn, scope: Scope) -> Any:
        values = self.evaluate(node.iterable, scope)
        if isinstance(values, Table):
            return self._dependent(values, lambda _: None, node.span)
        weights: list[float] | None = None
        if node.weight is not None:
            inner, weights = Scope(scope), []
            for value in values:
                inner.names[node.target] = value
                weight = self.evaluate(node.weight, inner)
                weights.append(self.tables.bounds(weight)[1])
        return self._settled(self.drawn(values, self.labels(values), weights, node.span))

    def _draw_call(self, name: str, node: nodes.Call, scope: Scope) -> Any:
        values = [self.evaluate(argument.value, scope) for argument in self._positional(node, name)]
        path = self.draw_path()
        if name == "chance":
            low, high = self.tables.bounds(values[0]) if len(values) == 1 else (-1, 2)
            if low < 0 or high > 1:
                self.suspect("E603", node.span, "`chance` takes one probability between 0 and 1")
            site = self._site(node.span, "choice", path)
            options = [value for value, possible in ((False, low < 1), (True, high > 0)) if possible]
            site.labels.update({hashable(v): v for v in options})
            return self.tables.choice(path, [False, True], [False, True], lambda i: bool(i) in options)
        site = self._site(node.span, "continuous", path)
        site.log = name == "log_uniform"
        if len(values) != 2:
            self.suspect("E301", node.span, f"`{name}` takes 2 arguments")
            raise Stop
        (low, _), (_, high) = self.tables.bounds(values[0]), self.tables.bounds(values[1])
        if low > high or (name == "log_uniform" and low <= 0):
            self.suspect("E603", node.span, f"`{name}` needs low <= high")
            raise Stop
        site.labels.update({"low": min(low, site.labels.get("low", low)), "high": max(high, site.labels.get("high", high))})
        return Interval(low, high) if low < high else low

    # Calls and stages -------------------------------------------------------------------------

    def _call(self, node: nodes.Call, scope: Scope) -> Any:
        if not isinstance(node.callee, nodes.Name) or scope.find(node.callee.id) is not None:
            callee = self.evaluate(node.callee, scope)
            if isinstance(callee, Table):
                return self.by_cases(callee, lambda op: self._applied(op, node, scope))
        return super()._call(node, scope)

    def _applied(self, op: Any, node: nodes.Call, scope: Scope) -> Any:
        if not isinstance(op, BuiltinOp | UserOp):
            self.report.fail("E302", node.callee.span, f"{type_name(op)} cannot be called")
        return self.apply_arguments(op, node, scope)

    def stage(self, node: nodes.Stage, scope: Scope, shape: Any) -> Any:
        if isinstance(node, nodes.Optional):
            chosen = self.truth_of(node.condition, scope)
            return (), self.flows(chosen, lambda yes: self.stage(node.stage, scope, shape)[1] if yes else shape)
        return super().stage(node, scope, shape)

    def flows(self, table: Any, run: Callable[[Any], Any]) -> Any:
        """`run(value)` gives a flow for each value a table may have: the merged flow, costs included."""
        if not isinstance(table, Table):
            return run(table)
        before = {name: total.copy() for name, total in self.totals.items()}
        after: dict[str, dict[Any, Any]] = {name: {} for name in before}
        channels: dict[Any, Any] = {}
        spatial: dict[Any, Any] = {}
        outer, depth = self.tables.domain, len(self.binding)
        broken = False
        for value, domain in self.tables.cases(table):
            self.tables.domain = domain
            self.totals = {name: Total() for name in before}
            try:
                flow = run(value)
                key = hashable(value)
                for name, total in self.totals.items():
                    after[name][key] = total.value(self.tables)
                if flow is None:
                    broken = True
                else:
                    channels[key], spatial[key] = flow[0], flow[1:]
            except Stop:
                broken = True
                del self.binding[depth:]
            finally:
                self.tables.domain = outer
                self.totals = before
        for name, outcomes in after.items():
            if outcomes:
                self.totals[name].add(self.tables.merged(table, outcomes), self.tables)
        if broken and not channels:
            return None
        return Flow(self.tables.merged(table, channels), self.tables.merged(table, spatial))

    def _apply(self, node: nodes.Apply, scope: Scope, shape: Any) -> Any:
        value = self.evaluate_as("op", node.op, scope) if isinstance(node.op, DRAWN) else self.evaluate(node.op, scope)
        return (), self.flows(value, lambda op: self._apply_one(op, node, shape))

    def _apply_one(self, value: Any, node: nodes.Apply, shape: Any) -> Any:
        if isinstance(value, BuiltinOp | UserOp):
            value = AppliedOp(value, {}, {}, node.span.text)
        if not isinstance(value, AppliedOp):
            self.report.fail("E307", node.span, f"a stage must be an operation, but this is {type_name(value)}")
        if isinstance(value.op, BuiltinOp):
            return self._builtin(value.op, value, node.span, shape)[1]
        return self._user(value.op, value, node.span, shape)[1]

    def body(self, body: Sequence[Any], scope: Scope, shape: Any) -> Any:
        """As the elaborator's; a decision that depends on draws is walked by cases of the whole body."""
        depth = len(self.binding)
        try:
            return super().body(body, scope, shape)
        except Undecided as undecided:
            del self.binding[depth:]
            return (), self.flows(undecided.table, lambda _: self.body(body, Scope(scope.parent, dict(scope.names)), shape)[1])

    def _builtin(self, op: BuiltinOp, applied: AppliedOp, span: Span, shape: Any) -> Any:
        attrs = self._attributes(op, applied, span)
        weights = attrs.pop("weights", None)
        if shape is None:
            return (), None
        spec = op.spec
        channels = self._rule(spec.channels, shape[0], spec.channels_uses, attrs, applied, span)
        spatial = self._rule(spec.spatial, shape[1:], spec.spatial_uses, attrs, applied, span)
        self._cost(spec, shape, channels, spatial, attrs)
        position = "/".join((*self.positions, self._place(span)))
        self.filter_seen(spec, attrs, weights, shape, channels, position)
        return (), Flow(channels, spatial)

    def _attributes(self, op: BuiltinOp, applied: AppliedOp, span: Span) -> dict[str, Any]:
        certain = {name: value for name, value in applied.arguments.items() if not isinstance(value, Table | Interval)}
        uncertain = {name: value for name, value in applied.arguments.items() if name not in certain}
        if not uncertain:
            return attributes(op, certain, applied.spans, span, self.report)
        stand_in = {}
        for name, value in uncertain.items():
            place = applied.spans[name]

            def check(plain: Any, name: str = name, place: Span = place) -> Any:
                quiet = Report()
                try:
                    return attributes(op, {**self._stand_ins(op), name: plain}, {name: place}, place, quiet)[name]
                except Stop:
                    raise ValueError(quiet.diagnostics[0].message) from None

            stand_in[name] = value if isinstance(value, Interval) else self.lift(place, check, value, code="E303")
        first = {name: self.tables.possible(v)[0] if isinstance(v, Table) else v for name, v in stand_in.items()}
        first = {name: (v.low if isinstance(v, Interval) else v) for name, v in first.items()}
        plain = attributes(op, {**certain, **{k: _raw(v) for k, v in first.items()}}, applied.spans, span, self.report)
        result = plain | stand_in
        if "stride" in plain and "kernel" in stand_in and "stride" not in applied.arguments and op.spec.kind == "pool":
            result["stride"] = stand_in["kernel"]
        return result

    def _stand_ins(self, op: BuiltinOp) -> dict[str, Any]:
        return {p.name: 0.5 if p.kind == "fraction" else 1 for p in op.spec.parameters if p.required}

    def _rule(self, rule: Callable[..., Any], value: Any, uses: Sequence[str], attrs: dict[str, Any],
              applied: AppliedOp, span: Span) -> Any:  # fmt: skip
        names = [name for name in uses if name in attrs]

        def call(plain: Any, *rest: Any) -> Any:
            try:
                return rule(plain, {**attrs, **dict(zip(names, rest, strict=True))})
            except OpError as error:
                raise _Placed(error, applied.spans.get(error.parameter or "", span)) from error

        return self.lift(span, call, value, *(attrs[name] for name in names))

    def _cost(self, spec: Any, shape: Any, channels: Any, spatial: Any, attrs: dict[str, Any]) -> None:
        names = [name for name, value in attrs.items() if isinstance(value, Table)]
        rank = len(self.tables.possible(shape[1:])[0])

        def with_attrs(rest: Sequence[Any]) -> dict[str, Any]:
            return {**attrs, **dict(zip(names, rest, strict=True))}

        def params(entering: Any, *rest: Any) -> Any:
            return spec.params(int(entering), rank, with_attrs(rest))

        def flops(entering: Any, leaving: Any, size: Any, *rest: Any) -> Any:
            return spec.flops(int(entering), (int(leaving), *size), with_attrs(rest))

        values = [attrs[name] for name in names]
        quiet: Callable[[Failure], None] = lambda _: None  # noqa: E731
        try:
            self.totals["params"].add(self.tables.lift(params, shape[0], *values, failed=quiet, limit=FEW), self.tables)
            self.totals["flops"].add(self.tables.lift(flops, shape[0], channels, spatial, *values, failed=quiet, limit=FEW), self.tables)
            if spec.weighted:
                size = self.tables.lift(lambda c, s: c * _volume(s), channels, spatial, failed=quiet, limit=FEW)
                self.totals["activations"].add(size, self.tables)
        except Failed:
            return

    def filter_seen(self, spec: Any, attrs: dict[str, Any], weights: Any, shape: Any, channels: Any, position: str) -> None:
        """Note the largest shapes of an operation's tensors, and the widths of generated filters."""

    def _combine(self, node: nodes.Combine, scope: Scope, shape: Any) -> Any:
        kept = []
        for branch in node.branches:
            only = branch.stages[0]
            if len(branch.stages) == 1 and isinstance(only, nodes.Optional):
                kept.append((self.truth_of(only.condition, scope), (only.stage,), branch.span))
            else:
                kept.append((True, branch.stages, branch.span))
        present = self._presence([there for there, _, _ in kept])
        return (), self.flows(present, lambda there: self._branches(node, kept, there, scope, shape))

    def _presence(self, flags: list[Any]) -> Any:
        return self.tables.lift(lambda *plain: tuple(plain), *flags, failed=lambda _: None)

    def _branches(self, node: nodes.Combine, kept: list[Any], there: tuple[bool, ...], scope: Scope, shape: Any) -> Any:
        flows = [(self.chain(stages, scope, shape)[1], span)
                 for present, (_, stages, span) in zip(there, kept, strict=True) if present]  # fmt: skip
        if not flows:
            self.suspect("E408", node.span, f"every branch of this `{node.rule}` is left out")
            return None
        first = flows[0][0]
        total: Any = 0
        for flow, span in flows:
            if flow is None or first is None:
                return None
            self._agree(node, first, flow, span)
            total = self.tables.lift(lambda a, b: a + b, total, flow[0], failed=lambda _: None)
        return first if node.rule != "cat" else Flow(total, first[1:])

    def _agree(self, node: nodes.Combine, first: Any, flow: Any, span: Span) -> None:
        def same(a: Any, b: Any) -> bool:
            if a != b:
                raise ValueError(f"the branches of `{node.rule}` do not fit together: {a} and {b}")
            return True

        try:
            self.lift(span, same, first[1:], flow[1:], code="E409")
            if node.rule != "cat":
                self.lift(span, same, first[0], flow[0], code="E409")
        except Stop:
            return


class _Placed(ValueError):
    """An operation's error, with its code and place."""

    def __init__(self, error: OpError, span: Span) -> None:
        super().__init__(error.message)
        self.code = error.code
        self.span = span


def _uncertain(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_uncertain, value))
    return isinstance(value, Table | Interval)


def _raw(value: Any) -> Any:
    from smashdsl.elaborate.values import Symbol

    return Symbol(value) if isinstance(value, str) else value


def _volume(size: tuple[int, ...]) -> int:
    result = 1
    for side in size:
        result *= side
    return result


def _whole_range(start: Any, stop: Any, step: Any = 1) -> range:
    if not all(functions.is_whole(v) for v in (start, stop, step)) or step < 1:
        raise ValueError("a range needs whole numbers")
    return range(start, stop + 1, step)


def _arithmetic(operator: str, x: float, y: float) -> float:
    match operator:
        case "+":
            return x + y
        case "-":
            return x - y
        case "*":
            return 0.0 if 0 in (x, y) else x * y
        case "/":
            return x / y
        case "//":
            return float(x // y)
    return float(x**y)
