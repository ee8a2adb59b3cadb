"""E1xx: syntax."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry


def _network(*lines: str) -> str:
    """A program with these lines in it."""
    body = "".join(f"  {line}\n" for line in lines)
    return f"program p {{\n  input 3x32x32\n  classes 10\n{body}}}\n"


BRACKETS = (
    Entry(
        "E101",
        "a bracket that is never closed",
        "Every `{`, `(` and `[` needs its partner. When one is missing, the count alone cannot\n"
        "say which; the report goes by how the text is indented, and a note shows where the\n"
        "partner seems to be missing.",
        _network("stem { conv(16, 3) }", "block {", "  bank x of 16", "head { linear(classes) }"),
    ),
    Entry(
        "E102",
        "a bracket that closes nothing",
        "There is a `}`, `)` or `]` without an open partner. Either it is one too many, or a\n"
        "bracket above it was closed too early.",
        _network("stem { conv(16, 3) } }", "head { linear(classes) }"),
    ),
    Entry(
        "E103",
        "brackets of different kinds",
        "A bracket is closed by its own kind: `(` by `)`, `[` by `]`, `{` by `}`.",
        _network("stem { conv(16, 3] }"),
    ),
)

SIGNS = (
    Entry(
        "E104",
        "a missing `->`",
        "Stages are joined with `->`: `conv(16, 3) -> relu`. Two chains in one body, which are\n"
        "run one after the other, are kept apart with `;`.",
        _network("stem { conv(16, 3) relu }"),
    ),
    Entry(
        "E106",
        "`=` where `==` is meant",
        "`=` gives a value to a name; `==` compares two values.",
        _network("let wide = classes = 10"),
    ),
    Entry(
        "E107",
        "another sign where `=` is meant",
        "Names and named arguments are given their values with `=`.",
        _network("stem { conv(16, 3, stride: 2) }"),
    ),
    Entry(
        "E111",
        "a range that is written in another way",
        "A range is written `a..b`, with two dots, and includes both ends; `a..b step s` leaves\n"
        "out members between.",
        _network("for i in 0...3 { transition { avg_pool(2) } }"),
    ),
    Entry(
        "E113",
        "an operator of another language",
        "The operators on true and false are the words `and`, `or` and `not`.",
        _network("let small = classes < 10 && true"),
    ),
    Entry(
        "E114",
        "quoted text where there is none",
        'Text in double quotes stands after `use`, as in `use "ops.smash"`, and nowhere else.',
        "use 'ops.smash'\n",
    ),
    Entry(
        "E116",
        "a character without a meaning",
        "Outside comments only the signs of the language, digits, the letters a to z in both\n"
        "cases and `_` have a meaning. Signs that look alike, such as a long dash for `-`, often\n"
        "come from text that was copied from elsewhere.",
        _network("let width = 3 $ 4"),
    ),
    Entry(
        "E117",
        "quoted text that is never closed",
        'Quoted text ends with `"` on the line on which it begins.',
        'use "ops.smash\n',
    ),
    Entry(
        "E119",
        "blanks in a shape",
        "A shape is one word: `3x32x32`. With blanks it would be numbers beside a name.",
        "program p {\n  input 3 x 32 x 32\n}\n",
    ),
    Entry(
        "E120",
        "a missing `,`",
        "The members of a list, the arguments of a call, and the banks that a layer reads or\n"
        "writes are kept apart with `,`.",
        _network("stem { conv(16 3) }"),
    ),
    Entry(
        "E121",
        "a stray `,`",
        "A `,` stands between two members of a list, or after the last. This one has nothing\n"
        "before it, or separates nothing.",
        _network("stem { conv(16, , 3) }"),
    ),
    Entry(
        "E128",
        "a blank before the `(` of a call",
        "Arguments follow the name without a blank: `conv(16, 3)`. With a blank, `(` begins a\n"
        "group of stages.",
        _network("stem { conv (16, 3) }"),
    ),
)

WORDS = (
    Entry(
        "E105",
        "a keyword used as a name",
        "Keywords are reserved and cannot name banks, ops, values or parameters. They are: and,\n"
        "bank, banks, block, by, classes, else, encoding, enter, false, for, head, if, in, input,\n"
        "leave, let, not, of, one_of, op, or, program, read, repeat, require, space, stem, step,\n"
        "train, transition, true, until, use, weight, write.",
        _network("block {", "  bank read of 16", "}"),
    ),
    Entry(
        "E109",
        "a missing `of`, `in` or `=`",
        "`bank x of 16` declares a bank, `for i in 0..3 { … }` is a loop, and `let a = 3` gives\n"
        "a name to a value.",
        _network("block {", "  bank x 16", "}"),
    ),
    Entry(
        "E112",
        "`elif`",
        "A further condition is written `else if`.",
        _network(
            "let a = 1",
            "if a > 1 { transition { avg_pool(2) } }",
            "elif a > 0 { transition { max_pool(2) } }",
        ),
    ),
    Entry(
        "E115",
        "a habit from another language",
        "Ops are defined with `op name(parameters) { … }`, networks with `program` and `space`;\n"
        "blocks stand in braces; names have no type; the value of an op is what its last stage\n"
        "gives, without `return`.",
        "def residual(units):\n    return conv(units, 3)\n",
    ),
    Entry(
        "E127",
        "a missing name",
        "After `let`, `for`, `op`, `program`, `space`, `bank`, `banks`, `read`, `write`, `enter`\n"
        "and `leave` comes a name: letters, digits and `_`, beginning with a letter or `_`.",
        _network("let = 3"),
    ),
    Entry(
        "E131",
        "a word that opens no braces",
        "Before a `{` stands the head of a statement, such as `block` or `repeat 3`, or, inside a\n"
        "chain, one of the rules that combine branches: `sum`, `mean`, `max`, `mul`, `cat` or\n"
        "`shake`.",
        _network("blok { bank x of 16 }"),
    ),
    Entry(
        "E132",
        "a misspelt keyword",
        "The line begins with a word that is no keyword, but goes on as if it were one.",
        _network("requier params <= 1M"),
    ),
    Entry(
        "E133",
        "a name without `let`",
        "Names are given with `let name = value`. A name keeps its value; inside a loop or block\n"
        "another `let` may give a name a new value for the rest of that loop or block.",
        _network("width = 16"),
    ),
    Entry(
        "E135",
        "`bank` and `banks` mixed up",
        "`bank x of 16` declares one bank; `banks b[8] of 16` declares eight, `b[0]` to `b[7]`.",
        _network("block {", "  banks b of 16", "}"),
    ),
)

VALUES = (
    Entry(
        "E110",
        "something is missing",
        "A value, a stage or a shape is wanted here, but there is something else, or nothing.",
        _network("let width ="),
    ),
    Entry(
        "E118",
        "comparisons that chain",
        "`a < b < c` would compare a truth value with a number. Write `a < b and b < c`.",
        _network("let fits = 1 < classes < 100"),
    ),
    Entry(
        "E123",
        "a number that is written in another way",
        "Numbers are decimal: `12`, `0.5`, `1e-3`, with digits on both sides of a point, and\n"
        "with `k`, `M` or `G` for thousands, millions and thousands of millions.",
        _network("let limit = 1_000"),
    ),
    Entry(
        "E124",
        "`if` or `else` without the other",
        "A choice between two values is written `a if condition else b` and needs both parts. An\n"
        "`if` that chooses among statements begins a line, or comes after `;` or `{`.",
        _network("let width = 16 if classes > 10"),
    ),
    Entry(
        "E125",
        "a range with a part too many",
        "A range has two ends, `a..b`, and may have a step: `a..b step s`. A `step` alone means\n"
        "nothing.",
        _network("let widths = [u for u in 8..16..64]"),
    ),
    Entry(
        "E129",
        "a reduction with something beside it",
        "A layer reads a list of banks, which are joined along channels, or one of `sum`, `mean`,\n"
        "`max`, `mul` and `attend` of a list of banks.",
        _network("block {", "  banks b[3] of 16", "  read sum(b[0]), b[1] -> write b[2]", "}"),
    ),
)

PLACES = (
    Entry(
        "E100",
        "nothing here",
        "The file can be parsed, but has no program and no space in it. A file that only defines\n"
        "ops and lets is useful to others, through `use`; there is nothing in it to check or to\n"
        "compile.",
        "op residual(units) { norm -> relu -> conv(units, 3) }\n",
    ),
    Entry(
        "E108",
        "a layer that does not write",
        "A layer is `read BANKS -> stages -> write BANKS`. What it computes must be written\n"
        "somewhere, and what is written must have been read.",
        _network("block {", "  bank x of 16", "  read x -> relu", "}"),
    ),
    Entry(
        "E122",
        "an empty body",
        "An op, a section, a loop or a combination of branches must hold something. The op that\n"
        "passes its input on unchanged is `identity`.",
        _network("stem { }"),
    ),
    Entry(
        "E126",
        "a missing `{`",
        "The body of a network, section, op, loop or `if` stands in braces.",
        _network("stem conv(16, 3)"),
    ),
    Entry(
        "E130",
        "something unexpected",
        "The text cannot go on like this, and no more can be said about what was meant.",
        _network("stem { conv(16, 3) -> relu 3 }"),
    ),
    Entry(
        "E134",
        "an `if` statement in the middle of a line",
        "An `if` belongs to what stands before it on its line: `relu if c` leaves a stage out,\n"
        "`a if c else b` chooses a value. An `if` that chooses among statements begins a line, or\n"
        "comes after `;` or `{`.",
        _network("let a = 1 if classes > 5 { transition { avg_pool(2) } }"),
    ),
    Entry(
        "E140",
        "a statement on the wrong level",
        "At the top of a file stand `use`, `let`, `op`, `program` and `space`; everything else\n"
        "stands inside a program or space. Among the branches of `sum` and its kin stand chains\n"
        "of stages only.",
        "stem { conv(16, 3) }\n",
    ),
    Entry(
        "E141",
        "banks outside a block",
        "Banks belong to a block: `bank`, `banks`, `enter`, `leave` and layers (`read … write`)\n"
        "stand inside `block { … }`.",
        _network("bank x of 16"),
    ),
    Entry(
        "E142",
        "a section inside a section",
        "Stem, blocks, transitions and head follow one another; none stands inside another, or\n"
        "inside an op. Loops and `if` may stand around them.",
        _network("stem { block { bank x of 16 } }"),
    ),
    Entry(
        "E143",
        "stages outside a chain's place",
        "Chains of stages stand in stem, transition, head and op. In a block they are part of a\n"
        "layer: `read BANKS -> stages -> write BANKS`.",
        _network("block {", "  bank x of 16", "  conv(16, 3)", "}"),
    ),
    Entry(
        "E144",
        "something twice",
        "A network has one `input`, and at most one `classes`, `encoding`, `train`, `stem` and\n"
        "`head`. Within `encoding { ... }` and `train { ... }` each setting is given once.",
        _network("classes 100"),
    ),
    Entry(
        "E145",
        "a network without `input`",
        "`input 3x32x32` says what the network takes: channels first, then one, two or three\n"
        "lengths. Everything else follows from it.",
        "program p {\n  head { relu }\n}\n",
    ),
    Entry(
        "E146",
        "a setting inside something else",
        "`input`, `classes`, `encoding`, `train` and `op` stand directly in the braces of a\n"
        "network; `require` may stand in a loop or `if` as well, but not in a section or op.",
        _network("if true { classes 100 }"),
    ),
)

ENTRIES = (*BRACKETS, *SIGNS, *WORDS, *VALUES, *PLACES)
