"""The syntax tree: what was written, and where.

Every node carries its span. Nodes are frozen and hold no meaning beyond the text: names are not
resolved, numbers keep their spelling. Comments and blank lines are not nodes; the formatter
takes them from the token stream.
"""

from __future__ import annotations

from dataclasses import dataclass

from smashdsl.diagnostics.span import Span
from smashdsl.syntax.expressions import Argument as Argument
from smashdsl.syntax.expressions import Binary as Binary
from smashdsl.syntax.expressions import Bool as Bool
from smashdsl.syntax.expressions import Call as Call
from smashdsl.syntax.expressions import Comprehension as Comprehension
from smashdsl.syntax.expressions import Conditional as Conditional
from smashdsl.syntax.expressions import Expr as Expr
from smashdsl.syntax.expressions import Index as Index
from smashdsl.syntax.expressions import List as List
from smashdsl.syntax.expressions import Name as Name
from smashdsl.syntax.expressions import Number as Number
from smashdsl.syntax.expressions import OneOf as OneOf
from smashdsl.syntax.expressions import OneOfIn as OneOfIn
from smashdsl.syntax.expressions import Option as Option
from smashdsl.syntax.expressions import Range as Range
from smashdsl.syntax.expressions import Shape as Shape
from smashdsl.syntax.expressions import Unary as Unary

# Stages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Apply:
    """A stage given by an expression: a `Name` (`relu`), a `Call` (`conv(16, 3)`) or an `Index`
    (`edge[2]`)."""

    op: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Combine:
    """`sum { p ; q }` and its kin: `rule` is one of sum, mean, max, mul, cat, shake."""

    rule: str
    branches: tuple[Chain, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Optional:
    """`stage if condition`."""

    stage: Stage
    condition: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Chain:
    """`stage -> stage -> stage`; as a stage it was written in parentheses. Never empty."""

    stages: tuple[Stage, ...]
    span: Span


Stage = Apply | Combine | Optional | Chain

# Statements -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Let:
    name: str
    name_span: Span
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class For:
    target: str
    target_span: Span
    iterable: Expr
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Repeat:
    """`repeat count { … }` (`count` may be a `Range`: a draw) or `repeat until condition { … }`;
    exactly one of `count` and `until` is given."""

    count: Expr | None
    until: Expr | None
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class If:
    """`else if` is an `If` alone in `otherwise`."""

    condition: Expr
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class BankDecl:
    """`bank x of 16` (`count` is None) or `banks b[8] of 16`."""

    name: str
    name_span: Span
    count: Expr | None
    size: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Enter:
    """`enter b[0], x`: bank-set items, each a `Name`, `Index` or `Call`."""

    banks: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Leave:
    """`leave b[3]`."""

    banks: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Read:
    """`read S` (`reduce` is None) or `read sum(S)`: reduce is one of sum, mean, max, mul, attend.
    `span` covers what stands after the keyword `read`."""

    reduce: str | None
    banks: tuple[Expr, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Write:
    """`write S` or `write S by rule`. `span` covers what stands after the keyword `write`,
    without the `by` part."""

    banks: tuple[Expr, ...]
    rule: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class Layer:
    """`read R -> stage -> … -> write W`; `stages` may be empty."""

    read: Read
    stages: tuple[Stage, ...]
    write: Write
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """`stem { … }`, `block { … }`, `transition { … }` or `head { … }`; `keyword_span` covers the
    keyword alone."""

    kind: str
    body: tuple[Statement, ...]
    keyword_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Input:
    """`input 3x32x32`."""

    shape: Shape
    span: Span


@dataclass(frozen=True, slots=True)
class Classes:
    """`classes 10`."""

    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Setting:
    """`unit = 8` inside `encoding { … }` or `train { … }`."""

    name: str
    name_span: Span
    value: Expr
    span: Span


@dataclass(frozen=True, slots=True)
class Encoding:
    settings: tuple[Setting, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Train:
    """`train { lr = 0.1  weight_decay = 5e-4 }`."""

    settings: tuple[Setting, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Require:
    condition: Expr
    span: Span


Statement = (
    Let | For | Repeat | If | Chain | BankDecl | Enter | Leave | Layer | Section
    | Input | Classes | Encoding | Train | Require
)  # fmt: skip

# Files ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    default: Expr | None
    span: Span


@dataclass(frozen=True, slots=True)
class OpDef:
    """`op name(parameters) { body }`; the body holds lets, for, repeat, if and chains."""

    name: str
    name_span: Span
    parameters: tuple[Parameter, ...]
    body: tuple[Statement, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Use:
    """`use "file.smash"`; `path` as written, `path_span` covers the string with its quotes."""

    path: str
    path_span: Span
    span: Span


@dataclass(frozen=True, slots=True)
class Network:
    """`program name { … }` or `space name { … }`: `kind` is the keyword. The body holds
    statements and `OpDef`s."""

    kind: str
    name: str
    name_span: Span
    body: tuple[Statement | OpDef, ...]
    span: Span


Item = Use | Let | OpDef | Network


@dataclass(frozen=True, slots=True)
class File:
    items: tuple[Item, ...]
    span: Span
