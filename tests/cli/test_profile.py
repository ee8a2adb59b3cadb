"""`profile`: a table and JSON."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.tools import Run


def test_table_and_json(run: Run, net: Path, space: Path) -> None:
    assert "all, one by one" in run("profile", net, "--repeat", "2", "--device", "cpu").stdout
    args = ("profile", space, "--seed", "1", "--batch", "3", "--repeat", "2", "--json")
    done = run(*args)
    data = json.loads(done.stdout)
    assert (data["batch"], data["repeat"]) == (3, 2)
    assert data["params"] == sum(layer["params"] for layer in data["layers"])
    assert not done.stderr


def test_wrong_use(run: Run, net: Path) -> None:
    assert "the device is auto, cpu, cuda or cuda:N" in " ".join(
        run("profile", net, "--device", "tpu", code=2).stderr.split()
    )
    assert "--repeat" in run("profile", net, "--repeat", "1", code=2).stderr
