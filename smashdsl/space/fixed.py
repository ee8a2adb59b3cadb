"""Spaces in which every program makes the same draws."""

from __future__ import annotations

from collections.abc import Mapping

from smashdsl.check.fixed import varying_place
from smashdsl.elaborate.draws import Options, RandomChooser
from smashdsl.elaborate.run import Definition, elaborate

SAMPLES = 4


def fixed_draws(definition: Definition) -> Mapping[str, Options] | None:
    """The options of each draw by its path, if all programs make the same draws with the same
    options and weights; None if they do not, or if that cannot be proved."""
    made = [elaborate(definition, RandomChooser(seed)).draws for seed in range(SAMPLES)]
    first, *others = [{path: draw.options for path, draw in each.items()} for each in made]
    if any(other != first for other in others) or varying_place(definition) is not None:
        return None
    return first
