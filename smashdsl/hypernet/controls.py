"""Encodings that say less than they should, or something else: what a ranking has to beat.

Both change what the HyperNet is told, never which network runs.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from smashdsl.backends.encoding import Layout
from smashdsl.hypernet.architecture import Architecture, Sites
from smashdsl.hypernet.relations import NONE
from smashdsl.training.seeds import derive

FIELDS = ("reads", "writes", "part", "width", "position", "draws", "graph", "all")


def unconditional(architecture: Architecture) -> Architecture:
    """The same network with a constant encoding: all it leaves are the sizes of the filters."""
    return dataclasses.replace(
        architecture,
        entries=np.full_like(architecture.entries, -1),
        relations=np.full_like(architecture.relations, NONE),
        sites=_without_origins(architecture.sites),
    )


def corrupted(architecture: Architecture, layout: Layout, field: str, seed: int) -> Architecture:
    """The same network with a field of its encoding dealt out anew among its stretches.

    Every value still occurs as often as before, but at another place (Brock et al. 2017, section
    4.1, replace the encoding by another one).

    Args:
        architecture: the network.
        layout: of its encoding.
        field: `reads`, `writes`, `part` (the block or transition), `width`, `position`, `draws`
            (the options of all draws), `graph` (how layers lie to each other, which only a body
            that sees the graph is told) or `all`.
        seed: decides the new places.

    Raises:
        ValueError: there is no such field.
    """
    if field not in FIELDS:
        raise ValueError(f"the field is one of {', '.join(FIELDS)}, not {field!r}")
    random = np.random.default_rng(derive(seed, "corrupt", field, architecture.hash))
    order = random.permutation(len(architecture.entries))
    entries = architecture.entries.copy()
    columns = _columns(layout, field)
    entries[:, columns] = entries[order][:, columns]
    changed = dataclasses.replace(architecture, entries=entries)
    if field not in ("graph", "all"):
        return changed
    return dataclasses.replace(
        changed,
        relations=architecture.relations[np.ix_(order, order)],
        sites=_without_origins(architecture.sites),
    )


def _columns(layout: Layout, field: str) -> list[int]:
    """The channels of a field."""
    parts = 2 * layout.banks
    widths = parts + len(layout.parts)
    positions = widths + layout.rows
    draws = positions + layout.positions
    fields = {
        "reads": range(layout.banks),
        "writes": range(layout.banks, parts),
        "part": range(parts, widths),
        "width": range(widths, positions),
        "position": range(positions, draws),
        "draws": range(draws, layout.channels),
        "graph": range(0),
        "all": range(layout.channels),
    }
    return list(fields[field])


def _without_origins(sites: Sites) -> Sites:
    """Slices that are told apart by their number alone."""
    return dataclasses.replace(sites, origin=sites.slice)
