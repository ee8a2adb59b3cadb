"""A network in a few signs: how wide it is from input to output, resolution by resolution."""

from __future__ import annotations

from itertools import groupby, pairwise

from smashdsl.plan import Plan

MOST = 18  # signs in all
SIGNS = "▁▂▃▄▅▆▇█"


def skyline(plan: Plan) -> str:
    """A digit for each convolution from input to output, or for a few neighbours, and a blank where
    the resolution changes.

    A digit says how many channels the convolution reads, of neighbours the one that reads most: 0
    for fewer than 16, one more whenever these double, 7 for 1,024 or more.
    """
    read = [
        (step.shape[1:], plan.steps[step.inputs[0]].shape[0])
        for step in plan.steps
        if step.flops and len(step.shape) > 1
    ]
    stages = [
        [channels for _, channels in found] for _, found in groupby(read, lambda each: each[0])
    ]
    return " ".join(_digits(stage, max(MOST // len(stages), 1)) for stage in stages)


def _digits(channels: list[int], most: int) -> str:
    count = min(len(channels), most)
    bounds = [len(channels) * number // count for number in range(count + 1)]
    parts = (channels[start:stop] for start, stop in pairwise(bounds))
    return "".join(str(min(max(max(part).bit_length() - 4, 0), 7)) for part in parts)


def drawn(line: str, encoding: str | None) -> str:
    """A skyline as bars, where an encoding has signs for them."""
    if not has(encoding, SIGNS):
        return line
    return line.translate({ord(str(level)): sign for level, sign in enumerate(SIGNS)})


def has(encoding: str | None, signs: str) -> bool:
    """Whether an encoding has some signs; None is ASCII."""
    try:
        signs.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
