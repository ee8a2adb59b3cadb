"""Texts that ask for too much, and texts that are none: a mistake is named, soon."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from language.texts import checked, text_of

import smashdsl
from smashdsl import Program, SmashError

SECONDS = 20

BLOCK = "stem { conv(4, 3) } block { banks b[%s] of 4 enter b[0] %s leave b[0] }"
HUGE = {
    "repeat": ("stem { repeat 10 ** 9 { relu } }", "E802"),
    "until": ("stem { repeat until false { let a = 1 } }", "E802"),
    "layers": (BLOCK % (1, "repeat 10 ** 9 { read b[0] -> relu -> write b[0] }"), "E801"),
    "nested loops": ("stem { repeat 1000 { repeat 1000 { relu } } }", "E802"),
    "range": ("let a = [i for i in 0..10 ** 12]", "E802"),
    "nested lists": ("let a = [[[i for i in 0..999] for j in 0..999] for k in 0..999]", "E802"),
    "banks": (BLOCK % (10**9, ""), "E802"),
    "reads of many banks": (
        (
            "stem { conv(20k, 1) } block { banks b[20k] of 1 "
            "repeat 3k { read b -> conv(1, 1) -> write b[0] } }"
        ),
        "E802",
    ),
    "op within itself": ("op f { f } stem { f }", "E803"),
    "ops in turn": ("op f { g } op g { f -> f } stem { f }", "E803"),
    "large power": ("let a = 10 ** 10 ** 10", "E302"),
    "large number": ("let a = 1e30 ** 20", "E302"),
    "large whole number": ("let a = 2 ** 62 * 2", "E302"),
    "wide": ("stem { conv(2 ** 40, 3) }", "E303"),
}


LONG = ("repeat", "nested loops", "nested lists")


@pytest.mark.parametrize("kind", ["program", "space"])
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in LONG)) for name in HUGE]
)
def test_too_much_is_refused_soon(name: str, kind: str) -> None:
    body, code = HUGE[name]
    started = time.monotonic()
    found = checked(text_of(body, kind))
    assert time.monotonic() - started < SECONDS
    assert code in [diagnostic.code for diagnostic in found]


@pytest.mark.parametrize("kind", ["program", "space"])
def test_a_loop_that_a_mistake_keeps_from_its_end_is_left(kind: str) -> None:
    body = BLOCK % (1, "repeat until reads > 40 { read b[7] -> relu -> write b[0] }")
    assert [found.code for found in checked(text_of(body, kind))] == ["E505"]


def test_long_names_and_numbers_are_texts_like_others() -> None:
    name = "n" * 100_000
    assert checked(text_of(f"let {name} = 3 stem {{ conv({name}, 1) }}")) == []
    assert checked(text_of(f"stem {{ conv({'9' * 5000}, 1) }}"))[0].code.startswith("E")
    assert checked(text_of(f"stem {{ {'(' * 5000} relu }}"))[0].code.startswith("E")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), st.integers(0, 400), st.integers(0, 40))
def test_any_bytes_give_a_program_or_mistakes(noise: bytes, place: int, dropped: int) -> None:
    whole = text_of(BLOCK % (3, "repeat 2 { read b[0] -> norm -> conv(4, 3) -> write b }"))
    text = whole[:place] + noise.decode("utf-8", "replace") + whole[place + dropped :]
    for attempt in (text, noise.decode("latin-1")):
        started = time.monotonic()
        if not any(diagnostic.code.startswith("E") for diagnostic in checked(attempt)):
            assert attempt is not text or isinstance(smashdsl.loads(attempt), Program)
        assert time.monotonic() - started < SECONDS


# Files that use files ---------------------------------------------------------------------------


def write(folder: Path, **files: str) -> Path:
    """Write files of these names (without `.smash`); gives the first."""
    for name, text in files.items():
        folder.joinpath(f"{name}.smash").write_text(text)
    return folder / f"{next(iter(files))}.smash"


def code_of(path: Path) -> tuple[str, str]:
    with pytest.raises(SmashError) as caught:
        smashdsl.load(path)
    found = caught.value.diagnostics[0]
    assert found.span is not None
    return found.code, found.span.text


def test_use_brings_ops_and_lets_from_a_relative_path(tmp_path: Path) -> None:
    (tmp_path / "parts").mkdir()
    write(tmp_path / "parts", ops='use "more.smash" op f { conv(n, 3) }', more="let n = 7")
    path = write(tmp_path, main='use "parts/ops.smash"\n' + text_of("stem { f }"))
    found = smashdsl.load(path)
    assert isinstance(found, Program)
    assert found.plan.steps[1].shape == (7, 8)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"a": 'use "a.smash"'}, "E907"),
        ({"a": 'use "b.smash"', "b": 'use "a.smash"'}, "E907"),
        ({"a": 'use "nosuch.smash"'}, "E901"),
        ({"a": 'use "."'}, "E902"),
        ({f"n{i}": f'use "n{i + 1}.smash"' for i in range(60)}, "E804"),
    ],
    ids=["itself", "circle", "missing", "folder", "deep"],
)
def test_uses_that_cannot_be_followed(tmp_path: Path, files: dict[str, str], code: str) -> None:
    assert code_of(write(tmp_path, **files))[0] == code
