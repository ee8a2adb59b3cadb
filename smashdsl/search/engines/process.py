"""What a worker process of a Ray cluster runs: orders, with the parcel that it opened last."""

from __future__ import annotations

import importlib
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.search.engines.answers import refused
from smashdsl.search.engines.worker import Worker

_opened: tuple[int, Worker] | None = None


def follow(given: list[Any], order: dict[str, Any]) -> dict[str, Any]:
    """The answer to an order.

    Args:
        given: the number of the parcel, its facts, and references to its files and data.
        order: see `Worker.follow`.
    """
    global _opened
    number, facts, *references = given
    if _opened is None or _opened[0] != number:
        _opened = None  # before there are two
        files, data = importlib.import_module("ray").get(references)
        try:
            _opened = (number, Worker(facts, files, data))
        except SmashError as error:
            return refused(error)
    return _opened[1].follow(order)
