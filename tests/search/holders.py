"""Other processes that hold a run's folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOLD = """
import sys, time
from pathlib import Path
from smashdsl.search.held import held

with held(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def python(text: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", text, *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def holder(folder: Path, text: str = HOLD) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds a folder."""
    with python(text, folder) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "held\n"
            yield process
        finally:
            process.kill()
