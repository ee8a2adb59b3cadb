"""Mistakes in single signs, and habits from other languages."""

from __future__ import annotations

import unicodedata

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.syntax.errors.trouble import Finding, Repair, Trouble
from smashdsl.syntax.tokens import span_of

_MEANT = {
    "&": ("BINARY", "and"), "&&": ("BINARY", "and"), "|": ("BINARY", "or"),
    "||": ("BINARY", "or"), "!": ("NOT", "not"), "→": ("ARROW", "->"), "−": ("BINARY", "-"),
    "–": ("BINARY", "-"), "×": ("BINARY", "*"), "·": ("BINARY", "*"), "≤": ("BINARY", "<="),
    "≥": ("BINARY", ">="), "≠": ("BINARY", "!="), "…": ("BINARY", ".."), "^": ("BINARY", "**"),
}  # fmt: skip
_LOGIC = frozenset({"&", "&&", "|", "||", "!"})
_FOREIGN = {
    "def": "an op is defined with `op name(parameters) { … }`",
    "fn": "an op is defined with `op name(parameters) { … }`",
    "func": "an op is defined with `op name(parameters) { … }`",
    "function": "an op is defined with `op name(parameters) { … }`",
    "class": "a network is a `program` or a `space`",
    "return": "an op gives what its last stage gives: leave the `return` out",
    "import": 'other files are brought in with `use "file.smash"`',
    "from": 'other files are brought in with `use "file.smash"`',
    "include": 'other files are brought in with `use "file.smash"`',
    "while": "loops are `for i in a..b { … }`, `repeat n { … }` and `repeat until c { … }`",
    "var": "names are given with `let name = value`",
    "const": "names are given with `let name = value`",
    "pass": "leave it out",
}


def unknown_sign(trouble: Trouble) -> Finding | None:
    """A BAD token: a sign or text that no rule of the language knows."""
    token = trouble.token
    if token.type != "BAD":
        return None
    if token.startswith(("'", '"')):
        return _quoted(trouble)
    if token in _MEANT:
        kind, text = _MEANT[token]
        code = "E113" if token in _LOGIC else "E116"
        found = Diagnostic(
            code, f"`{token}` is not an operator", trouble.span, helps=(f"write `{text}`",)
        )
        return Finding(found, Repair(1, ((kind, text),)))
    if token.isascii() and token.isidentifier():
        return _glued(trouble)
    if token == ".":
        return _point(trouble)
    return Finding(_character(trouble), Repair(1))


def _character(trouble: Trouble) -> Diagnostic:
    char = trouble.token[0]
    name = "" if char.isascii() else unicodedata.name(char, "")
    helps = {
        "\\": ("a statement may go on over several lines without any sign",),
        "?": ("a choice between two values is written `a if condition else b`",),
        "~": ("write `not`",),
    }.get(char, ())
    if char in "“”„‘’«»":
        helps = ('quotes are written `"`',)
    elif char.isalpha():
        helps = ("names are made of the letters a to z, digits and `_`",)
    return Diagnostic(
        "E116", "a character that has no meaning here", trouble.span, label=name, helps=helps
    )


def _quoted(trouble: Trouble) -> Finding:
    token = trouble.token
    wanted = "STRING" in trouble.accepts
    repair = Repair(1, (("STRING", '"?"'),)) if wanted else Repair(1)
    if token.startswith('"'):
        found = Diagnostic(
            "E117",
            "this text is never closed",
            trouble.span,
            label='no `"` before the end of the line',
        )
        return Finding(found, repair)
    inside = token.strip("'")
    helps = (f'write `"{inside}"`',) if wanted else ("text stands only after `use`",)
    found = Diagnostic("E114", "text is not written in single quotes", trouble.span, helps=helps)
    return Finding(found, repair)


def _glued(trouble: Trouble) -> Finding:
    token, previous = trouble.token, trouble.previous
    if previous is None or previous.type not in ("NUMBER", "SHAPE"):
        found = Diagnostic(
            "E112", f"there is no `{token}`", trouble.span, helps=("write `else if`",)
        )
        return Finding(found, Repair(1, (("ELSE", "else"), ("WHEN", "if"))))
    if token[0] in "kKmMgG":
        helps: tuple[str, ...] = ("the suffixes are `k`, `M` and `G`",)
    elif token.startswith("_"):
        helps = ("write numbers without `_`; `4M` is 4,000,000",)
    elif previous == "0":
        helps = ("numbers are written in decimal",)
    else:
        helps = ("put a sign or a space between the number and the name",)
    span = span_of(trouble.source, previous).to(trouble.span)
    found = Diagnostic("E123", f"`{previous}{token}` is not a number", span, helps=helps)
    return Finding(found, Repair(1))


def _point(trouble: Trouble) -> Finding:
    previous = trouble.previous
    if previous == "..":
        span = span_of(trouble.source, previous).to(trouble.span)
        found = Diagnostic(
            "E111", "a range is written with two dots", span, helps=("write `a..b`",)
        )
    elif trouble.next.type == "NUMBER" or trouble.follows("NUMBER"):
        found = Diagnostic(
            "E123",
            "a number has digits on both sides of its point",
            trouble.span,
            helps=("write `0.5`, not `.5`, and `5` or `5.0`, not `5.`",),
        )
    else:
        found = Diagnostic(
            "E116",
            "nothing is looked up with `.`",
            trouble.span,
            helps=("members of a list or of banks are written `b[i]`",),
        )
    return Finding(found, Repair(1))


def stray_text(trouble: Trouble) -> Finding | None:
    """`"text"` anywhere but after `use`."""
    if trouble.token.type != "STRING":
        return None
    found = Diagnostic("E114", "text stands only after `use`", trouble.span)
    return Finding(found, Repair(1))


def foreign_word(trouble: Trouble) -> Finding | None:
    """`def`, `return`, `while` and other words that begin statements elsewhere."""
    for at in (trouble.statement_start(), trouble.index - 1, trouble.index):
        if at >= 0 and (finding := foreign(trouble, at)):
            return finding
    return None


def foreign(trouble: Trouble, at: int) -> Finding | None:
    """What to say about the token at an index if it is a word of another language."""
    token = trouble.tokens[at]
    if token.type != "NAME" or token not in _FOREIGN:
        return None
    span = span_of(trouble.source, token)
    return Finding(Diagnostic("E115", f"there is no `{token}`", span, helps=(_FOREIGN[token],)))


def equals_sign(trouble: Trouble) -> Finding | None:
    """`=` where `==` is meant, or the other way round."""
    token = trouble.token
    if token.type == "EQUAL" and "BINARY" in trouble.accepts:
        found = Diagnostic(
            "E106", "`=` does not compare", trouble.span, helps=("write `==` to compare",)
        )
        return Finding(found, Repair(1, (("BINARY", "=="),)))
    if token == "==" and "EQUAL" in trouble.accepts:
        found = Diagnostic(
            "E107", "`==` only compares", trouble.span, helps=("write `=` to give a value",)
        )
        return Finding(found, Repair(1, (("EQUAL", "="),)))
    return None


def colon(trouble: Trouble) -> Finding | None:
    """`:` for a block, a named argument or a range, as in Python."""
    if trouble.token.type != "COLON":
        return None
    if "LBRACE" in trouble.accepts:
        found = Diagnostic(
            "E115", "blocks are written in braces", trouble.span, helps=("write `{ … }`",)
        )
        return Finding(found)
    if "EQUAL" in trouble.accepts:
        return _colon_for_equals(trouble)
    if any(token.type == "LSQB" for token in trouble.pending):
        found = Diagnostic(
            "E111", "a range is written with two dots", trouble.span, helps=("write `a..b`",)
        )
        return Finding(found)
    return None


def _colon_for_equals(trouble: Trouble) -> Finding:
    annotated = Repair(2)
    if trouble.next.type == "NAME" and trouble.fits(annotated):
        found = Diagnostic(
            "E115", "names have no type", trouble.span, helps=("write `let name = value`",)
        )
        return Finding(found, annotated)
    found = Diagnostic("E107", "`:` does not give a value", trouble.span, helps=("write `=`",))
    doubled = trouble.next.type == "EQUAL"
    return Finding(found, Repair(1) if doubled else Repair(1, (("EQUAL", "="),)))
