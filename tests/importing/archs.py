"""Archives as the released SMASH code writes them: tuples of ragged lists, pickled by numpy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

OPTIONS = ([1, 0, 0, 0], [1, 0, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0], [1, 1, 1, 1])


def arch(
    seed: int, gates: bool = False, layers: int = 4, entering: Sequence[int] = (64, 96, 112)
) -> list[Any]:
    """The fields of a random architecture, with the kinds of numbers that the code leaves in it."""
    rng = np.random.RandomState(seed)
    fields: list[list[Any]] = [[[], [], []] for _ in range(10)]
    fields[7] = [int(rng.choice([1, 2, 4])) for _ in range(3)]
    for block, size in enumerate(fields[7]):
        held = entering[block] // (8 * size)
        for _ in range(layers):
            units = int(rng.choice(range(size, 9, size)))
            reads = sorted(rng.choice(held, rng.randint(1, held + 1), replace=False))
            fan = units // size
            writes = sorted(rng.choice(held + fan, fan, replace=False))
            old = [w for w in writes if w < held]
            new = list(range(held, held + fan - len(old)))
            held += len(new)
            active = OPTIONS[rng.randint(5)]
            gate: list[Any] = [0, 0]
            if gates and units % (2 * size) == 0 and active[2]:
                gate = [True, 0] if rng.uniform() < 0.5 else [False, active == [1, 1, 1, 1]]
            kernels = [list(rng.choice([3, 5, 7], 2)) for _ in range(4)]
            dilations = [[int(rng.randint(1, 4)) for _ in range(2)] for _ in range(4)]
            groups = [rng.choice([1, 2, 4, 8]) for _ in range(4)]
            writes = old + new
            layer = [reads, writes, units, active, gate, dilations, [0] * 4, None, kernels, groups]
            for place, value in enumerate(layer):
                if place != 7:
                    fields[place][block].append(value)
    return [*fields, 8, 64, 4, 2, list(entering), 0, float(rng.uniform())]


def save(path: Path, archs: list[list[Any]]) -> Path:
    """Write an archive."""
    table = np.empty((len(archs), len(archs[0])), dtype=object)
    for i, fields in enumerate(archs):
        for j, field in enumerate(fields):
            table[i, j] = field
    np.savez(path, archs=table, unsorted_archs=table[::-1])
    return path
