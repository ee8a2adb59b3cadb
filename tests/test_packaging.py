"""The files that packaging rests on, and what the built distributions hold."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import smashdsl

ROOT = Path(__file__).parents[1]
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".*_cache", "__pycache__", "*.egg-info", "runs")
PROBE = """
import importlib.resources, json, sys
sys.path += sys.argv[1:]
import smashdsl
facts = {"file": smashdsl.__file__, "version": smashdsl.__version__}
for package in ("grammar", "specs", "backends.web", "report"):
    folder = importlib.resources.files(f"smashdsl.{package}")
    facts[package] = [entry.name for entry in folder.iterdir()]
print(json.dumps(facts))
"""


def project() -> dict[str, object]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def requirements() -> list[Requirement]:
    """Everything that the project asks pip for, itself left out."""
    table = project()
    lines = [*table["dependencies"]]
    for extra in table["optional-dependencies"].values():
        lines += extra
    return [r for r in map(Requirement, lines) if r.name != "smashdsl"]


def constraints() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def test_every_requirement_is_pinned_within_its_range() -> None:
    pins = constraints()
    for requirement in requirements():
        assert requirement.specifier.contains(pins[requirement.name]), requirement
    assert set(pins) == {requirement.name for requirement in requirements()}


def test_one_version_everywhere() -> None:
    version = smashdsl.__version__
    citation = re.search(r"^version: (.+)$", (ROOT / "CITATION.cff").read_text(), re.MULTILINE)
    assert citation
    assert citation[1] == version
    assert f"## {version}" in (ROOT / "CHANGES.md").read_text()


def test_every_folder_with_code_is_a_package() -> None:
    folders = {path.parent for path in (ROOT / "smashdsl").rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project, to be built in."""
    target = tmp_path_factory.mktemp("project") / "smashdsl"
    shutil.copytree(ROOT, target, ignore=LEFT_OUT)
    return target


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command; its output."""
    done = subprocess.run(
        command, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def assert_complete(python: str | Path, home: Path, cwd: Path, **environment: str) -> None:
    """A fresh process sees the package below `home`, with its grammar and all its specs."""
    libraries = sysconfig.get_path("purelib")
    found = json.loads(run(python, "-c", PROBE, libraries, cwd=cwd, **environment))
    assert Path(found["file"]).is_relative_to(home)
    assert found["version"] == smashdsl.__version__
    assert {"smash.lark", "std.smash", "table.json"} <= set(found["grammar"])
    assert "base.css" in found["backends.web"]
    assert {"style.css", "script.js"} <= set(found["report"])
    specs = {path.name for path in (ROOT / "specs").glob("*.smash")}
    assert specs
    assert specs <= set(found["specs"])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["wheel", "sdist"])
def test_built_distributions_are_complete(kind: str, checkout: Path, tmp_path: Path) -> None:
    built, target = tmp_path / "built", tmp_path / "target"
    build = (sys.executable, "-m", "build", "--no-isolation", f"--{kind}")
    run(*build, "--outdir", built, checkout, cwd=tmp_path)
    (archive,) = built.iterdir()
    install = (sys.executable, "-m", "pip", "install", "--no-deps", "--no-build-isolation")
    run(*install, "--target", target, archive, cwd=tmp_path)
    assert_complete(sys.executable, target, tmp_path, PYTHONPATH=str(target))


@pytest.mark.slow
def test_editable_install_is_complete(checkout: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    install = (sys.executable, "-m", "pip", "--python", python, "install", "--no-deps")
    libraries = sysconfig.get_path("purelib")
    run(
        *install, "--no-build-isolation", "--editable", checkout, cwd=tmp_path, PYTHONPATH=libraries
    )
    assert_complete(python, checkout, tmp_path)
