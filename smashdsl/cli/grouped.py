"""Verbs with many options, which their help lists in groups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
REST = "Options"


class Option(click.Option):
    """An option that belongs to a group."""

    def __init__(self, *args: Any, group: str = REST, **extra: Any) -> None:
        super().__init__(*args, **extra)
        self.group = group


class Command(click.Command):
    """A verb whose help has a section for each group, in the order of their first options; what
    belongs to none comes last."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                groups.setdefault(getattr(parameter, "group", REST), []).append(record)
        groups[REST] = groups.pop(REST, [])
        for title, records in groups.items():
            with formatter.section(title):
                formatter.write_dl(records)


def grouped(group: str) -> Callable[..., Decorator]:
    """Like `click.option`, for options of a group."""

    def option(*names: str, **extra: Any) -> Decorator:
        return click.option(*names, cls=Option, group=group, **extra)

    return option


def options(*decorators: Decorator) -> Decorator:
    """Several options as one decorator, in this order in the help."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return decorate
