"""Random well-formed syntax trees.

Spans are all one and the same and mean nothing. What is generated may be nonsense (unknown names,
numbers where banks are meant), but every tree is one that some text parses to.
"""

from __future__ import annotations

from hypothesis import strategies as st

from smashdsl.diagnostics import Source, Span
from smashdsl.syntax import nodes
from smashdsl.syntax.precedence import PRECEDENCE
from smashdsl.syntax.tokens import KEYWORDS

SPAN = Span(Source("<generated>", ""), 0, 0)
REDUCTIONS = ("sum", "mean", "max", "mul", "attend")
COMBINATORS = ("sum", "mean", "max", "mul", "cat", "shake")

ids = st.one_of(
    st.sampled_from(["x", "b", "conv", "relu", "written", "sum", "max", "x3", "_", "k", "weights"]),
    st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(
        lambda s: s not in KEYWORDS
    ),
)
NUMBERS = {"0": 0, "3": 3, "16": 16, "0.5": 0.5, "4M": 4_000_000, "1e-3": 0.001, "0.25k": 250}
numbers = st.sampled_from(sorted(NUMBERS)).map(lambda s: nodes.Number(NUMBERS[s], s, SPAN))
names = st.builds(nodes.Name, ids, st.just(SPAN))
values = st.one_of(
    numbers,
    names,
    st.just(nodes.Name("classes", SPAN)),
    st.builds(nodes.Bool, st.booleans(), st.just(SPAN)),
    st.lists(st.integers(1, 64), min_size=2, max_size=4).map(
        lambda dims: nodes.Shape(tuple(dims), SPAN)
    ),
)


def _tuples(items: st.SearchStrategy, least: int = 0, most: int = 3) -> st.SearchStrategy:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def _comprehensions(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.builds(
        nodes.Comprehension, inner, ids, inner, st.one_of(st.none(), inner), st.just(SPAN)
    )


def _arguments(inner: st.SearchStrategy) -> st.SearchStrategy:
    return _tuples(st.builds(nodes.Argument, st.one_of(st.none(), ids), inner, st.just(SPAN)))


def _draws(inner: st.SearchStrategy) -> st.SearchStrategy:
    weights = st.one_of(st.none(), inner)
    options = st.builds(nodes.Option, inner, weights, st.just(SPAN))
    return st.one_of(
        st.builds(nodes.OneOf, _tuples(options, 1), st.just(SPAN)),
        st.builds(nodes.OneOfIn, ids, inner, weights, st.just(SPAN)),
    )


def _extend(inner: st.SearchStrategy) -> st.SearchStrategy:
    operators = st.sampled_from(sorted(PRECEDENCE.keys() - {"if", "else", "..", "step"}))
    comprehensions = _comprehensions(inner)
    return st.one_of(
        st.builds(nodes.List, _tuples(inner), st.just(SPAN)),
        comprehensions,
        st.builds(nodes.Index, inner, st.one_of(inner, comprehensions), st.just(SPAN)),
        st.builds(nodes.Call, inner, _arguments(inner), st.just(SPAN)),
        st.builds(nodes.Unary, st.sampled_from(["-", "not"]), inner, st.just(SPAN)),
        st.builds(nodes.Binary, operators, inner, inner, st.just(SPAN), st.just(SPAN)),
        st.builds(nodes.Conditional, inner, inner, inner, st.just(SPAN)),
        st.builds(nodes.Range, inner, inner, st.one_of(st.none(), inner), st.just(SPAN)),
        _draws(inner),
    )


expressions = st.deferred(lambda: st.recursive(values, _extend, max_leaves=8))
small = st.deferred(lambda: st.one_of(values, values, st.recursive(values, _extend, max_leaves=3)))


def _postfix(inner: st.SearchStrategy) -> st.SearchStrategy:
    return st.one_of(
        st.builds(nodes.Index, inner, st.one_of(small, _comprehensions(small)), st.just(SPAN)),
        st.builds(nodes.Call, inner, _arguments(small), st.just(SPAN)),
    )


postfixes = st.deferred(
    lambda: st.one_of(
        names, names, st.recursive(st.one_of(names, _draws(small)), _postfix, max_leaves=2)
    )
)


def _is_reduction(node: nodes.Expr) -> bool:
    return (
        isinstance(node, nodes.Call)
        and isinstance(node.callee, nodes.Name)
        and node.callee.id in REDUCTIONS
    )


members = _tuples(postfixes.filter(lambda node: not _is_reduction(node)), 1, 2)


def _stages(inner: st.SearchStrategy) -> st.SearchStrategy:
    chains = st.builds(nodes.Chain, _tuples(inner, 1), st.just(SPAN))
    units = st.one_of(
        chains,
        st.builds(nodes.Combine, st.sampled_from(COMBINATORS), _tuples(chains, 1), st.just(SPAN)),
        st.builds(nodes.Apply, postfixes, st.just(SPAN)),
    )
    return st.one_of(units, st.builds(nodes.Optional, units, small, st.just(SPAN)))


stages = st.deferred(
    lambda: st.recursive(st.builds(nodes.Apply, postfixes, st.just(SPAN)), _stages, max_leaves=4)
)
chains = st.deferred(lambda: st.builds(nodes.Chain, _tuples(stages, 1), st.just(SPAN)))
lets = st.deferred(lambda: st.builds(nodes.Let, ids, st.just(SPAN), expressions, st.just(SPAN)))
reads = st.one_of(
    st.builds(nodes.Read, st.none(), members, st.just(SPAN)),
    st.builds(nodes.Read, st.sampled_from(REDUCTIONS), _tuples(small, 1), st.just(SPAN)),
)
writes = st.builds(nodes.Write, members, st.one_of(st.none(), small), st.just(SPAN))
layers = st.deferred(lambda: st.builds(nodes.Layer, reads, _tuples(stages), writes, st.just(SPAN)))
banks = st.deferred(
    lambda: st.builds(
        nodes.BankDecl, ids, st.just(SPAN), st.one_of(st.none(), small), expressions, st.just(SPAN)
    )
)
transfers = st.one_of(
    st.builds(nodes.Enter, members, st.just(SPAN)), st.builds(nodes.Leave, members, st.just(SPAN))
)
requirements = st.deferred(lambda: st.builds(nodes.Require, expressions, st.just(SPAN)))


def _bodies(statements: st.SearchStrategy) -> st.SearchStrategy:
    return _tuples(statements, 1, 2)


def _compound(inner: st.SearchStrategy) -> st.SearchStrategy:
    counts = st.builds(nodes.Repeat, expressions, st.none(), _bodies(inner), st.just(SPAN))
    return st.one_of(
        st.builds(nodes.For, ids, st.just(SPAN), expressions, _bodies(inner), st.just(SPAN)),
        counts,
        st.builds(nodes.Repeat, st.none(), expressions, _bodies(inner), st.just(SPAN)),
        st.builds(nodes.If, small, _bodies(inner), _tuples(inner, 0, 2), st.just(SPAN)),
    )


def _nested(leaves: st.SearchStrategy) -> st.SearchStrategy:
    return st.recursive(leaves, _compound, max_leaves=5)


flow = st.deferred(lambda: _nested(st.one_of(lets, chains)))
sections = st.deferred(
    lambda: st.one_of(
        st.builds(
            nodes.Section,
            st.sampled_from(["stem", "transition", "head"]),
            _bodies(flow),
            st.just(SPAN),
            st.just(SPAN),
        ),
        st.builds(
            nodes.Section,
            st.just("block"),
            _bodies(_nested(st.one_of(lets, layers, banks, transfers))),
            st.just(SPAN),
            st.just(SPAN),
        ),
    )
)
parameters = st.builds(nodes.Parameter, ids, st.one_of(st.none(), small), st.just(SPAN))
ops = st.deferred(
    lambda: st.builds(
        nodes.OpDef, ids, st.just(SPAN), _tuples(parameters), _bodies(flow), st.just(SPAN)
    )
)
inputs = st.lists(st.integers(1, 64), min_size=2, max_size=4).map(
    lambda dims: nodes.Input(nodes.Shape(tuple(dims), SPAN), SPAN)
)
settings = st.builds(nodes.Setting, ids, st.just(SPAN), small, st.just(SPAN))
_each_once = st.lists(settings, max_size=3, unique_by=lambda setting: setting.name).map(tuple)
encodings = st.builds(nodes.Encoding, _each_once, st.just(SPAN))
trains = st.builds(nodes.Train, _each_once, st.just(SPAN))

parts = st.deferred(lambda: _nested(st.one_of(lets, sections, requirements)))


@st.composite
def networks(draw: st.DrawFn) -> nodes.Network:
    """A network with its sections in any order, at most one stem and one head among them."""
    found = draw(st.lists(st.one_of(parts, ops), max_size=4))
    body: list[nodes.Statement | nodes.OpDef] = [
        draw(inputs),
        *draw(st.lists(encodings, max_size=1)),
        *draw(st.lists(trains, max_size=1)),
    ]
    if draw(st.booleans()):
        body.append(nodes.Classes(draw(small), SPAN))
    kinds = set()
    for node in found:
        kind = node.kind if isinstance(node, nodes.Section) else None
        if kind not in kinds or kind not in ("stem", "head"):
            body.append(node)
            kinds.add(kind)
    return nodes.Network(
        draw(st.sampled_from(["program", "space"])), draw(ids), SPAN, tuple(body), SPAN
    )


uses = st.builds(nodes.Use, st.text("abc./ é", max_size=8), st.just(SPAN), st.just(SPAN))
files = st.deferred(
    lambda: st.builds(nodes.File, _tuples(st.one_of(uses, lets, ops, networks())), st.just(SPAN))
)
