"""Running what was exported in a fresh process that cannot import smashdsl."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError

SECONDS = 600
_SHOWN = 200
_START = """
import json, platform, sys
from pathlib import Path

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "smashdsl":
            raise ImportError("smashdsl is not available here")

sys.meta_path.insert(0, Blocker())
sys.dont_write_bytecode = True
import torch
from safetensors.torch import load_file, save_file

folder = Path(sys.argv[1])

def found(**facts):
    versions = {"python": platform.python_version(), "torch": torch.__version__}
    (folder / "facts.json").write_text(json.dumps(versions | facts))
"""


def run_isolated(script: str, folder: Path, *arguments: str) -> tuple[dict[str, Any], str | None]:
    """Run a script, which finds `folder` and says what it finds by `found(name=fact)`.

    Gives the facts, with the versions of `python` and `torch`, and what went wrong, if anything.
    """
    command = [sys.executable, "-I", "-c", _START + script, str(folder), *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return {}, f"it did not end within {SECONDS} seconds"
    path = folder / "facts.json"
    facts = json.loads(path.read_text()) if path.exists() else {}
    if not done.returncode:
        return facts, None
    last = (done.stderr.strip() or "no message").splitlines()[-1].strip()
    return facts, f"it does not run by itself: {last[:_SHOWN]}"


def another_network(problem: str) -> SmashError:
    """What is exported is not the network."""
    return SmashError(
        Diagnostic(
            "E908",
            f"the exported file is not the network: {problem}",
            helps=("export it again; if this persists, please report it",),
        )
    )
