"""Clusters that cannot be joined."""

from __future__ import annotations

import socket
import sys

import pytest

from smashdsl.diagnostics import SmashError
from smashdsl.search.engines.address import require_reachable, unreachable
from smashdsl.search.engines.cluster import Cluster
from smashdsl.training.progress import Silent


@pytest.mark.parametrize(
    "address", ["", "host", "host:", "host:0", "host:99999", "ray://host:10001", "a b:1", ":1"]
)
def test_what_is_no_address(address: str) -> None:
    with pytest.raises(SmashError, match="no address") as caught:
        require_reachable(address)
    assert caught.value.diagnostics[0].code == "E990"


def test_where_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        require_reachable(address)
    with pytest.raises(SmashError, match="refused"):
        require_reachable(address)
    with pytest.raises(SmashError, match="cannot be joined"):
        require_reachable("nowhere.invalid:6379")
    require_reachable("auto")


def test_help_depends_on_who_starts_the_cluster() -> None:
    assert "--engine local" in unreachable(None, "so").diagnostics[0].helps[0]
    assert "ray start --head" in unreachable("auto", "so").diagnostics[0].helps[0]


def test_ray_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SmashError) as caught:
        Cluster(None, Silent())
    found = caught.value.diagnostics[0]
    assert (found.code, found.helps) == ("E938", ("pip install 'smashdsl[cluster]'",))
