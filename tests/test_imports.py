"""What a fresh process loads: the language half must stay light."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = sorted(path.parent.name for path in (ROOT / "smashdsl").glob("*/__init__.py"))
HEAVY = {
    "torch",
    "numpy",
    "pandas",
    "networkx",
    "graphviz",
    "pygraphviz",
    "sklearn",
    "lark",
    "rich",
}
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


def test_the_package_alone_loads_nothing_else() -> None:
    assert loaded_by("import smashdsl") == {"smashdsl"}


def test_a_check_loads_nothing_heavy() -> None:
    code = """
from smashdsl.cli import main
try:
    main(["check", "specs/smash_v2.smash"])
except SystemExit as stopped:
    assert stopped.code == 0
"""
    printed = loaded_by(code)
    assert "click" in printed
    assert printed.isdisjoint(HEAVY)


EACH_FIRST = """
import importlib
for package in {packages}:
    for name in [name for name in sys.modules if name.partition(".")[0] == "smashdsl"]:
        del sys.modules[name]
    importlib.import_module("smashdsl." + package)
"""


def test_every_package_imports_first() -> None:
    """No import cycle shows up, whichever package a program starts from."""
    assert "smashdsl" in loaded_by(EACH_FIRST.format(packages=PACKAGES))
