"""Program → idiomatic `.smash` text, in standard layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from smashdsl.backends.idiom.banks import declarations, runs, tidy
from smashdsl.backends.idiom.chains import Book, Shape, joined
from smashdsl.backends.idiom.loops import Folder
from smashdsl.backends.idiom.naming import chains_of, definitions, settle
from smashdsl.backends.idiom.parts import Called, Hole, Piece, Statement
from smashdsl.diagnostics.diagnostic import InternalError
from smashdsl.diagnostics.span import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.elaborate.run import Definition, elaborate
from smashdsl.ir import Block, Chain, Layer, Program, Transition, content_hash
from smashdsl.syntax import format_source

_LAYERS = Folder(("i", "j", "k"))
_PARTS = Folder(("stage", "group"), listed=True, partial=True)


def idiomatic_text(program: Program, comments: Sequence[str] = ()) -> str:
    """A text of the same network, as people write it: what repeats is a loop, groups are ops.

    Args:
        comments: lines to stand above it, without `#`.

    Raises:
        InternalError: the text would not mean the same.
    """
    text = "".join(f"# {line}".rstrip() + "\n" for line in comments)
    text = format_source(Source("<generated>", text + _Writer(program).text()))
    module = load_module(Source("<generated>", text))
    made = elaborate(Definition(module, module.networks()[0]), None)
    if content_hash(made.program) != content_hash(program):
        raise InternalError(f"the text of {program.name} would not mean the same")
    return text


class _Writer:
    def __init__(self, program: Program) -> None:
        body = tuple(tidy(part) if isinstance(part, Block) else part for part in program.body)
        program = replace(program, body=body)
        self.program = program
        self.book = Book()
        banks = {bank.name.partition("[")[0] for block in program.blocks for bank in block.banks}
        settle(self.book, chains_of(program), banks)

    def text(self) -> str:
        program, shape = self.program, self.program.input
        parts: list[Statement] = []
        stem, shape = self._section("stem", program.stem, shape)
        for part in program.body:
            if isinstance(part, Transition):
                statement, shape = self._section("transition", part.stages, shape)
            else:
                statement, shape = self._block(part, shape)
            parts.append(statement)
        head, _ = self._section("head", program.head, shape)
        body = [*([stem] if program.stem else []), *_PARTS.folded(parts), self._classes(head)]
        used = {piece.name for each in body for piece in _pieces(each) if isinstance(piece, Called)}
        lines = [f"program {program.name} {{", f"input {'x'.join(map(str, program.input))}"]
        lines += [] if program.classes is None else [f"classes {program.classes}"]
        lines += _settings("encoding", program.encoding) + _settings("train", program.train)
        ops = [each.shown() for each in definitions(self.book, used)]
        lines += ["", *ops, ""] if ops else [""]
        return "\n".join([*lines, *(each.shown() for each in body), "}", ""])

    def _section(self, kind: str, chain: Chain, shape: Shape) -> tuple[Statement, Shape]:
        stages, out = self.book.chain(chain, shape, shape[0])
        return Statement((f"{kind} {{ ", *joined(stages), " }")), out

    def _classes(self, head: Statement) -> Statement:
        """The head with `classes` for the units of its last stage."""
        *before, last, end = head.head
        if not isinstance(last, Called) or last.name != "linear" or self.program.classes is None:
            return head
        units, *rest = last.arguments
        if units.value != self.program.classes:
            return head
        named = Called("linear", (replace(units, text="classes"), *rest))
        return Statement((*before, named, end))

    def _block(self, block: Block, shape: Shape) -> tuple[Statement, Shape]:
        reads = [*(layer.reads for layer in block.layers[1:]), ()]
        layers = (
            [
                self._layer(block, layer, next_, shape)
                for layer, next_ in zip(block.layers, reads, strict=True)
            ]
            if block.layers
            else []
        )
        body = list(declarations(block, shape[0]))
        if block.enter != tuple(range(len(block.enter))):
            body.append(Statement(("enter ", *runs(block, block.enter))))
        body += _LAYERS.folded(layers)
        written = {*block.enter, *(i for layer in block.layers for i in layer.writes)}
        if block.leave != tuple(sorted(written)):
            body.append(Statement(("leave ", *runs(block, block.leave))))
        out = sum(block.banks[i].size for i in block.leave)
        return Statement(("block",), tuple(body)), (out, *shape[1:])

    def _layer(self, block: Block, layer: Layer, following: Sequence[int],
               shape: Shape) -> Statement:  # fmt: skip
        sizes = [block.banks[i].size for i in layer.reads]
        channels = sum(sizes) if layer.reduce == "cat" else sizes[0]
        stages, _ = self.book.chain(layer.stages, (channels, *shape[1:]), channels)
        read = runs(block, layer.reads, following)
        if layer.reduce != "cat":
            read = [f"{layer.reduce}(", *read, ")"]
        write = runs(block, layer.writes)
        write += [] if layer.rule == "add" else [f" by {layer.rule}"]
        return Statement(("read ", *read, " -> ", *joined(stages), " -> write ", *write))


def _settings(kind: str, settings: Mapping[str, float]) -> list[str]:
    parts = [f"{name} = {value!r}" for name, value in settings.items()]
    return [f"{kind} {{ {'  '.join(parts)} }}"] if parts else []


def _pieces(statement: Statement) -> Iterator[Piece | Hole]:
    yield from statement.head
    for each in statement.body or ():
        yield from _pieces(each)
