"""One-hot encoding: what was drawn, option by option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smashdsl.elaborate.draws import Choice, Continuous, Options
from smashdsl.space.choosers import index_of, members_of, number_of


def one_hot(
    draws: Mapping[str, Options], genome: Mapping[str, Any]
) -> tuple[NDArray[np.float32], list[str]]:
    """The draws that made a program.

    Args:
        draws: of every program of the space, see `Space.draws`.
        genome: of the program.

    Returns:
        Numbers from 0 to 1, and what each says: `edge[0] = zero` is 1 where that option was drawn
        and 0 elsewhere; `layer[0].read b[2]` is 1 where a set of banks has that member; a number
        from an interval is its place in the interval.

    Raises:
        ValueError: the genome is not of this space.
    """
    values, names = [], []
    for path, options in draws.items():
        for name, value in _entries(path, options, genome.get(path)):
            names.append(name)
            values.append(value)
    return np.array(values, np.float32), names


def _entries(path: str, options: Options, drawn: Any) -> Iterator[tuple[str, float]]:
    if isinstance(options, Continuous):
        number = number_of(options, drawn)
        if number is None:
            raise ValueError(f"the genome has no {path}")
        yield path, options.fraction(number)
    elif isinstance(options, Choice):
        index = index_of(options, drawn)
        if index is None:
            raise ValueError(f"the genome has no {path}")
        for i, option in enumerate(options.labels):
            yield f"{path} = {option}", float(i == index)
    else:
        members = members_of(options, drawn)
        if members is None:
            raise ValueError(f"the genome has no {path}")
        for i, bank in enumerate(options.labels):
            yield f"{path} {bank}", float(i in members)
