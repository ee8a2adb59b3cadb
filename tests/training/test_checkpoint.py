"""Checkpoints: whole or not there, never mistaken for others, and one to go back to."""

from __future__ import annotations

import errno
import json
import os
import pickle
import random
import resource
import zlib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save as encode
from torch import Tensor

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training import checkpoint
from smashdsl.training.checkpoint import FORMAT, load, previous, require_same, save

TENSORS = {"model.a": torch.arange(6.0).view(2, 3), "model.b": torch.tensor([], dtype=torch.int64),
           "c": torch.tensor(3.5, dtype=torch.float64)}  # fmt: skip
FACTS = {"step": 3, "recent": [0.1, 1e-300], "text": 'ä "crc32":"00000000" \n', "run": {"seed": 1}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


def at(step: int) -> dict[str, Any]:
    return {**FACTS, "step": step}


def code(error: pytest.ExceptionInfo[SmashError]) -> str:
    (found,) = error.value.diagnostics
    return found.code


def refused(path: Path, expected: str = "E940", **options: Any) -> str:
    with pytest.raises(SmashError) as error:
        load(path, **options)
    assert code(error) == expected
    return error.value.diagnostics[0].message


def same(one: dict[str, Tensor], two: dict[str, Tensor]) -> bool:
    return one.keys() == two.keys() and all(
        torch.equal(one[name], two[name]) and one[name].dtype == two[name].dtype for name in one
    )


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_everything_comes_back(path: Path) -> None:
    save(path, TENSORS, FACTS)
    tensors, facts = load(path, needs=FACTS)
    assert same(tensors, TENSORS)
    assert facts == FACTS
    assert names(path.parent) == {path.name}


def test_views_and_other_layouts(path: Path) -> None:
    whole = torch.randn(4, 6, 5, 5)
    save(path, {"a": whole.to(memory_format=torch.channels_last), "b": whole[1:, ::2]}, {})
    assert same(load(path)[0], {"a": whole, "b": whole[1:, ::2]})


def test_cut_short_anywhere(path: Path) -> None:
    save(path, TENSORS, FACTS)
    content = path.read_bytes()
    for length in range(len(content)):
        path.write_bytes(content[:length])
        refused(path)
    path.write_bytes(content + b"\0")
    refused(path)
    path.write_bytes(content)
    assert load(path)[1] == FACTS


def test_every_flipped_bit(path: Path) -> None:
    save(path, TENSORS, FACTS)
    content = path.read_bytes()
    changed = bytearray(content)
    for bit in range(8 * len(content)):
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(SmashError) as error:
            checkpoint._checked(path, bytes(changed))
        assert code(error) == "E940"
        changed[bit // 8] ^= 1 << bit % 8
    assert checkpoint._checked(path, bytes(changed)) == FACTS


def test_a_flipped_bit_sends_one_back(path: Path) -> None:
    save(path, TENSORS, at(1))
    save(path, TENSORS, at(2))
    content = path.read_bytes()
    chance = random.Random(0)
    for _ in range(30):
        bit = chance.randrange(8 * len(content))
        changed = bytearray(content)
        changed[bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        told: list[str] = []
        assert load(path, tell=told.append)[1] == at(1)
        (text,) = told
        assert "is no checkpoint that can be read" in text
        assert f"going on from `{previous(path)}`" in text
        refused(path)  # without anyone to tell


class Bomb:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("bomb",)


def header(value: object, data: bytes = b"") -> bytes:
    text = json.dumps(value).encode()
    return len(text).to_bytes(8, "little") + text + data


def foreign(tmp_path: Path) -> list[bytes]:
    metadata = {"__metadata__": {"format": FORMAT, "crc32": 3, "facts": "{}"}}
    deep = b"[" * 100_000
    return [
        b"", b"\0", b"hello\n" * 50, b"\x89PNG\r\n\x1a\n" + bytes(200), pickle.dumps(Bomb()),
        encode({"a": torch.zeros(2)}), encode({"a": torch.zeros(2)}, {"format": "pt"}),
        header([]), header({"__metadata__": []}), header({"__metadata__": None}), header(metadata),
        (2**63).to_bytes(8, "little") + b"{}", b"\xff" * 64,
        len(deep).to_bytes(8, "little") + deep,
    ]  # fmt: skip


def test_files_that_are_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    for content in foreign(path.parent):
        path.write_bytes(content)
        refused(path)
    assert names(path.parent) == {path.name}, "nothing was run"


def test_other_versions(path: Path) -> None:
    for text in ("smashdsl.checkpoint/1", "smashdsl.checkpoint/3"):
        metadata = {"crc32": "00000000", "format": text, "facts": "{}"}
        content = encode(TENSORS, metadata)
        correct = b"%08x" % zlib.crc32(content)
        path.write_bytes(content.replace(b'"crc32":"00000000', b'"crc32":"' + correct))
        assert refused(path, "E949") == (
            f"`{path}` was written by another version of smashdsl: its format is {text}"
        )
        path.write_bytes(content)
        assert "its checksum is wrong" in refused(path)


def test_facts_that_are_missing(path: Path) -> None:
    save(path, TENSORS, FACTS)
    said = refused(path, "E949", needs=("step", "this", "skipped"))
    assert said.endswith("another version of smashdsl: it lacks `skipped`, `this`")


def test_no_file_or_a_folder(path: Path) -> None:
    assert not checkpoint.exists(path)
    assert "it does not exist" in refused(path, "E923")
    path.mkdir()
    assert "it is a folder" in refused(path, "E923")
    with pytest.raises(SmashError) as error:
        save(path, TENSORS, FACTS)
    assert code(error) == "E921"
    assert names(path.parent) == {path.name}


def test_the_newest_is_missing(path: Path) -> None:
    save(path, TENSORS, at(1))
    save(path, TENSORS, at(2))
    path.unlink()
    assert checkpoint.exists(path)
    told: list[str] = []
    assert load(path, tell=told.append)[1] == at(1)
    assert len(told) == 1


def test_both_are_damaged(path: Path) -> None:
    save(path, TENSORS, at(1))
    save(path, TENSORS, at(2))
    for one in (path, previous(path)):
        one.write_bytes(one.read_bytes()[:-1])
    told: list[str] = []
    assert f"`{path}`" in refused(path, tell=told.append)
    assert told == []


def test_another_run(path: Path) -> None:
    mine = {"run": {"seed": 1}, "text": FACTS["text"]}
    save(path, TENSORS, at(1))
    save(path, TENSORS, {**FACTS, "run": {"seed": 2, "body": "graph"}})
    told: list[str] = []
    message = refused(path, "E941", tell=told.append, wanted=mine)
    assert message == (
        f"`{path}` belongs to another run: run.body was graph, and now is None; "
        "run.seed was 2, and now is 1"
    )
    assert told == [], "the previous one is not taken in its place"
    path.write_bytes(b"junk")
    assert load(path, tell=told.append, wanted=mine)[1] == at(1)
    assert len(told) == 1
    message = refused(path, "E941", tell=told.append, wanted={"run": {"seed": 3}})
    assert f"`{previous(path)}` belongs to another run: run.seed was 1, and now is 3" in message
    assert len(told) == 1


def test_settings_of_another_version(path: Path) -> None:
    """Names that differ say that, whatever else does; a previous checkpoint does not help."""
    now = {"seed": 1, "body": {"width": 4, "depth": 2}}
    for before, how in (
        ({"seed": 2, "body": {"width": 4}}, "it lacks `body.depth`"),
        ({**now, "more": 3}, "it has `more`"),
        (
            {"seed": 1, **dict.fromkeys("abcde", 1)},
            "it has `a`, `b`, `c` and 2 more, and it lacks ",
        ),
    ):
        for number in (1, 2):
            save(path, TENSORS, {**at(number), "settings": before})
        said = refused(path, "E949", tell=lambda _: None, wanted={"settings": now})
        assert f"another version of smashdsl: settings differ: {how}" in said
        load(path, wanted={"settings": before})
        load(path)


def test_every_difference_is_named() -> None:
    found = {"step": 4, "space": "x", "settings": {"a": 1, "b": (1, 2), "deep": {"c": 0.5}}}
    require_same(Path("x"), json.loads(json.dumps(found)), found)
    wanted = {"space": "x", "settings": {"a": 2, "b": (1, 3), "deep": {"c": None}}, "data": []}
    with pytest.raises(SmashError) as error:
        require_same(Path("x"), json.loads(json.dumps(found)), wanted)
    for part in (
        "settings.a was 1, and now is 2",
        "settings.b was [1, 2], and now is [1, 3]",
        "settings.deep.c was 0.5, and now is None",
        "data was None, and now is []",
    ):
        assert part in error.value.diagnostics[0].message


def test_only_whole_ones_become_previous(path: Path) -> None:
    save(path, TENSORS, at(1))
    save(path, TENSORS, at(2))
    path.write_bytes(path.read_bytes()[:-1])
    save(path, TENSORS, at(3))
    assert load(path)[1] == at(3)
    assert load(previous(path))[1] == at(1)


def test_one_file_under_both_names(path: Path) -> None:
    """As a run that is killed between two steps of writing leaves them."""
    save(path, TENSORS, at(1))
    os.link(path, previous(path))
    save(path, TENSORS, at(2))
    assert load(path)[1] == at(2)
    assert load(previous(path))[1] == at(1)
    assert names(path.parent) == {path.name, previous(path).name}


def test_without_hard_links(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    for step in (1, 2, 3):
        save(path, TENSORS, at(step))
    assert (load(path)[1], load(previous(path))[1]) == (at(3), at(2))
    assert names(path.parent) == {path.name, previous(path).name}


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
@pytest.mark.parametrize("call", ["fsync", "link", "open"])
def test_failing_disks(path: Path, monkeypatch: pytest.MonkeyPatch, number: int, call: str) -> None:
    def broken(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    save(path, TENSORS, at(1))
    save(path, TENSORS, at(2))
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    with monkeypatch.context() as patch:
        patch.setattr(os, call, broken)
        if call == "link":  # there are file systems without
            save(path, TENSORS, at(3))
            assert (load(path)[1], load(previous(path))[1]) == (at(3), at(2))
            return
        with pytest.raises(SmashError) as error:
            save(path, TENSORS, at(3))
    assert code(error) == ("E920" if number == errno.EIO else "E922")
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_a_disk_that_fills_up_while_writing(path: Path) -> None:
    save(path, TENSORS, at(1))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2**19, limits[1]))
    try:
        with pytest.raises(SmashError) as error:
            save(path, {"large": torch.zeros(2**18)}, at(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code(error) == "E922"
    assert load(path)[1] == at(1)
    assert names(path.parent) == {path.name}


def test_leftovers_are_removed(path: Path) -> None:
    save(path, TENSORS, at(1))
    mine = [f".{path.name}.0123abcd.tmp", f".{previous(path).name}.deadbeef.tmp"]
    others = [".other.0123abcd.tmp", f"{path.name}.tmp", f".{path.name}.0123abcg.tmp"]
    for name in (*mine, *others):
        (path.parent / name).write_bytes(b"half")
    checkpoint.Saver(path)
    assert names(path.parent) == {path.name, *others}
    checkpoint.Saver(path.parent / "none" / path.name)


def test_places_that_cannot_be_written(path: Path) -> None:
    for place in (Path("/proc/self/x.safetensors"), path.parent / "no" / path.name):
        with pytest.raises(SmashError) as error:
            save(place, TENSORS, FACTS)
        assert code(error) == "E920"


def test_state_that_does_not_fit(path: Path) -> None:
    module = torch.nn.Linear(2, 3)
    good = checkpoint.model_tensors(module)
    checkpoint.restore(path, good, module)
    for wrong, how in (
        ({}, "it lacks `bias`, `weight`"),
        ({**good, "model.more": torch.zeros(1)}, "it has `more`"),
        ({**good, "model.weight": torch.zeros(3, 3)}, "size mismatch for weight"),
        ({**good, "optimizer.x.exp_avg": torch.zeros(1)}, "invalid literal"),
        ({**good, "optimizer.7": torch.zeros(1)}, "not enough values"),
    ):
        with pytest.raises(SmashError) as error:
            checkpoint.restore(path, wrong, module, torch.optim.AdamW(module.parameters()))
        assert code(error) == "E949"
        assert f"another version of smashdsl: {how}" in error.value.diagnostics[0].message
