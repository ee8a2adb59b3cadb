"""A program in normal form, as `.smash` text: no draw, no loop, no user-defined op.

Parsing the text gives the same network with the same content hash. The draws that made it stand
in a comment at the end, so that its place in the space need not be searched for.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from smashdsl.ir.program import Block, Chain, Combine, Layer, Op, Program, Transition, flat
from smashdsl.ops import find_op

WIDTH = 100
GENOME_MARK = "# genome "


def program_text(program: Program) -> str:
    """The normal form of a program."""
    lines = [f"program {program.name} {{", f"  input {_size(program.input)}"]
    if program.classes is not None:
        lines.append(f"  classes {program.classes}")
    lines += _settings("encoding", program.encoding)
    lines += _settings("train", program.train)
    lines.append("")
    if program.stem:
        lines += _section("stem", program.stem)
    for part in program.body:
        lines += (
            _section("transition", part.stages) if isinstance(part, Transition) else _block(part)
        )
    lines += _section("head", program.head)
    lines.append("}")
    if program.genome:
        lines.append(GENOME_MARK + json.dumps(dict(program.genome), separators=(",", ":")))
    return "\n".join([*lines, ""])


def genome_in(text: str) -> dict[str, Any] | None:
    """The genome that `program_text` left in a comment, if there is one that can be read.

    It is only a hint: who uses it checks that it makes the program.
    """
    line = next(
        (line for line in reversed(text.splitlines()) if line.startswith(GENOME_MARK)), None
    )
    if line is None:
        return None
    try:
        genome = json.loads(line.removeprefix(GENOME_MARK))
    except (ValueError, RecursionError):
        return None
    return genome if isinstance(genome, dict) else None


def _settings(kind: str, settings: Mapping[str, float]) -> list[str]:
    if not settings:
        return []
    parts = [f"{name} = {value!r}" for name, value in settings.items()]
    line = f"  {kind} {{ {'  '.join(parts)} }}"
    return [line] if len(line) <= WIDTH else [f"  {kind} {{", *(f"    {p}" for p in parts), "  }"]


def _section(kind: str, chain: Chain) -> list[str]:
    stages = _stages(chain) or ["identity"]
    line = f"  {kind} {{ {' -> '.join(stages)} }}"
    if len(line) <= WIDTH:
        return [line]
    return [f"  {kind} {{", *_wrapped(stages, 4), "  }"]


def _wrapped(parts: Sequence[str], indent: int) -> list[str]:
    """Parts joined by arrows, broken before an arrow where a line would be too long."""
    lines, current = [], " " * indent + parts[0]
    for part in parts[1:]:
        if len(current) + len(part) + 4 > WIDTH:
            lines.append(current)
            current = " " * (indent + 2) + f"-> {part}"
        else:
            current += f" -> {part}"
    return [*lines, current]


def _block(block: Block) -> list[str]:
    lines = ["  block {"]
    lines += [f"    {declaration}" for declaration in _declarations(block)]
    if block.enter != tuple(range(len(block.enter))):
        lines.append(f"    enter {bank_set(block, block.enter)}")
    for layer in block.layers:
        lines += _wrapped(_layer(block, layer), 4)
    if block.leave != _written(block):
        lines.append(f"    leave {bank_set(block, block.leave)}")
    return [*lines, "  }"]


def _written(block: Block) -> tuple[int, ...]:
    return tuple(sorted({*block.enter, *(i for layer in block.layers for i in layer.writes)}))


def _families(block: Block) -> Iterator[tuple[str, int, int]]:
    """The name, first index and number of banks of each declaration."""
    start = 0
    while start < len(block.banks):
        name, bracket, _ = block.banks[start].name.partition("[")
        stop = start + 1
        while bracket and stop < len(block.banks) and block.banks[stop].name.startswith(f"{name}["):
            stop += 1
        yield name, start, stop - start
        start = stop


def _declarations(block: Block) -> Iterator[str]:
    for name, start, count in _families(block):
        size = block.banks[start].size
        single = "[" not in block.banks[start].name
        yield f"bank {name} of {size}" if single else f"banks {name}[{count}] of {size}"


def bank_set(block: Block, banks: Sequence[int]) -> str:
    """A set of banks as a text names it: `x, b[0..3], b[7]`."""
    whole = {start: (name, count) for name, start, count in _families(block)}
    parts: list[str] = []
    i = 0
    while i < len(banks):
        run = i
        while (
            run + 1 < len(banks)
            and banks[run + 1] == banks[run] + 1
            and _same_family(block, banks[i], banks[run + 1])
        ):
            run += 1
        name, bracket, index = block.banks[banks[i]].name.partition("[")
        length = run - i + 1
        if not bracket:
            length = 1
            parts.append(name)
        elif whole.get(banks[i]) == (name, length):
            parts.append(name)
        elif length == 1:
            parts.append(f"{name}[{index}")
        else:
            first = int(index.rstrip("]"))
            parts.append(f"{name}[{first}..{first + length - 1}]")
        i += length
    return ", ".join(parts)


def _same_family(block: Block, a: int, b: int) -> bool:
    return block.banks[a].name.partition("[")[0] == block.banks[b].name.partition("[")[0]


def _layer(block: Block, layer: Layer) -> list[str]:
    reads, writes = bank_set(block, layer.reads), bank_set(block, layer.writes)
    read = f"read {reads}" if layer.reduce == "cat" else f"read {layer.reduce}({reads})"
    write = f"write {writes}" if layer.rule == "add" else f"write {writes} by {layer.rule}"
    return [read, *_stages(layer.stages), write]


def _stages(chain: Chain) -> list[str]:
    return [stage_text(stage) for stage in flat(chain)]


def stage_text(stage: Op | Combine) -> str:
    """One stage as a text writes it: `conv(32, 3, stride=2)`."""
    if isinstance(stage, Combine):
        branches = [" -> ".join(_stages(branch)) or "identity" for branch in stage.branches]
        return f"{stage.rule} {{ {' ; '.join(branches)} }}"
    arguments = list(_arguments(stage))
    return f"{stage.name}({', '.join(arguments)})" if arguments else stage.name


def _arguments(op: Op) -> Iterator[str]:
    spec = find_op(op.name)
    for parameter in spec.parameters if spec else ():
        value = op.weights if parameter.name == "weights" else op.attrs.get(parameter.name)
        default = (
            op.attrs["kernel"]
            if parameter.name == "stride" and parameter.default is None
            else parameter.default
        )
        if parameter.required:
            yield _value(value)
        elif value is not None and value != default:
            yield f"{parameter.name}={_value(value)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _size(value) if isinstance(value, tuple) else str(value)


def _size(dims: Sequence[int]) -> str:
    return "x".join(map(str, dims))
