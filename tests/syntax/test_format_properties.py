"""What must hold for the text of any tree."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from strategies import SPAN, chains, expressions, files, layers

from smashdsl.diagnostics import Source
from smashdsl.syntax import format_nodes, format_source, nodes, parse
from smashdsl.syntax.compare import same_meaning

slow = settings(
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def check(file: nodes.File) -> None:
    text = format_nodes(file)
    assert same_meaning(parse(Source("x", text)), file), text
    assert format_source(Source("x", text)) == text


@slow
@given(files)
def test_any_file(file: nodes.File) -> None:
    check(file)


@settings(slow, max_examples=150)
@given(expressions)
def test_any_expression(value: nodes.Expr) -> None:
    check(nodes.File((nodes.Let("a", SPAN, value, SPAN),), SPAN))


@settings(slow, max_examples=80)
@given(chains)
def test_any_chain(chain: nodes.Chain) -> None:
    check(nodes.File((nodes.OpDef("f", SPAN, (), (chain, chain), SPAN),), SPAN))


@settings(slow, max_examples=80)
@given(layers)
def test_any_layer(layer: nodes.Layer) -> None:
    block = nodes.Section("block", (layer,), SPAN, SPAN)
    given_input = nodes.Input(nodes.Shape((3, 8), SPAN), SPAN)
    check(nodes.File((nodes.Network("space", "s", SPAN, (given_input, block), SPAN),), SPAN))
