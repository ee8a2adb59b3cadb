"""An encoding tensor as a picture: the heat map of `c`, the greatest entry over its rows."""

from __future__ import annotations

from smashdsl.backends.encoding import Encoding
from smashdsl.backends.render import render_encoding


def encoding_picture(encoding: Encoding, format: str = "svg", *, title: str = "encoding",
                     engine: str = "bundled", ascii: bool = False) -> bytes | str:  # fmt: skip
    """Draw an encoding: channels down with their names, slices across under their owners.

    Args:
        encoding: the encoded program; its tensor is `(1, C, H, W)`.
        format, engine, ascii: as in `smashdsl.backends.render.render`.
        title: what stands above.

    Raises:
        SmashError: the picture would be too large (E830), or the engine is missing or fails.
        ValueError: there is no such format or engine.
    """
    names = [channel.name for channel in encoding.layout.table()]
    rows = encoding.tensor[0].amax(dim=1).tolist()
    owners = [stretch.owner for stretch in encoding.stretches for _ in range(stretch.slices)]
    return render_encoding(names, rows, owners or [""], format=format, title=title, engine=engine,
                           ascii=ascii)  # fmt: skip
