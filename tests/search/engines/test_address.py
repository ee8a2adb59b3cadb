"""Clusters that cannot be joined."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import click
import pytest

from smashdsl.cli.engines import engine_of
from smashdsl.diagnostics import SmashError
from smashdsl.search.engines.address import require_reachable, unreachable
from smashdsl.training.progress import Silent


@pytest.mark.parametrize(
    "address", ["", "host", "host:", "host:0", "host:99999", "ray://host:10001", "a b:1", ":1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(SmashError, match="no address") as caught:
        require_reachable(address)
    assert caught.value.diagnostics[0].code == "E990"


@contextmanager
def server(answer: bytes) -> Iterator[str]:
    """The address of a server that answers whoever comes first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with listening.accept()[0] as connection:
                connection.sendall(answer)
                connection.recv(100)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\0\0"])
def test_what_listens_is_no_cluster(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smashdsl.search.engines.address.SECONDS", 0.2)
    with server(answer) as address, pytest.raises(SmashError, match="no head"):
        require_reachable(address)


def test_where_nothing_listens() -> None:
    with server(b"\0\0\x06\x04\0\0\0\0\0") as address:
        require_reachable(address)
    with pytest.raises(SmashError, match="refused"):
        require_reachable(address)
    with pytest.raises(SmashError, match="cannot be joined"):
        require_reachable("nowhere.invalid:6379")
    require_reachable("auto")


def test_help_depends_on_who_starts_the_cluster() -> None:
    assert "--engine local" in unreachable(None, "so").diagnostics[0].helps[0]
    assert "ray start --head" in unreachable("auto", "so").diagnostics[0].helps[0]


def test_an_address_is_of_a_cluster() -> None:
    with pytest.raises(click.UsageError, match="--engine ray"), engine_of("local", "h:1", Silent()):
        pass
    with engine_of("local", None, Silent()) as engine:
        assert engine.width == 1


def test_ray_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SmashError) as caught, engine_of("ray", None, Silent()):
        pass
    found = caught.value.diagnostics[0]
    assert (found.code, found.helps) == ("E938", ("pip install 'smashdsl[cluster]'",))
