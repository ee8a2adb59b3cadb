"""E4xx: shapes."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry
from smashdsl.diagnostics.catalog.wrap import network

ENTRIES = (
    Entry(
        "E401",
        "an operation that cannot take its input",
        "The operation refused the shape of its input or its arguments; operations that were\n"
        "registered from Python say so with this code.",
    ),
    Entry(
        "E402",
        "groups that do not divide the channels",
        "A convolution in groups splits its input channels and its units evenly; so do group\n"
        "normalisation, channel shuffling, and attention with its heads.",
        network("stem { conv(16, 3) -> conv(24, 3, groups=16) }"),
    ),
    Entry(
        "E403",
        "a window that does not fit",
        "Without padding, a window must fit into its input, and something must be left after it.",
        network("stem { conv(16, 3) -> max_pool(64) }"),
    ),
    Entry(
        "E404",
        "the wrong number of dimensions",
        "An input has channels and 1 to 3 dimensions, and a kernel such as `3x5` as many numbers\n"
        "as its input has dimensions.",
        network("stem { conv(16, 3x3x3) }"),
    ),
    Entry(
        "E405",
        "a vector where a resolution is needed, or the reverse",
        "Convolutions and pools work on inputs with a resolution; `linear` on vectors, which\n"
        "`global_avg_pool` makes.",
        network("stem { conv(16, 3) }", head="head { linear(classes) }"),
    ),
    Entry(
        "E406",
        "an even window that cannot be centred",
        "Convolutions keep the resolution by padding as much on both sides, which only odd\n"
        "kernels allow. Use an odd kernel, or `padding=valid`.",
        network("stem { conv(16, 4) }"),
    ),
    Entry(
        "E407",
        "a network that does not end in its classes",
        "Where a network declares `classes`, its head must give a vector of as many numbers.",
        network("stem { conv(16, 3) }", head="head { global_avg_pool -> linear(12) }"),
    ),
    Entry(
        "E408",
        "a combinator without branches",
        "A branch `( ... ) if COND` is left out when the condition is false. At least one branch\n"
        "must remain.",
        network("stem { conv(16, 3) -> sum { relu if false ; tanh if false } }"),
    ),
    Entry(
        "E409",
        "branches that do not fit together",
        "The branches of `sum`, `mean`, `max`, `mul` and `shake` must give the same shape; those\n"
        "of `cat` the same resolution.",
        network("stem { sum { conv(16, 3) ; conv(32, 3) } }"),
    ),
    Entry(
        "E410",
        "channels that are not there",
        "`take` gives some of its input's channels, next to each other: `take(8, after=16)` those\n"
        "from number 16 to number 23, counted from 0. As many must come in.",
        network("stem { conv(16, 3) -> take(8, after=12) }"),
    ),
)
