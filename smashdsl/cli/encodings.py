"""Encodings as text, JSON data and arrays."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from smashdsl.backends.summary.columns import columns

if TYPE_CHECKING:
    from smashdsl.api import Program
    from smashdsl.backends.encoding import Encoding, Layout


def layout_of(file: str, name: str | None) -> Layout:
    """The layout of the encodings of a space (a program counts as a space of one)."""
    from smashdsl.api import Space, load

    network = load(file, name)
    return network.layout if isinstance(network, Space) else network.space.layout


def layout_text(layout: Layout) -> str:
    """The table of channels, with what the other dimensions are."""
    rows = [["channel", "name", "an entry of 1 means"]]
    rows += [[str(c.index), c.name, c.meaning] for c in layout.table()]
    head = (
        f"c is (1, {layout.channels}, {layout.rows}, W); layout version {layout.version}\n"
        f"a row is {layout.unit} output channels of a filter, a slice of W {layout.depth} input "
        f"channels (unit {layout.unit}, compression {layout.compression})\n\n"
    )
    return head + columns(rows, (0,))


def layout_data(layout: Layout) -> dict[str, Any]:
    """The same as plain JSON data."""
    return {
        "version": layout.version, "hash": layout.hash, "channels": layout.channels,
        "rows": layout.rows, "unit": layout.unit, "compression": layout.compression,
        "table": [
            {"channel": c.index, "name": c.name, "meaning": c.meaning} for c in layout.table()
        ],
    }  # fmt: skip


def encoding_text(program: Program) -> str:
    """Who owns which slices, and the channels that are not -1 there."""
    encoding = program.encode()
    names = _names(encoding)
    rows = [["slices", "rows", "of", "channels"]]
    for stretch in encoding.stretches:
        on = [names[i] for i in sorted(stretch.on)]
        on += [f"{names[i]} at {level:g}" for i, level in stretch.levels]
        last = stretch.start + stretch.slices - 1
        span = f"{stretch.start}–{last}" if last > stretch.start else str(stretch.start)
        rows.append([span, str(stretch.rows), stretch.owner, ", ".join(on)])
    shape = ", ".join(map(str, encoding.tensor.shape))
    return f"{program.name}: c is ({shape})\n\n" + columns(rows, widest=10_000)


def encoding_data(program: Program) -> dict[str, Any]:
    """The tensor with its shape, the names of its channels, and its generated filters."""
    encoding = program.encode()
    return {
        "program": program.name, "hash": program.hash, "layout": encoding.layout.hash,
        "version": encoding.layout.version, "shape": list(encoding.tensor.shape),
        "unit": encoding.unit, "compression": encoding.compression,
        "channels": _names(encoding),
        "generated": [
            {"slot": g.slot, "units": g.units, "channels": g.channels, "kernel": list(g.kernel),
             "start": g.start, "slices": g.slices}
            for g in encoding.generated
        ],
        "tensor": encoding.tensor.tolist(),
    }  # fmt: skip


def encoding_npz(program: Program) -> bytes:
    """The arrays `c` (float32), `channels` (names) and `hash`, as numpy writes them.

    The same program gives the same bytes.
    """
    import numpy as np

    encoding = program.encode()
    stream = io.BytesIO()
    np.savez_compressed(
        stream, c=encoding.tensor.numpy(), channels=np.array(_names(encoding)),
        hash=np.array(program.hash),
    )  # fmt: skip
    return stream.getvalue()


def _names(encoding: Encoding) -> list[str]:
    return [channel.name for channel in encoding.layout.table()]
