"""E6xx, E7xx and their warnings: draws, spaces, requirements; E80x: limits of networks."""

from __future__ import annotations

from smashdsl.diagnostics.catalog.entry import Entry
from smashdsl.diagnostics.catalog.wrap import block, network

DRAWS = (
    Entry(
        "E601",
        "a draw in a program",
        "A program is one network, so nothing in it may be left to choose. Make it a `space`, or\n"
        "write one value.",
        network("stem { conv(16, one_of(3, 5)) }"),
    ),
    Entry(
        "E602",
        "a draw without options",
        "There is nothing to draw from: the list or range is empty, or every option weighs 0.",
        network("stem { conv(one_of(8..4), 3) }", kind="space"),
    ),
    Entry(
        "E603",
        "a draw that makes no sense",
        "Weights are numbers of at least 0, probabilities lie between 0 and 1, and intervals run\n"
        "from low to high (for `log_uniform`, from above 0).",
        network("stem { conv(16, 3) -> dropout(uniform(0.5, 0.1)) }", kind="space"),
    ),
    Entry(
        "E604",
        "a genome with missing or unknown draws",
        "A genome must have a value for every draw of its program, and nothing else.",
    ),
    Entry(
        "E605",
        "a genome's value outside of a draw",
        "The value is not among the options of its draw, or outside of its interval.",
    ),
    Entry(
        "E606",
        "no other program nearby",
        "No change of draws gave a different program that meets the requirements.",
    ),
    Entry(
        "E607",
        "an encoding that would be too large",
        "The encoding tensor would have too many rows or channels, or too many entries in all. A\n"
        "larger `unit` makes rows and slices fewer; fewer options make channels fewer.",
    ),
    Entry(
        "E608",
        "a tensor that encodes no program",
        "The tensor is not the encoding of any program of the space: its shape is another, or\n"
        "some draw has no option that is on.",
    ),
    Entry(
        "E609",
        "a program outside of the space",
        "No draws make this program. A note says where the closest attempt left it, and which\n"
        "value the space would have given there.",
    ),
    Entry(
        "E610",
        "a space that cannot be encoded",
        "What the channels of the encoding stand for is found by an analysis of all draws, which\n"
        "could not follow this space to its end. `check` says where (W601), or that the space is\n"
        "too large (W602). A number of an interval that decides how many banks or passes there\n"
        "are is better drawn whole: `repeat 1..4` instead of `repeat round(uniform(1, 4))`. Also,\n"
        "draws that have one path, but for the numbers in it, must be of one kind.",
    ),
    Entry(
        "W601",
        "something that could not be proved",
        "An analysis of all draws could not rule this mistake out, and no sample showed it. It\n"
        "may be that it cannot happen, for a reason that the analysis does not see: draws that\n"
        "depend on each other in a way it lost track of, or banks of different sizes in a drawn\n"
        "set. Bring draws that belong together closer together, or make the sizes equal; or leave\n"
        "it: every sample is still checked when it is drawn.",
    ),
    Entry(
        "W602",
        "a space that is too large to be proved",
        "Looking at all draws together took more work than is allowed. Samples are still checked\n"
        "one by one when they are drawn.",
    ),
    Entry(
        "W603",
        "options that can never be drawn",
        "The options weigh nothing wherever the draw is made.",
        network("stem { conv(16, one_of(3: 1, 5: 0)) }", kind="space"),
    ),
)

REQUIREMENTS = (
    Entry(
        "E701",
        "a requirement that can never hold",
        "Every program of the space fails it, so nothing could ever be drawn. The notes give the\n"
        "bounds that show it.",
        block(
            "bank x of 16",
            "repeat 1..3 { read x -> conv(16, 3) -> write x }",
            kind="space",
        ).replace("  head", "  require params <= 1k\n  head"),
    ),
    Entry(
        "E702",
        "too many samples rejected",
        "1,000 samples in a row failed a requirement. The notes say which one failed how often,\n"
        "and how near it came.",
    ),
    Entry(
        "E703",
        "a program that fails a requirement",
        "The program, or the program of this genome, does not meet a requirement of its text.",
        network("stem { conv(16, 3) }", "require params <= 100"),
    ),
    Entry(
        "W701",
        "a requirement that always holds",
        "Every program of the space meets it, so it rejects nothing.",
        network("stem { conv(one_of(8, 16), 3) }", "require params <= 1M", kind="space"),
    ),
)

LIMITS = (
    Entry(
        "E801",
        "too many layers",
        "A network may have 20,000 layers when all its loops are unrolled.",
    ),
    Entry(
        "E802",
        "too much work",
        "Unrolling the network takes more operations, loop passes, banks or list items than are\n"
        "allowed. Is a loop's end wrong?",
        block("bank x of 16", "repeat 1000M { let unused = 1 }", "read x -> relu -> write x"),
    ),
    Entry(
        "E803",
        "operations that call each other too deep",
        "Operations may call each other 64 deep. An operation that calls itself never ends.",
        network("op again { relu -> again }", "stem { conv(16, 3) -> again }"),
    ),
    Entry(
        "E804",
        "files that use each other too deep",
        "Files may use each other 32 deep. Flatten the chain, or look for a circle of links.",
    ),
)

ENTRIES = (*DRAWS, *REQUIREMENTS, *LIMITS)
