"""E5xx and W5xx: banks."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry
from smashdsl.diagnostics.catalog.wrap import block, network

ENTRIES = (
    Entry(
        "E501",
        "reading an empty bank",
        "A bank is empty until the block's input enters it or a layer writes to it. Notes name\n"
        "the layers before this one that write it, if there are any.",
        block("bank x of 16  bank y of 16", "read y -> conv(16, 3) -> write x"),
    ),
    Entry(
        "E502",
        "a layer without banks",
        "A layer must read at least one bank and write to at least one; here the set is empty.",
        block("bank x of 16  banks b[2] of 16", "read b[0..-1] -> conv(16, 3) -> write x"),
    ),
    Entry(
        "E503",
        "banks outside of a block",
        "`some`, `fresh` and `count` are about the banks of the block they stand in.",
        network("stem { conv(count(written), 3) }").replace("written", "[1, 2]"),
    ),
    Entry(
        "E504",
        "something that is not a set of banks",
        "What is read or written must be banks: a bank's name, `b[2]`, `b[0..3]`, `written`,\n"
        "`fresh(n)`, `some(n, ...)`, or a list of these.",
        block("bank x of 16", "let y = 3", "read x -> conv(16, 3) -> write y"),
    ),
    Entry(
        "E505",
        "a bank that does not exist",
        "`banks b[4]` declares `b[0]` to `b[3]`; `bank x` declares one bank, which takes no index.",
        block("banks b[2] of 16", "read b[0] -> conv(16, 3) -> write b[2]"),
    ),
    Entry(
        "E506",
        "a block's input that does not fill banks to an edge",
        "The input of a block fills the declared banks in order and must end on a bank's edge;\n"
        "with `enter`, the banks named must hold exactly its channels.",
        block("bank x of 24", "read x -> relu -> write x"),
    ),
    Entry(
        "E507",
        "banks of different sizes where one size is needed",
        "`sum`, `mean`, `max`, `mul` and `attend` combine banks number by number, so the banks\n"
        "must be of one size.",
        block(
            "bank x of 16  bank y of 8",
            "read x -> conv(8, 3) -> write y",
            "read sum(x, y) -> conv(16, 3) -> write x",
        ),
    ),
    Entry(
        "E508",
        "a layer that changes the resolution",
        "All banks of a block have one resolution, and layers keep it. Downsample in a\n"
        "`transition` between blocks.",
        block("bank x of 16", "read x -> conv(16, 3, stride=2) -> write x"),
    ),
    Entry(
        "E509",
        "an `enter` that comes too late",
        "`enter` names the banks for the block's input, and stands before the first layer, once.",
        block("bank x of 16", "read x -> relu -> write x", "enter x"),
    ),
    Entry(
        "E510",
        "an unknown rule of writing",
        "A value is added to a full bank unless another rule is given: `by replace`, `by mul`,\n"
        "`by max` or `by mean`.",
        block("bank x of 16", "read x -> relu -> write x by shared"),
    ),
    Entry(
        "E511",
        "a value that cannot be dealt out to the banks",
        "A value is dealt out to the banks in order, from its first channel again when the banks\n"
        "hold more than it has. No bank may straddle its end, and every channel must land\n"
        "somewhere. The label says which numbers of channels would fit.",
        block("bank x of 16", "read x -> conv(24, 3) -> write x"),
    ),
    Entry(
        "W501",
        "a bank that is never read",
        "No layer of any program reads the bank, and it does not leave the block: what is written\n"
        "to it is lost.",
        block(
            "bank x of 16  bank y of 16",
            "read x -> conv(16, one_of(3, 5)) -> write x, y",
            "leave x",
            kind="space",
        ),
    ),
)
