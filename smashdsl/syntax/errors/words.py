"""Mistakes in words: keywords as names, misspelt keywords, names that are missing."""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.syntax.errors.signs import foreign
from smashdsl.syntax.errors.trouble import Finding, Repair, Trouble
from smashdsl.syntax.tokens import COMBINATORS, KEYWORDS, span_of

_NAMED = {
    "LET": "a value", "FOR": "a loop's variable", "OP": "an op", "PROGRAM": "a program",
    "SPACE": "a space", "BANK": "a bank", "BANKS": "banks", "READ": "a bank", "WRITE": "a bank",
    "ENTER": "a bank", "LEAVE": "a bank",
}  # fmt: skip
_STARTERS = frozenset({
    "let", "op", "program", "space", "input", "classes", "encoding", "train", "stem",
    "block", "transition", "head", "bank", "banks", "enter", "leave", "read", "repeat", "require",
    "for", "if", "use",
})  # fmt: skip
_AFTER_KEYWORDS = frozenset({"NAME", "NUMBER", "SHAPE", "NEG", "NOT", "BAD", "STRING"})


def keyword_as_name(trouble: Trouble) -> Finding | None:
    """A reserved word where a name is wanted."""
    token, previous = trouble.token, trouble.previous
    if token not in KEYWORDS or "NAME" not in trouble.accepts:
        return None
    repair = Repair(1, (("NAME", str(token)),))
    if "LET" in trouble.accepts or trouble.follows("ARROW"):
        return None
    if trouble.first or not trouble.fits(repair):
        return None
    what = _NAMED.get(previous.type if previous else "", "")
    if "NUMBER" in trouble.accepts or not what:
        message = f"`{token}` is a keyword and cannot be used as a name"
    else:
        message = f"`{token}` is a keyword and cannot name {what}"
    found = Diagnostic("E105", message, trouble.span, helps=(f"try `{token}_`, or another name",))
    return Finding(found, repair)


def misspelt_keyword(trouble: Trouble) -> Finding | None:
    """`reqiure params <= 1M`: a word like a keyword before something no name can stand before."""
    tokens = trouble.tokens
    for at in (trouble.statement_start(), trouble.index - 1):
        if at < 0 or tokens[at].type != "NAME" or len(tokens[at]) < 3:
            continue
        writes = at > 0 and tokens[at - 1].type == "ARROW"
        near = did_you_mean(tokens[at], {"write"} if writes else _STARTERS)
        if near is not None and tokens[min(at + 1, len(tokens) - 1)].type in _AFTER_KEYWORDS:
            return _no_keyword(trouble, at, near)
    return None


def _no_keyword(trouble: Trouble, at: int, near: str) -> Finding:
    word = trouble.tokens[at]
    found = Diagnostic(
        "E132",
        f"there is no keyword `{word}`",
        span_of(trouble.source, word),
        helps=(f"did you mean `{near}`?",),
    )
    return Finding(found)


def unknown_block(trouble: Trouble) -> Finding | None:
    """Statements inside the braces of a word that opens no block: `blok { bank x of 16 }`."""
    for brace in trouble.pending:
        at = trouble.position(brace) - 1
        if brace.type == "LBRACE" and at >= 0 and trouble.tokens[at].type == "NAME":
            start = trouble.statement_start(at)
            if trouble.tokens[at] not in COMBINATORS:
                return _unknown_head(trouble, at, start)
    return None


def _unknown_head(trouble: Trouble, at: int, start: int) -> Finding:
    first, word = trouble.tokens[start], trouble.tokens[at]
    near = did_you_mean(first, _STARTERS)
    if finding := foreign(trouble, start):
        return finding
    if start < at and first.type == "NAME" and near is not None:
        return _no_keyword(trouble, start, near)
    found = Diagnostic(
        "E131",
        f"`{word}` cannot stand before a `{{`",
        span_of(trouble.source, word),
        helps=(f"did you mean `{near}`?",) if near and start == at else (),
    )
    return Finding(found)


def missing_let(trouble: Trouble) -> Finding | None:
    """`width = 3`, or `width += 1`, as a statement."""
    previous, token = trouble.previous, trouble.token
    if previous is None or previous.type != "NAME" or "ARROW" not in trouble.accepts:
        return None
    if token.type == "BINARY" and trouble.next.type == "EQUAL":
        found = Diagnostic(
            "E133",
            f"`{previous}` cannot be changed",
            trouble.span,
            helps=("a name keeps its value; give another name with `let`",),
        )
        return Finding(found)
    if token.type != "EQUAL":
        return None
    found = Diagnostic(
        "E133",
        "a name is given with `let`",
        span_of(trouble.source, previous),
        helps=(f"write `let {previous} = …`",),
    )
    return Finding(found)


def missing_name(trouble: Trouble) -> Finding | None:
    """Nothing, or something else, where a name is wanted."""
    previous = trouble.previous
    if previous is None or previous.type not in _NAMED or "NAME" not in trouble.accepts:
        return None
    what = "a name" if previous.type in ("LET", "FOR") else f"the name of {_NAMED[previous.type]}"
    span = trouble.gap if trouble.begins_other or trouble.first else trouble.span
    found = Diagnostic(
        "E127",
        f"{what} is missing after `{previous}`",
        span,
        helps=("a name is made of letters, digits and `_`, and starts with a letter or `_`",),
    )
    for repair in (Repair(1, (("NAME", "_"),)), Repair(0, (("NAME", "_"),))):
        if trouble.fits(repair):
            return Finding(found, repair)
    return Finding(found)
