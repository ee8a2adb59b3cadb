"""Text to tree: what stands in the tree, and where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from smashdsl.diagnostics import SmashError, Source
from smashdsl.syntax import load_source, nodes, parse


def let(text: str) -> nodes.Expr:
    """The value of `let a = TEXT`."""
    (item,) = parse(Source("t", f"let a = {text}")).items
    assert isinstance(item, nodes.Let)
    return item.value


def body(text: str) -> tuple[Any, ...]:
    """The statements of an op's body."""
    (item,) = parse(Source("t", f"op f {{ {text} }}")).items
    assert isinstance(item, nodes.OpDef)
    return item.body


def block(text: str) -> tuple[Any, ...]:
    """The statements of a block."""
    (network,) = parse(Source("t", f"program p {{ input 3x8\nblock {{\n{text}\n}} }}")).items
    assert isinstance(network, nodes.Network)
    section = network.body[1]
    assert isinstance(section, nodes.Section)
    return section.body


def grouped(node: Any) -> str:
    """An expression with parentheses around every operation."""
    match node:
        case nodes.Number():
            return node.text
        case nodes.Name():
            return node.id
        case nodes.Unary():
            return f"({node.operator} {grouped(node.operand)})"
        case nodes.Binary():
            return f"({grouped(node.left)} {node.operator} {grouped(node.right)})"
        case nodes.Conditional():
            parts = map(grouped, (node.then, node.condition, node.otherwise))
            return "({} ? {} : {})".format(*parts)
        case nodes.Range():
            step = "" if node.step is None else f" by {grouped(node.step)}"
            return f"({grouped(node.start)}..{grouped(node.stop)}{step})"
        case nodes.Index():
            return f"{grouped(node.base)}[{grouped(node.index)}]"
        case nodes.Call():
            return f"{grouped(node.callee)}({', '.join(grouped(a.value) for a in node.arguments)})"
    raise AssertionError(node)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * c", "(a + (b * c))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c // d % e", "((((a / b) * c) // d) % e)"),
        ("2 ** 3 ** 2", "(2 ** (3 ** 2))"),
        ("-a ** b", "(- (a ** b))"),
        ("-a * b", "((- a) * b)"),
        ("a ** -b", "(a ** (- b))"),
        ("a ** -b ** c", "(a ** (- (b ** c)))"),
        ("a ** -b * c", "((a ** (- b)) * c)"),
        ("a - -b", "(a - (- b))"),
        ("- - a", "(- (- a))"),
        ("not a == b", "(not (a == b))"),
        ("not a and not b or c", "(((not a) and (not b)) or c)"),
        ("a == not b and c", "((a == (not b)) and c)"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("0..n - 1", "(0..(n - 1))"),
        ("a + 1..b step s * 2", "((a + 1)..b by (s * 2))"),
        ("a..b == c", "((a..b) == c)"),
        ("a if b else c", "(a ? b : c)"),
        ("a if b else c if d else e", "(a ? b : (c ? d : e))"),
        ("a if b if c else d else e", "(a ? (b ? c : d) : e)"),
        ("a or b if c and d else not e", "((a or b) ? (c and d) : (not e))"),
        ("(a + b) * c", "((a + b) * c)"),
        ("f(a)(b)[c]", "f(a)(b)[c]"),
        ("f(a + b, c..d)[0..1]", "f((a + b), (c..d))[(0..1)]"),
        ("a[0]\n  [1]", "a[0][1]"),
    ],
)
def test_precedence(text: str, expected: str) -> None:
    assert grouped(let(text)) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("007", 7),
        ("0.5", 0.5),
        ("4M", 4_000_000),
        ("1.5k", 1500),
        ("0.0015k", 1.5),
        ("2G", 2 * 10**9),
        ("1e3", 1000),
        ("1E+3", 1000),
        ("25e-2", 0.25),
        ("2500e-2", 25),
        ("2.0", 2),
        ("0.000", 0),
        ("0e5", 0),
        ("1.1k", 1100),
        ("9" * 40, int("9" * 40)),
        ("1e39", 10**39),
        ("1e-300", 1e-300),
    ],
)
def test_numbers_are_exact(text: str, value: float) -> None:
    number = let(text)
    assert isinstance(number, nodes.Number)
    assert number.text == text
    assert number.value == value
    assert type(number.value) is type(value)


def test_range_of_whole_numbers_is_not_a_decimal_point() -> None:
    assert grouped(let("0..2")) == "(0..2)"
    assert grouped(let("0.5..1.5")) == "(0.5..1.5)"


def test_shape() -> None:
    shape = let("3x32x32")
    assert isinstance(shape, nodes.Shape)
    assert shape.dims == (3, 32, 32)


def test_comprehension() -> None:
    value = let("[a if b else c for _ in 0..3 if x > 1]")
    assert isinstance(value, nodes.Comprehension)
    assert (grouped(value.item), value.target) == ("(a ? b : c)", "_")
    assert value.condition is not None
    assert (grouped(value.iterable), grouped(value.condition)) == ("(0..3)", "(x > 1)")


def test_index_may_hold_a_comprehension() -> None:
    index = let("b[c for c in 0..4 if c % 2 == 0]")
    assert isinstance(index, nodes.Index)
    assert isinstance(index.index, nodes.Comprehension)


def test_named_arguments_and_defaults() -> None:
    (item,) = parse(Source("t", "op f(a, b = 3 + 4) { conv(a, 3, groups=b, bias=true,) }")).items
    assert isinstance(item, nodes.OpDef)
    assert [(p.name, p.default is not None) for p in item.parameters] == [("a", False), ("b", True)]
    (chain,) = item.body
    call = chain.stages[0].op
    assert [a.name for a in call.arguments] == [None, None, "groups", "bias"]


def test_draws() -> None:
    options = let("one_of(a: 0.7, [1, 2]: 0.3, 3)")
    assert isinstance(options, nodes.OneOf)
    assert [option.weight is not None for option in options.options] == [True, True, False]
    weighted = let("one_of(u in 8..64 step 8 weight 1 / u)")
    assert isinstance(weighted, nodes.OneOfIn)
    assert (weighted.target, grouped(weighted.iterable)) == ("u", "(8..64 by 8)")
    assert weighted.weight is not None
    assert grouped(weighted.weight) == "(1 / u)"
    plain = let("one_of(u in xs)")
    assert isinstance(plain, nodes.OneOfIn)
    assert plain.weight is None


def test_stages() -> None:
    (chain,) = body("a -> (b -> c) if x -> sum { d ; e if y ; } -> one_of(f, g)")
    kinds = [type(stage).__name__ for stage in chain.stages]
    assert kinds == ["Apply", "Optional", "Combine", "Apply"]
    assert isinstance(chain.stages[1].stage, nodes.Chain)
    combine = chain.stages[2]
    assert (combine.rule, len(combine.branches)) == ("sum", 2)
    assert isinstance(combine.branches[1].stages[0], nodes.Optional)


def test_layers() -> None:
    plain, reduced, empty = block(
        "read x, b[0..2] -> relu -> write y by one_of(add, mul)\n"
        "read sum(x, y) -> write z\nread x -> write y, z"
    )
    assert (plain.read.reduce, len(plain.read.banks), len(plain.stages)) == (None, 2, 1)
    assert plain.write.rule is not None
    assert (reduced.read.reduce, len(reduced.read.banks)) == ("sum", 2)
    assert (empty.stages, len(empty.write.banks)) == ((), 2)


def test_call_needs_its_parenthesis_at_once() -> None:
    let_, chain = body("let a = b\n ( relu -> tanh ) if c")
    assert isinstance(let_.value, nodes.Name)
    assert isinstance(chain.stages[0], nodes.Optional)


def test_if_starts_a_statement_only_where_one_may_start() -> None:
    let_, choice = body("let a = b\n if c { relu } else if d { tanh } else { gelu }")
    assert isinstance(let_.value, nodes.Name)
    assert isinstance(choice, nodes.If)
    assert isinstance(choice.otherwise[0], nodes.If)
    (chain,) = body("sum {\n a\n if b ;\n c } if d")
    assert isinstance(chain.stages[0], nodes.Optional)
    (value,) = body("let a = f(b\n if c else d)")
    assert isinstance(value.value.arguments[0].value, nodes.Conditional)
    _, after = body("repeat 2 { relu } if c { tanh }")
    assert isinstance(after, nodes.If)


def test_header_may_end_with_the_name_of_a_combinator() -> None:
    (loop,) = body("for i in 0..max {\n if c { relu } }")
    assert isinstance(loop, nodes.For)
    assert isinstance(loop.body[0], nodes.If)


def test_classes_is_a_keyword_and_a_value() -> None:
    (chain,) = body("linear(classes)")
    (argument,) = chain.stages[0].op.arguments
    assert argument.value.id == "classes"


def test_spans_cover_what_was_written() -> None:
    text = "program p {\n  input 3x8\n  stem { (conv(1 + 2, 3)) if a }\n}\n"
    (network,) = parse(Source("t", text)).items
    assert isinstance(network, nodes.Network)
    assert network.span.text == text.strip()
    assert network.name_span.text == "p"
    stem = network.body[1]
    assert isinstance(stem, nodes.Section)
    assert stem.keyword_span.text == "stem"
    optional = stem.body[0].stages[0]
    assert optional.span.text == "(conv(1 + 2, 3)) if a"
    assert optional.stage.span.text == "(conv(1 + 2, 3))"
    value = optional.stage.stages[0].op.arguments[0].value
    assert (value.span.text, value.operator_span.text) == ("1 + 2", "+")
    assert (value.span.line, value.span.column) == (3, 16)


def test_parentheses_belong_to_the_span_of_what_they_hold() -> None:
    value = let("(a + b) * c")
    assert isinstance(value, nodes.Binary)
    assert value.left.span.text == "(a + b)"
    assert value.span.text == "(a + b) * c"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment", "\ufeff# mark\n", "\r\n"])
def test_files_without_anything(text: str) -> None:
    assert parse(Source("t", text)).items == ()


def test_line_ends_and_marks_of_other_systems() -> None:
    text = "\ufefflet a = 1 # one\r\nlet b = 2\r\n"
    assert [item.span.line for item in parse(Source("t", text)).items] == [1, 2]


def test_valid_corpus(corpus: Path) -> None:
    paths = sorted((corpus / "valid").glob("*.smash"))
    assert len(paths) >= 8
    for path in paths:
        file = parse(load_source(path))
        assert [type(item) for item in file.items] == [nodes.Network]


@pytest.mark.parametrize(
    ("name", "place"), [("keyword_as_name", (7, 10)), ("unclosed_block", (6, 9))]
)
def test_corpus_of_syntax_errors(corpus: Path, name: str, place: tuple[int, int]) -> None:
    with pytest.raises(SmashError) as caught:
        parse(load_source(corpus / "invalid" / f"{name}.smash"))
    (error,) = caught.value.diagnostics
    assert error.span is not None
    assert (error.span.line, error.span.column) == place
