"""Nodes as text on one line.

What is written here parses to the same nodes: parentheses stand where the precedence of the
operators asks for them, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.syntax import nodes
from smashdsl.syntax.precedence import (
    COMPARISON,
    CONDITIONAL,
    NEGATION,
    NOT,
    OR,
    POWER,
    PRECEDENCE,
    RANGE,
    SUM,
)

ATOM = POWER + 1
Leaf = (
    nodes.Let | nodes.Chain | nodes.BankDecl | nodes.Enter | nodes.Leave | nodes.Layer
    | nodes.Input | nodes.Classes | nodes.Setting | nodes.Require | nodes.Use
)  # fmt: skip


def level(node: nodes.Expr) -> int:
    """How tightly an expression holds together, on the scale of `precedence`."""
    match node:
        case nodes.Conditional():
            return CONDITIONAL
        case nodes.Range():
            return RANGE
        case nodes.Binary():
            return PRECEDENCE[node.operator]
        case nodes.Unary():
            return NOT if node.operator == "not" else NEGATION
    return ATOM


def sides(node: nodes.Binary) -> tuple[int, int]:
    """The least levels of the operands that need no parentheses."""
    own = PRECEDENCE[node.operator]
    if own == POWER:
        return ATOM, NEGATION
    return (own + 1 if own == COMPARISON else own), own + 1


def expression(node: nodes.Expr, least: int = CONDITIONAL) -> str:
    """An expression, in parentheses if it holds together less tightly than `least`."""
    text = _expression(node)
    return f"({text})" if level(node) < least else text


def _expression(node: nodes.Expr) -> str:
    match node:
        case nodes.Number():
            return node.text
        case nodes.Shape():
            return "x".join(map(str, node.dims))
        case nodes.Bool():
            return "true" if node.value else "false"
        case nodes.Name():
            return node.id
        case nodes.List():
            return f"[{', '.join(map(expression, node.items))}]"
        case nodes.Comprehension():
            return f"[{comprehension(node)}]"
        case nodes.Index():
            return f"{postfixed(node.base)}[{inside(node.index)}]"
        case nodes.Call():
            return f"{postfixed(node.callee)}({', '.join(map(argument, node.arguments))})"
        case nodes.OneOf():
            return f"one_of({', '.join(map(option, node.options))})"
        case nodes.OneOfIn():
            weight = f" weight {expression(node.weight)}" if node.weight is not None else ""
            return f"one_of({node.target} in {expression(node.iterable)}{weight})"
    return _operation(node)


def _operation(node: nodes.Unary | nodes.Binary | nodes.Conditional | nodes.Range) -> str:
    match node:
        case nodes.Unary(operator="not"):
            return f"not {expression(node.operand, COMPARISON)}"
        case nodes.Unary():
            return f"-{expression(node.operand, POWER)}"
        case nodes.Binary():
            left, right = sides(node)
            return f"{expression(node.left, left)} {node.operator} {expression(node.right, right)}"
        case nodes.Conditional():
            then, condition = expression(node.then, OR), expression(node.condition, OR)
            return f"{then} if {condition} else {expression(node.otherwise)}"
    step = f" step {expression(node.step, SUM)}" if node.step is not None else ""
    return f"{expression(node.start, SUM)}..{expression(node.stop, SUM)}{step}"


def comprehension(node: nodes.Comprehension) -> str:
    """A comprehension without its brackets."""
    condition = f" if {expression(node.condition)}" if node.condition is not None else ""
    return (
        f"{expression(node.item)} for {node.target} in {expression(node.iterable, OR)}{condition}"
    )


def inside(node: nodes.Expr) -> str:
    """What stands between the brackets of an index."""
    return comprehension(node) if isinstance(node, nodes.Comprehension) else expression(node)


def postfixed(node: nodes.Expr) -> str:
    """What stands before an index or before arguments."""
    if isinstance(node, nodes.Name):
        return f"({node.id})" if node.id == "classes" else node.id
    bare = isinstance(
        node,
        nodes.Index | nodes.Call | nodes.List | nodes.Comprehension | nodes.OneOf
        | nodes.OneOfIn,
    )  # fmt: skip
    return expression(node) if bare else f"({expression(node)})"


def argument(node: nodes.Argument) -> str:
    return f"{node.name}={expression(node.value)}" if node.name else expression(node.value)


def option(node: nodes.Option) -> str:
    weight = f": {expression(node.weight)}" if node.weight is not None else ""
    return expression(node.value) + weight


def members(banks: Sequence[nodes.Expr]) -> str:
    return ", ".join(map(expression, banks))


def stage(node: nodes.Stage) -> str:
    """One stage of a chain."""
    match node:
        case nodes.Apply():
            return expression(node.op)
        case nodes.Combine():
            return f"{node.rule} {{ {' ; '.join(map(chain, node.branches))} }}"
        case nodes.Optional():
            return f"{stage(node.stage)} if {expression(node.condition)}"
    return f"({chain(node)})"


def chain(node: nodes.Chain) -> str:
    """A chain without parentheses."""
    return " -> ".join(map(stage, node.stages))


def read(node: nodes.Read) -> str:
    banks = members(node.banks)
    return f"read {node.reduce}({banks})" if node.reduce else f"read {banks}"


def write(node: nodes.Write) -> str:
    rule = f" by {expression(node.rule)}" if node.rule is not None else ""
    return f"write {members(node.banks)}{rule}"


def leaf(node: Leaf) -> str:
    """A statement that holds no others."""
    match node:
        case nodes.Let() | nodes.Setting():
            word = "let " if isinstance(node, nodes.Let) else ""
            return f"{word}{node.name} = {expression(node.value)}"
        case nodes.Chain():
            return chain(node)
        case nodes.Layer():
            return " -> ".join([read(node.read), *map(stage, node.stages), write(node.write)])
        case nodes.BankDecl(count=None):
            return f"bank {node.name} of {expression(node.size)}"
        case nodes.BankDecl(count=count):
            assert count is not None
            return f"banks {node.name}[{expression(count)}] of {expression(node.size)}"
        case nodes.Enter():
            return f"enter {members(node.banks)}"
        case nodes.Leave():
            return f"leave {members(node.banks)}"
        case nodes.Input():
            return f"input {expression(node.shape)}"
        case nodes.Classes():
            return f"classes {expression(node.value)}"
        case nodes.Require():
            return f"require {expression(node.condition)}"
    return f'use "{node.path}"'


def header(
    node: nodes.OpDef | nodes.Network | nodes.Section | nodes.Encoding | nodes.Train,
) -> str:
    """What stands before the braces of something that is no loop and no `if`."""
    match node:
        case nodes.Section():
            return node.kind
        case nodes.Encoding():
            return "encoding"
        case nodes.Train():
            return "train"
        case nodes.Network():
            return f"{node.kind} {node.name}"
    parameters = ", ".join(map(parameter, node.parameters))
    return f"op {node.name}({parameters})" if parameters else f"op {node.name}"


def parameter(node: nodes.Parameter) -> str:
    return node.name if node.default is None else f"{node.name} = {expression(node.default)}"
