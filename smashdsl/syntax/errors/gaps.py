"""Mistakes where something is missing between two tokens, or stands in the wrong place."""

from __future__ import annotations

import re

from smashdsl.diagnostics.diagnostic import Diagnostic
from smashdsl.diagnostics.span import Span
from smashdsl.syntax.errors.trouble import Finding, Repair, Trouble
from smashdsl.syntax.tokens import span_of

_SHAPE = re.compile(r"[0-9]+(x[0-9]+)+")
_STAGE_STARTS = frozenset({"NAME", "LPAR", "ONE_OF", "WRITE"})
_VALUE_STARTS = frozenset({"NAME", "NUMBER", "SHAPE", "LSQB", "LPAR", "ONE_OF", "TRUE", "FALSE"})


def spaced_parenthesis(trouble: Trouble) -> Finding | None:
    """`conv (16, 3)`."""
    if trouble.token.type != "SPACED" or "CALL" not in trouble.accepts:
        return None
    found = Diagnostic(
        "E128",
        f"a space between `{trouble.previous}` and its `(`",
        trouble.span,
        helps=("remove the space; or, if a new statement begins here, put `;` before it",),
    )
    return Finding(found, Repair(1, (("CALL", "("),)))


def spaced_shape(trouble: Trouble) -> Finding | None:
    """`3 x 32 x 32`."""
    tokens, index = trouble.tokens, trouble.index
    start = index if trouble.token.type == "NUMBER" else index - 1
    if start < 0 or tokens[start].type not in ("NUMBER", "SHAPE"):
        return None
    end = start + 1
    while tokens[end].type in ("NAME", "NUMBER", "SHAPE", "BAD") and _part(tokens[end]):
        end += 1
    shape = "".join(tokens[start:end])
    if end < start + 2 or not _SHAPE.fullmatch(shape):
        return None
    span = span_of(trouble.source, tokens[start]).to(span_of(trouble.source, tokens[end - 1]))
    found = Diagnostic(
        "E119", "a shape is written without spaces", span, helps=(f"write `{shape}`",)
    )
    insert = (("SHAPE", "1x1"),) if start == index else ()
    return Finding(found, Repair(end - index, insert))


def _part(text: str) -> bool:
    return text == "x" or text.replace("x", "").isdigit()


def unfinished_layer(trouble: Trouble) -> Finding | None:
    """A layer that ends without `-> write`."""
    reads = [token for token in trouble.pending if token.type == "READ"]
    if not reads or not trouble.begins_other or "EQUAL" in trouble.accepts:
        return None
    if trouble.pending[-1].type not in ("READ", "ARROW", "COMMA", "IF"):
        return None
    found = Diagnostic(
        "E108",
        "this layer does not write",
        span_of(trouble.source, reads[-1]),
        label="what is read here goes nowhere",
        helps=("end the layer with `-> write BANKS`",),
    )
    return Finding(found)


def bank_count(trouble: Trouble) -> Finding | None:
    """`bank b[8] of 16`, or `banks b of 16`."""
    token, index = trouble.token, trouble.index
    keyword = trouble.tokens[index - 2] if index > 1 else None
    if keyword is None or not trouble.follows("NAME"):
        return None
    name = trouble.previous
    if keyword.type == "BANK" and token.type == "LSQB":
        message = "`bank` declares one bank"
    elif keyword.type == "BANKS" and token.type != "LSQB":
        message = "`banks` declares several banks"
    else:
        return None
    helps = (f"write `banks {name}[count] of size`", f"one bank is `bank {name} of size`")
    return Finding(Diagnostic("E135", message, span_of(trouble.source, keyword), helps=helps))


def missing_word(trouble: Trouble) -> Finding | None:
    """A declaration without its `of`, a loop without its `in`, a `let` without its `=`."""
    wanted = _wanted_word(trouble)
    if wanted is None:
        return None
    code, kind, text, form = wanted
    found = Diagnostic(
        code, f"`{text}` is missing", trouble.gap, label="here", helps=(f"write `{form}`",)
    )
    new = ((kind, text),)
    for repair in (Repair(1, new), Repair(0, new)):
        replaces = trouble.token.type in ("EQUAL", "COLON", "OF", "IN", "BINARY")
        if bool(repair.drop) == replaces and trouble.fits(repair):
            return Finding(found, repair)
    return Finding(found)


def _wanted_word(trouble: Trouble) -> tuple[str, str, str, str] | None:
    before = trouble.tokens[trouble.index - 2].type if trouble.index > 1 else ""
    if "OF" in trouble.accepts:
        return "E109", "OF", "of", "bank name of size"
    if "IN" in trouble.accepts and before == "FOR":
        return "E109", "IN", "in", "for name in a..b { … }"
    if "EQUAL" in trouble.accepts and before == "LET":
        return "E109", "EQUAL", "=", "let name = value"
    return None


def missing_comma(trouble: Trouble) -> Finding | None:
    """Two members of a list, or two arguments, with nothing between them."""
    if "COMMA" not in trouble.accepts or trouble.token.type not in _VALUE_STARTS:
        return None
    if trouble.first and not _in_brackets(trouble):
        return None
    if "ARROW" in trouble.accepts and trouble.next.type not in ("ARROW", "COMMA"):
        return None
    repair = Repair(0, (("COMMA", ","),))
    if not trouble.fits(repair):
        return None
    found = Diagnostic("E120", "`,` is missing", trouble.gap, label="here")
    return Finding(found, repair)


def _in_brackets(trouble: Trouble) -> bool:
    return any(token.type in ("CALL", "LSQB", "SPACED") for token in trouble.pending)


def missing_arrow(trouble: Trouble) -> Finding | None:
    """Two stages with nothing between them."""
    if "ARROW" not in trouble.accepts or trouble.token.type not in _STAGE_STARTS:
        return None
    repair = Repair(0, (("ARROW", "->"),))
    if not trouble.fits(repair):
        return None
    helps = ("stages are joined with `->`; two chains are kept apart with `;`",)
    found = Diagnostic("E104", "`->` is missing", trouble.gap, label="here", helps=helps)
    return Finding(found, repair)


def missing_stage(trouble: Trouble) -> Finding | None:
    """`a -> -> b`, `-> a`, `a ->`."""
    accepts = trouble.accepts
    if trouble.token.type == "ARROW" and "NAME" in accepts and "NUMBER" not in accepts:
        span = trouble.span
    elif trouble.follows("ARROW"):
        span = span_of(trouble.source, trouble.tokens[trouble.index - 1])
    else:
        return None
    found = Diagnostic("E110", "a stage is missing beside this `->`", span)
    for repair in (Repair(0, (("NAME", "_"),)), Repair(1)):
        if trouble.fits(repair):
            return Finding(found, repair)
    return Finding(found)


def missing_shape(trouble: Trouble) -> Finding | None:
    """`input 3`."""
    if "SHAPE" not in trouble.accepts or "NUMBER" in trouble.accepts:
        return None
    found = Diagnostic(
        "E110",
        "`input` takes a shape",
        trouble.gap if trouble.begins_other else trouble.span,
        helps=("write channels and lengths as in `input 3x32x32`",),
    )
    return Finding(found)


def missing_value(trouble: Trouble) -> Finding | None:
    """Nothing where a value is wanted."""
    if "NUMBER" not in trouble.accepts or "NAME" not in trouble.accepts:
        return None
    previous = trouble.previous
    span = trouble.gap if trouble.first or trouble.begins_other else trouble.span
    found = Diagnostic("E110", f"a value is missing after `{previous}`", span)
    repair = Repair(0, (("NAME", "_"),))
    return Finding(found, repair if trouble.fits(repair) else None)


def late_if(trouble: Trouble) -> Finding | None:
    """`bank x of 8 if c { … }`: an `if` statement that does not start its line."""
    if trouble.token.type != "LBRACE":
        return None
    line = trouble.token.line
    for token in reversed(trouble.tokens[: trouble.index]):
        if token.line != line or token.type in ("LBRACE", "RBRACE", "SEMICOLON"):
            return None
        if token.type == "IF":
            found = Diagnostic(
                "E134",
                "this `if` does not begin a statement",
                span_of(trouble.source, token),
                label="it belongs to what stands before it",
                helps=("start a new line, or put `;` before it",),
            )
            return Finding(found)
    return None


def missing_brace(trouble: Trouble) -> Finding | None:
    """A construct whose `{` does not come."""
    if "LBRACE" not in trouble.accepts or "ARROW" in trouble.accepts:
        return None
    for later in range(trouble.index + 1, len(trouble.tokens)):
        token = trouble.tokens[later]
        if token.line != trouble.token.line:
            break
        if token.type == "LBRACE":
            between = Span(trouble.source, trouble.span.start, trouble.tokens[later - 1].end)
            found = Diagnostic("E130", f"`{between.text}` has no meaning here", between)
            return Finding(found, Repair(later - trouble.index))
    word = next((t for t in trouble.pending if t.type.isalpha()), None)
    after = f" after `{word}`" if word is not None else ""
    return Finding(Diagnostic("E126", f"`{{` is missing{after}", trouble.gap, label="here"))


def stray_comma(trouble: Trouble) -> Finding | None:
    if trouble.token.type != "COMMA":
        return None
    found = Diagnostic("E121", "a `,` that separates nothing", trouble.span)
    return Finding(found, Repair(1))
