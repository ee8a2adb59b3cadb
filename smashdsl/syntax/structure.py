"""What may stand where.

Takes a tree; gives one diagnostic for every statement that stands in a place where its kind
has no meaning, for a second `input`, `stem` and the like, and for a body that is empty but must
not be. Names, types and the order of sections are not looked at here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from smashdsl.diagnostics.diagnostic import Diagnostic, Note
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Span
from smashdsl.syntax import nodes
from smashdsl.syntax.limits import MAX_ERRORS
from smashdsl.syntax.tokens import KEYWORDS

_KEYWORDS: dict[type, str] = {
    nodes.Let: "let", nodes.For: "for", nodes.Repeat: "repeat", nodes.If: "if",
    nodes.Enter: "enter", nodes.Leave: "leave", nodes.Layer: "read", nodes.Input: "input",
    nodes.Classes: "classes", nodes.Encoding: "encoding", nodes.Train: "train",
    nodes.Require: "require", nodes.OpDef: "op",
}  # fmt: skip
_ONCE = (nodes.Input, nodes.Classes, nodes.Encoding, nodes.Train)
_COMMENT = re.compile(r"#[^\n]*")


def nothing_here(file: nodes.File) -> Diagnostic | None:
    """The diagnostic for a file without any network; None when it has one."""
    if any(isinstance(item, nodes.Network) for item in file.items):
        return None
    span = Span(file.span.source, file.span.start, file.span.start)
    helps = ("write `program name { … }` or `space name { … }`",)
    return Diagnostic("E100", "this file has no program and no space", span, helps=helps)


def misplaced(file: nodes.File, *, partial: bool = False) -> list[Diagnostic]:
    """Everything that stands where it must not.

    In a partial tree, which has parts left out, a body may be empty.
    """
    check = _Check(partial)
    for item in file.items:
        if isinstance(item, nodes.OpDef):
            check.op(item)
        elif isinstance(item, nodes.Network):
            check.network(item)
    return check.found


def missing(file: nodes.File) -> list[Diagnostic]:
    """Networks without an `input`."""
    networks = [item for item in file.items if isinstance(item, nodes.Network)]
    return [
        Diagnostic(
            "E145",
            f"`{network.name}` has no `input`",
            network.name_span,
            helps=("say what it takes, as in `input 3x32x32`",),
        )
        for network in networks
        if not any(isinstance(statement, nodes.Input) for statement in network.body)
    ]


def merged(found: Sequence[Diagnostic], later: Sequence[Diagnostic]) -> list[Diagnostic]:
    """All in order of place; of the later ones those on lines that have no other."""
    lines = {_place(error)[0] for error in found}
    more = [error for error in later if _place(error)[0] not in lines]
    return sorted([*found, *more], key=_place)[:MAX_ERRORS]


def _place(error: Diagnostic) -> tuple[int, int]:
    """Line and offset."""
    return (error.span.line, error.span.start) if error.span else (0, 0)


class _Check:
    def __init__(self, partial: bool) -> None:
        self.partial = partial
        self.found: list[Diagnostic] = []

    def network(self, network: nodes.Network) -> None:
        self._bodies(network.body, "network", direct=True)
        first: dict[str, Span] = {}
        for statement in network.body:
            word = _word(statement)
            once = isinstance(statement, _ONCE) or word in ("stem", "head")
            if once and word in first:
                notes = (Note(f"the first `{word}` is here", first[word]),)
                self._say("E144", f"a second `{word}`", _head(statement), notes=notes)
            elif once:
                first[word] = _head(statement)

    def op(self, op: nodes.OpDef) -> None:
        self._not_empty(op.body, f"the op `{op.name}`", op.name_span, "identity")
        self._bodies(op.body, "op")

    def _bodies(
        self, body: Sequence[nodes.Statement | nodes.OpDef], place: str, *, direct: bool = False
    ) -> None:
        """Check the statements of one body and of those inside it."""
        before: nodes.Statement | nodes.OpDef | None = None
        for statement in body:
            self._statement(statement, place, direct)
            if isinstance(before, nodes.Chain) and isinstance(statement, nodes.Chain):
                self._side_by_side(before, statement)
            before = statement

    def _statement(
        self, statement: nodes.Statement | nodes.OpDef, place: str, direct: bool
    ) -> None:
        match statement:
            case nodes.For() | nodes.Repeat():
                word = _word(statement)
                self._not_empty(statement.body, f"this `{word}`", _head(statement))
                self._bodies(statement.body, place)
            case nodes.If():
                self._bodies(statement.body, place)
                self._bodies(statement.otherwise, place)
            case nodes.Section():
                self._section(statement, place)
            case nodes.OpDef():
                self._only_direct(statement, place, direct)
                self.op(statement)
            case nodes.Chain():
                self._chain(statement, place)
            case nodes.BankDecl() | nodes.Enter() | nodes.Leave() | nodes.Layer():
                if place != "block":
                    self._outside_block(statement, place)
            case nodes.Input() | nodes.Classes():
                self._only_direct(statement, place, direct)
            case nodes.Encoding() | nodes.Train():
                self._only_direct(statement, place, direct)
                self._each_once(statement.settings)
            case nodes.Require() if place != "network":
                self._only_direct(statement, place, direct)

    def _each_once(self, settings: Sequence[nodes.Setting]) -> None:
        first: dict[str, Span] = {}
        for setting in settings:
            if setting.name in first:
                notes = (Note(f"the first `{setting.name}` is here", first[setting.name]),)
                self._say("E144", f"a second `{setting.name}`", setting.name_span, notes=notes)
            first.setdefault(setting.name, setting.name_span)

    def _section(self, section: nodes.Section, place: str) -> None:
        if place != "network":
            where = "an op" if place == "op" else f"a `{place}`"
            self._say(
                "E142",
                f"a `{section.kind}` cannot stand inside {where}",
                section.keyword_span,
                "stem, blocks, transitions and head follow one another in the network",
            )
        filler = "" if section.kind == "block" else "identity"
        self._not_empty(section.body, f"this `{section.kind}`", section.keyword_span, filler)
        self._bodies(section.body, section.kind)

    def _only_direct(
        self, statement: nodes.Statement | nodes.OpDef, place: str, direct: bool
    ) -> None:
        if not direct:
            inside = "a loop or an `if`" if place == "network" else _named(place)
            self._say(
                "E146",
                f"`{_word(statement)}` cannot stand inside {inside}",
                _head(statement),
                "move it to the outermost braces of the network",
            )

    def _outside_block(self, statement: nodes.Statement, place: str) -> None:
        what = "a layer" if isinstance(statement, nodes.Layer) else f"`{_word(statement)}`"
        self._say(
            "E141",
            f"{what} stands inside a `block`",
            _head(statement),
            "banks belong to a block: put braces around it with `block { … }`",
            label=f"this is {_named(place)}",
        )

    def _chain(self, chain: nodes.Chain, place: str) -> None:
        if place == "block":
            help_ = "a layer is written `read BANKS -> stages -> write BANKS`"
            self._say("E143", "stages inside a `block` belong to a layer", chain.span, help_)
        elif place == "network":
            help_ = "put them into `stem { … }`, `transition { … }` or `head { … }`"
            self._say("E143", "stages cannot stand directly in a network", chain.span, help_)

    def _side_by_side(self, before: nodes.Chain, after: nodes.Chain) -> None:
        """Two chains with no `;` between them: an arrow was left out."""
        source = before.span.source
        between = source.text[before.span.end : after.span.start]
        if ";" in _COMMENT.sub("", between):
            return
        alone = before.span.text
        near = did_you_mean(alone, KEYWORDS) if len(before.stages) == 1 else None
        if near is not None:
            self._say(
                "E132", f"there is no keyword `{alone}`", before.span, f"did you mean `{near}`?"
            )
            return
        self._say(
            "E104",
            "`->` is missing",
            Span(source, before.span.end, before.span.end),
            "stages are joined with `->`; two chains are kept apart with `;`",
            label="here",
        )

    def _not_empty(
        self, body: Sequence[nodes.Statement], what: str, span: Span, filler: str = ""
    ) -> None:
        if not body and not self.partial:
            helps = (f"to pass the value on unchanged write `{filler}`",) if filler else ()
            self._say("E122", f"{what} is empty", span, *helps)

    def _say(
        self,
        code: str,
        message: str,
        span: Span,
        *helps: str,
        label: str = "",
        notes: tuple[Note, ...] = (),
    ) -> None:
        self.found.append(Diagnostic(code, message, span, label, notes, helps))


def _word(statement: nodes.Statement | nodes.OpDef) -> str:
    """The keyword with which a statement starts."""
    if isinstance(statement, nodes.Section):
        return statement.kind
    if isinstance(statement, nodes.BankDecl):
        return "bank" if statement.count is None else "banks"
    return _KEYWORDS.get(type(statement), "")


def _head(statement: nodes.Statement | nodes.OpDef) -> Span:
    """The span of the keyword with which a statement starts."""
    start = statement.span.start
    return Span(statement.span.source, start, start + len(_word(statement)))


def _named(place: str) -> str:
    return {"network": "the network itself", "op": "an op"}.get(place, f"a `{place}`")
