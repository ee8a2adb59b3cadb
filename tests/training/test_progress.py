"""When progress is shown, and how."""

from __future__ import annotations

import io

import pytest

from smashdsl.training.progress import Bars, Lines, Silent, progress_on


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(params=[Lines, Bars])
def shown(request: pytest.FixtureRequest) -> tuple[io.StringIO, Clock, Lines | Bars]:
    stream, clock = Terminal(), Clock()
    return stream, clock, request.param(stream, clock)


def test_short_work_shows_nothing(shown: tuple[io.StringIO, Clock, Lines | Bars]) -> None:
    stream, clock, progress = shown
    with progress.task("train", 100) as task:
        for _ in range(100):
            clock.now += 0.019
            task.advance(note="loss 1")
    assert stream.getvalue() == ""


def test_long_work_shows_label_and_note(shown: tuple[io.StringIO, Clock, Lines | Bars]) -> None:
    stream, clock, progress = shown
    with progress.task("train [x]", 10) as task:
        for step in range(10):
            clock.now += 1
            task.advance(note=f"loss {step}")
    assert "train [x]" in stream.getvalue()
    assert "loss" in stream.getvalue()


def test_lines_tell_the_time_left_seldom() -> None:
    stream, clock = io.StringIO(), Clock()
    with Lines(stream, clock).task("train", 100) as task:
        for step in range(100):
            clock.now += 1
            task.advance(note=f"loss {step}")
    lines = stream.getvalue().splitlines()
    assert lines[0] == "train: 2/100, 1 min 38 s left, loss 1"
    assert lines[-1] == "train: done, in 1 min 40 s, loss 99"
    assert len(lines) == 11


def test_lines_say_where_work_stopped() -> None:
    stream, clock = io.StringIO(), Clock()

    def interrupted() -> None:
        with Lines(stream, clock).task("train", 9) as task:
            clock.now += 3
            task.advance(4)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("train: stopped at 4/9, in 3 s\n")


def test_choice_of_form() -> None:
    assert isinstance(progress_on(Terminal()), Bars)
    assert isinstance(progress_on(io.StringIO()), Lines)
    with Silent().task("x", 1) as task:
        task.advance()
