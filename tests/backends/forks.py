"""Scripts run in a fork of this process, which has loaded torch, in place of a new process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any


def run_forked(command: list[str], cwd: Path, **_: Any) -> subprocess.CompletedProcess[str]:
    """What `subprocess.run` gives for `python -I -c SCRIPT ARGUMENTS`, without standard output."""
    start = command.index("-c")
    script, arguments = command[start + 1], command[start + 2 :]
    with tempfile.TemporaryFile("w+") as errors:
        child = os.fork()
        if not child:
            code = 1
            try:
                os.dup2(errors.fileno(), 2)
                os.chdir(cwd)
                for name in [name for name in sys.modules if name.partition(".")[0] == "smashdsl"]:
                    del sys.modules[name]
                sys.argv = ["-c", *arguments]
                exec(script, {"__name__": "__main__"})
                code = 0
            except BaseException:
                os.write(2, traceback.format_exc().encode())
            finally:
                os._exit(code)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors.seek(0)
        return subprocess.CompletedProcess(command, status, "", errors.read())
