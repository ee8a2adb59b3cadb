"""Bad input to every verb: a clear error, exit code 1 or 2, nothing written, no traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.tools import Run

READERS = {
    "check": ("check", "FILE"),
    "fmt": ("fmt", "FILE"),
    "info": ("info", "FILE"),
    "sample": ("sample", "FILE"),
    "compile": ("compile", "FILE", "--emit", "plan"),
    "render": ("render", "FILE"),
    "encode": ("encode", "FILE"),
    "diff": ("diff", "FILE", "FILE"),
    "search": ("search", "FILE", "--data", "digits", "--run", "RUN"),
    "train": ("train", "FILE", "--data", "digits", "--run", "RUN"),
    "rank": ("rank", "FILE"),
    "fit": ("fit", "FILE"),
    "export": ("export", "FILE"),
    "profile": ("profile", "FILE"),
}
BAD = {
    "missing": (None, "no file"),
    "folder": ("", "folder"),
    "binary": (b"\x7fELF\x00\x01\x02", "NUL"),
    "not utf-8": (b"program \xff {}", "UTF-8"),
    "empty": (b"", "no program"),
    "mistaken": (b"program p {\n  input 3x8x8\n  stem { conv(8, 3) \n}\n", "never closed"),
}


@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("verb", READERS)
def test_files_that_cannot_be_read(run: Run, tmp_path: Path, verb: str, kind: str):
    content, expected = BAD[kind]
    path, folder = tmp_path / "bad.smash", tmp_path / "new-run"
    if content == "":
        path.mkdir()
    elif content is not None:
        path.write_bytes(content)
    if (verb, kind) == ("fmt", "empty"):
        assert run("fmt", path).output == ""
        return
    code = 2 if verb == "diff" else 1
    places = {"FILE": path, "RUN": folder}
    result = run(*(places.get(arg, arg) for arg in READERS[verb]), code=code)
    said = result.stdout if verb == "check" else result.stderr
    if verb in ("rank", "fit") or (verb, kind) == ("export", "folder"):
        expected = "not the folder of a run"
    assert expected in said
    assert "error[E" in said
    assert verb == "check" or result.stdout == ""
    assert not folder.exists()
    if isinstance(content, bytes):
        assert path.read_bytes() == content


WITH_NAMES = [
    verb
    for verb in ("info", "sample", "compile", "render", "encode", "export", "profile")
    if verb in READERS
]


@pytest.mark.parametrize("verb", WITH_NAMES)
def test_wrong_name_in_a_file(run: Run, space: Path, verb: str):
    args = [space if arg == "FILE" else arg for arg in READERS[verb]]
    result = run(*args[:2], "smll", *args[2:], code=1)
    assert "has no network `smll`" in result.stderr
    assert "did you mean `small`?" in result.stderr


WRITERS = {
    "sample": ("sample", "SPACE", "-o"),
    "compile program": ("compile", "SPACE", "--emit", "program", "-o"),
    "compile graph": ("compile", "SPACE", "--emit", "graph", "-o"),
    "compile python": ("compile", "SPACE", "--emit", "python", "-o"),
    "compile encoding": ("compile", "SPACE", "--emit", "encoding", "-o"),
    "render": ("render", "SPACE", "--format", "svg", "-o"),
    "export": ("export", "SPACE", "-o"),
    "export pt2": ("export", "SPACE", "--to", "pt2", "-o"),
}
UNWRITABLE = {
    "a folder": ("folder", "it is a folder"),
    "in no folder": ("nothing/here", "no such file or directory"),
    "below a file": ("file/below", "not a directory"),
    "a full disk": ("/dev/full", "no space is left"),
}


@pytest.mark.parametrize("place", UNWRITABLE)
@pytest.mark.parametrize("verb", WRITERS)
def test_outputs_that_cannot_be_written(
    run: Run, space: Path, tmp_path: Path, verb: str, place: str
):
    name, expected = UNWRITABLE[place]
    if place == "a full disk" and not Path(name).exists():
        pytest.skip("needs /dev/full")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("old")
    before = sorted(tmp_path.rglob("*"))
    args = [space if arg == "SPACE" else arg for arg in WRITERS[verb]]
    result = run(*args, tmp_path / name, code=1)
    assert expected in result.stderr
    assert result.stdout == ""
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "file").read_text() == "old"


GENOMES = {
    "not JSON": ("{", "does not hold JSON"),
    "no genome": ("[1, 2]", "holds no genome"),
    "too little": ("{}", "has no value for the draw"),
    "another value": ('{"block[0].layer[0].kernel[0]": 4}', "draw"),
}


@pytest.mark.parametrize("kind", GENOMES)
def test_genomes_that_do_not_fit(run: Run, space: Path, tmp_path: Path, kind: str):
    text, expected = GENOMES[kind]
    path = tmp_path / "genome.json"
    path.write_text(text)
    assert expected in run("render", space, "--genome", path, code=1).stderr
    assert expected in run("info", space, "--genome", "-", stdin=text, code=1).stderr


WRONG_USE = [
    ("check",),
    ("check", "--format", "xml", "NET"),
    ("fmt",),
    ("explain",),
    ("explain", "nothing"),
    ("info", "NET", "--seed", "1"),
    ("info", "SPACE", "--seed", "1", "--genome", "g.json"),
    ("sample", "SPACE", "--seed", "-1"),
    ("sample", "SPACE", "--count", "0"),
    ("sample", "NET"),
    ("compile", "NET"),
    ("compile", "NET", "--emit", "nothing"),
    ("render", "NET", "--view", "nothing"),
    ("render", "NET", "-o", "net.gif"),
    ("encode", "SPACE", "-o", "c.txt"),
    ("diff", "NET"),
    ("search", "NET", "--data", "digits"),
    ("search", "SPACE"),
    ("search",),
    ("train", "SPACE", "--data", "digits", "--steps", "0"),
    ("rank",),
    ("rank", "x", "--run", ""),
    ("fit", "x", "--run", "y"),
    ("rank", "x", "--random", "0"),
    ("fit", "x", "--epochs", "many"),
    ("export",),
    ("export", "NET", "--weights", "none"),
    ("export", "NET", "--weights", "fitted"),
]


@pytest.mark.parametrize("args", WRONG_USE, ids=" ".join)
def test_wrong_use_exits_with_2(
    run: Run,
    net: Path,
    space: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    args: tuple[str, ...],
):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    places = {"NET": net, "SPACE": space}
    result = run(*(places.get(arg, arg) for arg in args), code=2)
    assert result.stdout == ""
    assert "Error: " in result.stderr
    assert sorted(tmp_path.rglob("*")) == before
