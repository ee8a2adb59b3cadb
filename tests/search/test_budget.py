"""Settings that follow from a budget."""

from __future__ import annotations

import pytest

from smashdsl.search.budget import epochs_left, within


def seconds_of(minutes: float, seconds: float, images: int) -> dict[str, float]:
    """What each step of such a search takes, by its settings."""
    found = within(minutes, seconds, images)
    train, rank, confirm, fit = found.train, found.rank, found.confirm, found.fit
    return {
        "train": train.steps * train.batch_size * seconds * 1.65,
        "rank": (rank.random + rank.proposed) * ((256 + 256) * 0.4 * seconds + 0.05),
        "confirm": (confirm.top + confirm.random) * confirm.epochs * images * seconds * 1.4,
        "fit": fit.epochs * images * seconds * 1.4,
    }


@pytest.mark.parametrize("minutes", [10.0, 30.0, 300.0])
def test_all_steps_together_take_so_long(minutes: float) -> None:
    taken = seconds_of(minutes, 1e-3, 45_000)
    assert 0.5 * 60 * minutes < sum(taken.values()) < 60 * minutes
    assert taken["fit"] == max(taken.values())


def test_what_half_an_hour_gives() -> None:
    found = within(30, 1e-3, 45_000)
    assert found.fit.epochs == 17  # of which 1 in the time that ranking leaves
    assert (found.confirm.top, found.confirm.random, found.confirm.epochs) == (2, 2, 1)
    assert found.rank.random + found.rank.proposed == 300
    assert found.train.steps == 1704


@pytest.mark.parametrize(
    ("epoch", "expected"), [(200.0, (0, 0)), (100.0, (1, 1)), (80.0, (1, 2)), (60.0, (2, 2)),
                            (50.0, (2, 3)), (40.0, (3, 3)), (22.0, (8, 4)), (2.0, (8, 4))]
)  # fmt: skip
def test_of_three_programs_two_are_random(epoch: float, expected: tuple[int, int]) -> None:
    """270 s, and what an epoch takes."""
    found = within(30, epoch / 45_000 / 1.4, 45_000).confirm
    assert (found.top, found.random) == expected


def test_short_training_learns_fast() -> None:
    short = within(30, 1e-3, 45_000).fit
    assert (short.epochs, short.learning_rate, short.shift) == (17, 0.4, 1 / 16)
    longer, full, asked = (within(30, 1e-3, 45_000, asked=epochs).fit for epochs in (60, 120, 200))
    assert (longer.epochs, longer.learning_rate, longer.shift) == (60, 0.2, 1 / 8)
    assert (full.epochs, full.learning_rate, full.shift) == (120, 0.1, 1 / 8)
    assert (asked.epochs, asked.learning_rate, asked.shift) == (200, 0.1, 1 / 8)


def test_gpus_take_larger_batches_and_long_training_hides_parts_of_images() -> None:
    short, long = within(1, 4e-5, 45_000, device="cuda"), within(7, 4e-5, 45_000, device="cuda:0")
    assert (short.train.batch_size, short.fit.batch_size) == (256, 512)
    assert (short.fit.epochs, short.fit.learning_rate) == (13, 0.4)
    assert (short.fit.shift, short.fit.cutout) == (1 / 16, 0)
    assert (long.fit.epochs, long.fit.learning_rate) == (101, 0.4)
    assert (long.fit.shift, long.fit.cutout) == (1 / 8, 3 / 8)
    usual = within(600, 1e-3, 45_000).fit
    assert (usual.epochs, usual.batch_size, usual.cutout) == (200, 128, 0)


def test_too_little_time_still_gives_a_search() -> None:
    found = within(0.1, 1e-2, 45_000)
    assert found.confirm.top == 0
    assert found.fit.epochs == 1
    assert found.train.steps == 100
    assert found.rank.random + found.rank.proposed == 30


def test_much_time_is_not_spent_without_end() -> None:
    found = within(10_000, 1e-6, 1000)
    assert found.fit.epochs == 200
    assert found.confirm.epochs <= 200 / 3


@pytest.mark.parametrize(
    ("spent", "each", "expected"),
    [
        (540.0, 60.0, 18),  # 0.9 of 30 minutes are 1,620 s
        (540.0, 30.0, 28),
        (540.0, 120.0, 9),
        (1620.0, 60.0, 7),
        (9999.0, 60.0, 7),
        (0.0, 0.0, 28),
        (9999.0, 0.0, 28),
        (float("inf"), 60.0, 7),
        (float("inf"), float("inf"), 7),
        (float("nan"), float("nan"), 28),
    ],
)
def test_the_winner_gets_what_is_left(spent: float, each: float, expected: int) -> None:
    assert epochs_left(30, spent, each, 14) == expected
    assert epochs_left(30, spent, each, 13) <= 26
