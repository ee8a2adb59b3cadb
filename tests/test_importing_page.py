"""The page about imports: its commands print what it shows."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from click.testing import CliRunner

from smashdsl.cli import main

PAGE = (Path(__file__).parents[1] / "docs" / "importing.md").read_text()
BLOCKS = re.findall(
    r"^```console\n\$ (smashdsl [^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL
)


def test_commands() -> None:
    assert BLOCKS
    for command, expected in BLOCKS:
        result = CliRunner().invoke(main, shlex.split(command)[1:])
        assert result.exit_code == 0, result.output
        assert result.stdout == expected
