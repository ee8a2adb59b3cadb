"""The scorers by name: what `--scorer` and the studies choose from.

A name may be followed by a colon and an argument, as in `sgd:100`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.files import fail

if TYPE_CHECKING:  # none of the scorers, nor torch, is loaded to list them
    from smashdsl.scoring.scorer import Context, Scorer

MOST_STEPS = 1_000_000


@dataclass(frozen=True)
class Kind:
    """A kind of scorer.

    Attributes:
        name: on the command line, without an argument.
        summary: in one line, what the score is.
        make: from a context and the argument, which is empty for those that take none.
        argument: what the argument is called; empty for none.
    """

    name: str
    summary: str
    make: Callable[[Context, str], Scorer]
    argument: str = ""

    @property
    def usage(self) -> str:
        """The name with what must follow it."""
        return f"{self.name}:{self.argument}" if self.argument else self.name


def _count(name: str) -> Callable[[Context, str], Scorer]:
    def make(context: Context, argument: str) -> Scorer:
        from smashdsl.scoring import counts
        from smashdsl.scoring.single import Single

        return Single(name, getattr(counts, name))

    return make


def _untrained(name: str, module: str, kind: str) -> Callable[[Context, str], Scorer]:
    """Makes the scorer of a class that values programs, in a module of this package."""

    def make(context: Context, argument: str) -> Scorer:
        from smashdsl.scoring.single import Single

        value = getattr(import_module(f"smashdsl.scoring.{module}"), kind)
        return Single(name, value(context))

    return make


def _sgd(context: Context, argument: str) -> Scorer:
    from smashdsl.scoring.sgd import ShortTraining
    from smashdsl.scoring.single import Single

    digits = argument.isascii() and argument.isdecimal() and len(argument) < 10
    if not digits or not 1 <= int(argument) <= MOST_STEPS:
        raise fail("E971", f"`sgd:{argument}` does not say for how many steps to train",
                   f"write a whole number from 1 to {MOST_STEPS:,}, as in `sgd:100`")  # fmt: skip
    short = ShortTraining(context, int(argument))
    return Single(f"sgd:{int(argument)}", short, short.validation)


KINDS = (
    Kind("params", "how many trainable numbers it has", _count("params")),
    Kind("live_params", "how many of them lie on paths from the input to the output",
         _count("live_params")),
    Kind("flops", "multiply-adds of convolutions and linear layers", _count("flops")),
    Kind("depth", "the most convolutions and linear layers on a path", _count("depth")),
    Kind("synflow", "synaptic flow of the initial weights (Tanaka et al. 2020)",
         _untrained("synflow", "synflow", "Synflow")),
    Kind("naswot", "how unlike images look to its units (Mellor et al. 2021)",
         _untrained("naswot", "codes", "NasWot")),
    Kind("swap", "how many patterns of activity its units have (Peng et al. 2024)",
         _untrained("swap", "codes", "Swap")),
    Kind("zico", "how steady gradients are over minibatches (Li et al. 2023)",
         _untrained("zico", "zico", "Zico")),
    Kind("expressivity", "how evenly features spread (Lee and Ham 2024)",
         _untrained("expressivity", "spectra", "Expressivity")),
    Kind("trainability", "how gradients keep their size (Lee and Ham 2024)",
         _untrained("trainability", "spectra", "Trainability")),
    Kind("ensemble", "expressivity, trainability, naswot and flops in one",
         _untrained("ensemble", "ensemble", "Ensemble")),
    Kind("sgd", "validation log-likelihood after a few steps of ordinary training", _sgd, "STEPS"),
)  # fmt: skip
UNTRAINED = tuple(kind.name for kind in KINDS if not kind.argument)
"""Those that need no training at all."""


def make_scorer(name: str, context: Context, kinds: Sequence[Kind] = KINDS) -> Scorer:
    """The scorer of a name.

    Args:
        name: as in `params` or `sgd:100`.
        context: with which it is made.
        kinds: to choose from: those that need no trained HyperNet, and whatever else there is.

    Raises:
        SmashError: E970 there is none of this name, E971 its argument is missing, wrong or one too
            many.
    """
    kind, argument = find_kind(name, kinds)
    return kind.make(context, argument)


def find_kind(name: str, kinds: Sequence[Kind] = KINDS) -> tuple[Kind, str]:
    """The kind of scorer that a name means, and its argument; raises as `make_scorer` does."""
    base, colon, argument = name.partition(":")
    found = next((kind for kind in kinds if kind.name == base), None)
    if found is None:
        near = did_you_mean(base, [kind.name for kind in kinds])
        raise fail(
            "E970", f"there is no scorer `{base}`",
            *([f"did you mean `{near}`?"] if near else []),
            f"there are {', '.join(kind.usage for kind in kinds)}",
        )  # fmt: skip
    if bool(found.argument) != bool(argument) or (colon and not argument):
        problem = "needs an argument" if found.argument else "takes no argument"
        raise fail("E971", f"the scorer `{base}` {problem}", f"write `{found.usage}`")
    return found, argument


def listing(kinds: Sequence[Kind] = KINDS) -> str:
    """All scorers, one a line, with what they give."""
    width = max(len(kind.usage) for kind in kinds)
    return "\n".join(f"{kind.usage:<{width}}  {kind.summary}" for kind in kinds)
