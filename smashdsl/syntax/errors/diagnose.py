"""From a token that cannot be parsed to the mistake that was made.

`diagnose` goes through a table of matchers, each of which knows one mistake; the first that
matches gives the diagnostic and, where the mistake is plain, the tokens that were meant.
"""

from __future__ import annotations

from collections.abc import Callable

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.syntax.brackets import STATEMENTS
from smashdsl.syntax.errors import gaps, signs, words
from smashdsl.syntax.errors.trouble import Finding, Trouble
from smashdsl.syntax.table import END
from smashdsl.syntax.tokens import span_of

_SPELLED = {
    "ARROW": "`->`", "LBRACE": "`{`", "RBRACE": "`}`", "LPAR": "`(`", "RPAR": "`)`",
    "LSQB": "`[`", "RSQB": "`]`", "COMMA": "`,`", "SEMICOLON": "`;`", "COLON": "`:`",
    "EQUAL": "`=`", "BINARY": "an operator", "NAME": "a name", "NUMBER": "a number",
    "SHAPE": "a shape", "STRING": "text in quotes", "WHEN": "`if`", END: "the end",
}  # fmt: skip
_UNSAID = frozenset({"CALL", "SPACED", "NEG", END, "SEMICOLON"})
_MOST_SAID = 5


def misplaced(trouble: Trouble) -> Finding | None:
    """A statement in the wrong place, as far as the grammar can tell."""
    token = trouble.token
    if token.type == "WRITE":
        helps = ("a layer is written `read BANKS -> stages -> write BANKS`",)
        return Finding(Diagnostic("E108", "`write` without a `read`", trouble.span, helps=helps))
    branches = [t for t in trouble.pending if t.type == "LBRACE"]
    if token.type in STATEMENTS and branches:
        found = Diagnostic("E140", f"`{token}` cannot stand among branches", trouble.span)
        return Finding(found)
    at_top = "PROGRAM" in trouble.accepts
    if token.type in STATEMENTS and (at_top or token.type in ("USE", "PROGRAM", "SPACE")):
        where = "inside a `program` or `space`" if at_top else "at the top of a file"
        found = Diagnostic("E140", f"`{token}` stands {where}", trouble.span)
        return Finding(found)
    return None


def no_branches(trouble: Trouble) -> Finding | None:
    """`sum { }`."""
    if trouble.token.type != "RBRACE" or not trouble.follows("LBRACE"):
        return None
    found = Diagnostic(
        "E122",
        "there is nothing to combine",
        trouble.span,
        helps=("write the branches between the braces: `sum { relu ; tanh }`",),
    )
    return Finding(found)


def stray_else(trouble: Trouble) -> Finding | None:
    """An `else` that follows no `if`."""
    tokens, index = trouble.tokens, trouble.index
    at = index if trouble.token.type == "ELSE" else index - 1
    if (
        at < 0
        or tokens[at].type != "ELSE"
        or trouble.tokens[index].type not in ("ELSE", "LBRACE", "WHEN", "IF")
    ):
        return None
    found = Diagnostic(
        "E124", "`else` without an `if` before it", span_of(trouble.source, tokens[at])
    )
    return Finding(found)


def unexpected(trouble: Trouble) -> Finding:
    """Nothing better to say than what could have stood here."""
    token = trouble.token
    wanted = sorted(trouble.accepts - _UNSAID)
    helps: tuple[str, ...] = ()
    if len(wanted) <= _MOST_SAID and wanted:
        names = [_SPELLED.get(kind, f"`{kind.lower()}`") for kind in wanted]
        helps = (f"expected {' or '.join(names)}",)
    if token.type == END:
        return Finding(Diagnostic("E130", "the file ends too early", trouble.gap, helps=helps))
    found = Diagnostic("E130", f"`{token}` cannot stand here", trouble.span, helps=helps)
    return Finding(found)


MATCHERS: tuple[Callable[[Trouble], Finding | None], ...] = (
    gaps.spaced_shape,
    signs.unknown_sign,
    stray_else,
    no_branches,
    signs.stray_text,
    signs.foreign_word,
    words.unknown_block,
    words.misspelt_keyword,
    words.keyword_as_name,
    signs.equals_sign,
    signs.colon,
    words.missing_let,
    gaps.spaced_parenthesis,
    gaps.unfinished_layer,
    gaps.bank_count,
    words.missing_name,
    gaps.missing_word,
    gaps.missing_comma,
    gaps.missing_arrow,
    gaps.missing_shape,
    gaps.missing_value,
    gaps.missing_stage,
    gaps.late_if,
    gaps.missing_brace,
    gaps.stray_comma,
    misplaced,
)


def diagnose(trouble: Trouble) -> Finding:
    """The mistake that was made here."""
    for matcher in MATCHERS:
        found = matcher(trouble)
        if found is not None:
            return found
    return unexpected(trouble)
