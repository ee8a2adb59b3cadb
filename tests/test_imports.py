"""What a fresh process loads: the language half must stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(
    ".".join(path.parent.relative_to(ROOT).parts)
    for path in (ROOT / "smashdsl").rglob("__init__.py")
)
ALLOWED = {"smashdsl", "lark"}
PROBE = """
import sys
before = set(sys.modules)
{code}
names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print("\\n".join(sorted(names - sys.stdlib_module_names)))
"""


def loaded_by(code: str) -> set[str]:
    """The third-party top-level modules that running some code in a fresh process loads."""
    command = [sys.executable, "-c", PROBE.format(code=code)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_package_alone_loads_nothing_heavy() -> None:
    assert loaded_by("import smashdsl") <= ALLOWED


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_imports_first(package: str) -> None:
    """No import cycle shows up, whichever package a program starts from."""
    assert "smashdsl" in loaded_by(f"import {package}")
