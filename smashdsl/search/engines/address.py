"""The address of a cluster, looked at before Ray is."""

from __future__ import annotations

import os
import re
import socket

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail

AUTO = "auto"
_ADDRESS = re.compile(r"(?P<host>[\w.-]+|\[[0-9a-fA-F:.]+\]):(?P<port>[0-9]{1,5})", re.ASCII)
SECONDS = 5.0
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = b"\x04"  # the type of a frame, which follows its length of three bytes
_NO_SETTINGS = b"\0\0\0" + _SETTINGS + b"\0" * 5


def require_reachable(address: str) -> None:
    """Refuse an address where no cluster can be; Ray itself would try for minutes.

    Raises:
        SmashError: E990.
    """
    if address == AUTO:
        return
    found = _ADDRESS.fullmatch(address)
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise unreachable(address, "that is no address")
    try:
        place = (found["host"].strip("[]"), int(found["port"]))
        with socket.create_connection(place, SECONDS) as connection:
            answers = "RAY_USE_TLS" in os.environ or _speaks(connection)
    except OSError as error:
        raise unreachable(address, (error.strerror or str(error)).lower()) from error
    if not answers:
        raise unreachable(address, "what listens there is no head of a cluster")


def _speaks(connection: socket.socket) -> bool:
    """Whether the other end speaks HTTP/2 (RFC 9113), over which Ray's heads are asked everything:
    it then begins with a frame of settings."""
    try:
        connection.sendall(_PREFACE + _NO_SETTINGS)
        start = b""
        while len(start) < 4 and (more := connection.recv(4 - len(start))):
            start += more
    except TimeoutError:
        return False
    return start[3:] == _SETTINGS


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
