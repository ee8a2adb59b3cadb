"""Verbs that run in several processes at once, of which the first one talks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from smashdsl.cli.guard import FINDINGS, INTERRUPTED

if TYPE_CHECKING:
    import torch

    from smashdsl.training.world import World

Result = TypeVar("Result")


def require_alone() -> None:
    """Refuse to run in several processes.

    Raises:
        click.UsageError: a launcher has started more than one.
    """
    if os.environ.get("WORLD_SIZE", "1") != "1":
        raise click.UsageError("Only `train` and `search` run in several processes.")


def device_of(name: str) -> torch.device:
    """The device of that name.

    Raises:
        click.UsageError: there is none.
    """
    from smashdsl.training.devices import find_device

    with usage():
        return find_device(name)


@contextmanager
def usage() -> Iterator[None]:
    """Settings out of range are wrong use."""
    try:
        yield
    except ValueError as error:
        raise click.UsageError(f"{error}.") from error


@contextmanager
def together(device: torch.device) -> Iterator[World]:
    """The processes that were launched with this one; all end when one ends.

    Raises:
        SmashError: E947 they do not find each other, or one has ended early.
    """
    import torch

    from smashdsl.training.world import Lost, launched

    if device.type == "cuda":
        torch.cuda.set_device(device)
    with launched() as world:
        try:
            yield world
            world.wait()
        except Lost as error:
            raise error if world.first else click.exceptions.Exit(FINDINGS) from error
        except KeyboardInterrupt as error:
            raise error if world.first else click.exceptions.Exit(INTERRUPTED) from error


def first_alone(world: World, make: Callable[[], Result], find: Callable[[], Result]) -> Result:
    """What the first process makes and the others find; where it fails, all end."""
    made, problem = None, None
    if world.first:
        try:
            made = make()
        except Exception as error:
            problem = error
    if world.any(problem is not None, "cpu"):
        raise problem or click.exceptions.Exit(FINDINGS)
    return find() if made is None else made
