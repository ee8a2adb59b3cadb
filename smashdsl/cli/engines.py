"""The engine that `--engine` and `--address` name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from smashdsl.search.engines.engine import Engine
    from smashdsl.training.progress import Progress


@contextmanager
def engine_of(name: str, address: str | None, progress: Progress) -> Iterator[Engine]:
    """The engine of that name, until the block ends.

    Raises:
        SmashError: E938 Ray is not installed.
        click.UsageError: an address is given, but no cluster is asked for.
    """
    if name == "local":
        if address is not None:
            raise click.UsageError("--address is of a Ray cluster: add --engine ray.")
        from smashdsl.search.engines.engine import Local

        yield Local()
        return
    from smashdsl.search.engines.cluster import Cluster

    with closing(Cluster(address, progress)) as cluster:
        yield cluster
