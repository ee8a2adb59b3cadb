"""Which rows go where: seeded, stratified, the same on every platform.

Takes labels; gives row numbers. No class may come out empty on either side of a cut.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from smashdsl.files import fail
from smashdsl.training.seeds import derive

Rows = npt.NDArray[np.int64]


def cut(rows: Rows, labels: Rows, fraction: float, seed: int, purpose: str,
        names: Sequence[str]) -> tuple[Rows, Rows]:  # fmt: skip
    """Rows without and with a held-out `fraction` of every class (rounded, at least one).

    `labels` are those of `rows`, below `len(names)`; both results are in ascending order.

    Raises:
        SmashError: E936 a class has fewer than two rows.
    """
    kept, held = [], []
    for label, members in enumerate(_by_class(rows, labels, len(names))):
        if len(members) < 2:
            raise fail(
                "E936",
                f"class {names[label]!r} has {len(members)} of the {len(rows)} examples from which "
                f"the {purpose} split is taken, but it needs at least 2",
                "use more examples, or take the class out",
            )
        random.Random(derive(seed, "split", purpose, label)).shuffle(members)
        count = min(max(round(len(members) * fraction), 1), len(members) - 1)
        held += members[:count]
        kept += members[count:]
    return _sorted(kept), _sorted(held)


def sample(labels: Rows, limit: int, seed: int) -> Rows:
    """At most `limit` row numbers, as evenly over the classes as they allow, ascending."""
    if limit >= len(labels):
        return np.arange(len(labels), dtype=np.int64)
    queues = _by_class(np.arange(len(labels)), labels, int(labels.max()) + 1)
    for label, members in enumerate(queues):
        random.Random(derive(seed, "limit", label)).shuffle(members)
    ranked = sorted((place, label, row) for label, members in enumerate(queues)
                    for place, row in enumerate(members[:limit]))  # fmt: skip
    return _sorted([row for _, _, row in ranked[:limit]])


def _by_class(rows: Rows, labels: Rows, classes: int) -> list[list[int]]:
    order = np.argsort(labels, kind="stable")
    edges = np.searchsorted(labels[order], np.arange(1, classes))
    return [part.tolist() for part in np.split(rows[order], edges)]


def _sorted(rows: list[int]) -> Rows:
    return np.sort(np.asarray(rows, dtype=np.int64))
