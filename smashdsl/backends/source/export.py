"""Program → one Python file that imports torch and nothing else.

Assumes a verified program. The file's `Network` has the state dict of the plan's slots and computes
the plan's function; the same program gives the same text everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from smashdsl.backends.source.code import Expr, keywords_of
from smashdsl.backends.source.header import functions, header, network_doc, weights_constant
from smashdsl.backends.source.helpers import Convolutions, helpers, imports
from smashdsl.backends.source.network import network_class
from smashdsl.backends.source.sections import Section, chains, sections
from smashdsl.ir import Op, Program, all_ops
from smashdsl.ops.table import per_dimension
from smashdsl.plan import build_plan


def export_source(program: Program, *, weights_file: str | None = None, note: str = "") -> str:
    """The program as a readable Python file.

    The file defines the class `Network`, which maps `(batch, *program.input)` to the program's
    output, and `load(path)`, which gives a network with weights from a safetensors file.
    Its parameters are named as the plan's slots.

    Args:
        program: a verified program.
        weights_file: the name of a weights' file beside the Python file, if there is one.
        note: what else its docstring says of the network.

    Raises:
        SmashError: E906, if the program holds an operation that was registered from Python; E832,
            if its combinators are nested too deeply.

    >>> from smashdsl.ir import Op, Program
    >>> head = (Op("global_avg_pool", {}), Op("linear", {"units": 10, "bias": True}))
    >>> source = export_source(Program("tiny", (3, 8, 8), 10, (), (), head))
    >>> "self.linear1 = nn.Linear(3, 10)" in source
    True
    """
    parts = sections(program)
    definitions = list(dict.fromkeys(d for part in parts for d in part.definitions()))
    own = ["\n".join(definition.lines) for definition in definitions]
    own.append("\n".join(_network(program, parts)))
    own += functions(program, weights_file)
    members = [member for definition in definitions for member in definition.members]
    top = header(build_plan(program), note=note)
    return assembled(program, top, own, members, weights_file)


def assembled(program: Program, top: str, own: Sequence[str], members: Sequence[Expr],
              weights_file: str | None) -> str:  # fmt: skip
    """A whole file: the docstring, imports, the helpers that its parts call, and the parts.

    Args:
        program: what the file computes.
        top: the docstring.
        own: classes and functions, in order.
        members: the modules that they construct.
        weights_file: as of `export_source`.
    """
    needed = helpers("\n".join(own), _convolutions(program, members))
    standard, torch = imports("\n".join([*needed, *own]))
    start = [top, standard, torch]
    if weights_file:
        start.append(weights_constant(weights_file))
    return "\n\n\n".join(["\n\n".join(filter(None, start)), *needed, *own]) + "\n"


def _network(program: Program, parts: Iterable[Section]) -> list[str]:
    built = [(part.kind, part.build) for part in parts]
    return network_class(network_doc(program), built, initialised=is_initialised(program))


def is_initialised(program: Program) -> bool:
    """Whether any convolution starts from values that the file sets."""
    return any(_is_conv(op) and not _is_fixed(op) for op in _ops(program))


def _convolutions(program: Program, members: Sequence[Expr]) -> Convolutions:
    rank = len(program.input) - 1
    convs = [op for op in _ops(program) if _is_conv(op)]
    return Convolutions(
        rank=rank,
        keywords=frozenset(k for m in members for k in keywords_of(m, f"conv{rank}d")),
        uneven=frozenset(
            name
            for op in convs
            for name in ("kernel", "stride", "dilation")
            if op.attrs["padding"] == "same" and len(set(per_dimension(op.attrs[name], rank))) > 1
        ),
        biased=any(op.attrs["bias"] for op in convs),
        fixed=any(map(_is_fixed, convs)),
    )


def _ops(program: Program) -> Iterator[Op]:
    for chain in chains(program):
        yield from all_ops(chain)


def _is_conv(op: Op) -> bool:
    return op.name in ("conv", "depthwise")


def _is_fixed(op: Op) -> bool:
    return (op.weights or "").startswith("fixed")
