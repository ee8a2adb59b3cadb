"""The address of a cluster, looked at before Ray is."""

from __future__ import annotations

import re
import socket

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail

AUTO = "auto"
_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})", re.ASCII)
SECONDS = 5.0


def require_reachable(address: str) -> None:
    """Refuse an address where nothing listens; Ray itself would try for long.

    Raises:
        SmashError: E990.
    """
    if address == AUTO:
        return
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise unreachable(address, "that is no address")
    try:
        socket.create_connection((found["host"].strip("[]"), int(found["port"])), SECONDS).close()
    except OSError as error:
        raise unreachable(address, (error.strerror or str(error)).lower()) from error


def unreachable(address: str | None, reason: str) -> SmashError:
    """E990: no cluster there, or none that can be joined."""
    if address is None:
        return fail("E990", f"Ray cannot be started on this machine: {reason}",
                    "`--engine local` does without")  # fmt: skip
    return fail(
        "E990", f"the Ray cluster at `{address}` cannot be joined: {reason}",
        "`ray start --head` starts a cluster and prints its address, HOST:PORT; this machine must "
        "be one of its machines (`ray start --address=HOST:PORT`)",
    )  # fmt: skip
