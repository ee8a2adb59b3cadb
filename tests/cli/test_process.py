"""The tool as a process: exit codes, streams, pipes, full disks, colours."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


def start(*args: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "smashdsl", *map(str, args)]
    return subprocess.run(command, check=False, stderr=subprocess.PIPE, **options)  # type: ignore[call-overload]


def test_streams_and_exit_codes(net: Path, tmp_path: Path):
    fine = start("check", net, stdout=subprocess.PIPE)
    assert (fine.returncode, fine.stdout) == (0, b"")
    bad = tmp_path / "bad.smash"
    bad.write_text(net.read_text().replace("conv", "cnv"))
    found = start("check", bad, stdout=subprocess.PIPE)
    assert found.returncode == 1
    assert found.stdout.startswith(b"error[E202]")
    assert found.stderr == b"\n2 errors\n"
    wrong = start("check", stdout=subprocess.PIPE)
    assert (wrong.returncode, wrong.stdout) == (2, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("args", [("info", "NET"), ("explain", "--list"), ("--help",)])
def test_full_standard_output(net: Path, args: tuple[str, ...]):
    with Path("/dev/full").open("wb") as full:
        done = start(*(net if arg == "NET" else arg for arg in args), stdout=full)
    assert done.returncode == 2
    assert done.stderr == b"error: standard output: no space left on device\n"


def test_broken_pipe_is_silent(net: Path):
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as pipe:
        done = start("info", net, stdout=pipe)
    assert done.returncode == 1
    assert done.stderr == b""


def test_pictures_go_through_pipes(net: Path):
    done = start("render", net, "--format", "png", "-o", "-", stdout=subprocess.PIPE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(b"\x89PNG")


def test_colours_only_on_terminals(net: Path, tmp_path: Path):
    pty = pytest.importorskip("pty")
    bad = tmp_path / "bad.smash"
    bad.write_text(net.read_text().replace("conv", "cnv"))
    shown = {}
    for no_color in ("", "1"):
        ours, theirs = pty.openpty()
        environment = {**os.environ, "NO_COLOR": no_color, "TERM": "xterm"}
        start("check", bad, stdout=theirs, env=environment)
        os.close(theirs)
        shown[no_color] = os.read(ours, 4096)
        os.close(ours)
    assert b"\x1b[1;31merror" in shown[""]
    assert b"\x1b" not in shown["1"]
    assert b"\x1b" not in start("check", bad, stdout=subprocess.PIPE).stdout


def test_a_terminal_without_unicode(net: Path):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = start("info", net, stdout=subprocess.PIPE, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.isascii()


def test_completion_knows_the_verbs():
    environment = {
        **os.environ,
        "_SMASHDSL_COMPLETE": "bash_complete",
        "COMP_WORDS": "smashdsl ren",
        "COMP_CWORD": "1",
    }
    done = start(stdout=subprocess.PIPE, env=environment)
    assert done.stdout.split() == [b"plain,render"]
