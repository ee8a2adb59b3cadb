"""Trees of frozen dataclasses, such as syntax trees and the IR, as text and as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from smashdsl.diagnostics.span import Span


def tree_text(value: Any) -> str:
    """One node a line, what is in it below: `Number 3:14 value=16`, with the place in the text."""
    return "\n".join(_lines(value, "", 0)) + "\n"


def _lines(value: Any, label: str, depth: int) -> Iterator[str]:
    name = type(value).__name__
    place, simple, nested = "", [], []
    for key, item in _fields(value):
        if isinstance(item, Span):
            if key == "span":
                place = f" {item.line}:{item.column}"
        elif _is_simple(item):
            if item not in (None, "", (), {}):
                simple.append(f" {key}={_shown(item)}")
        else:
            nested.append((key, item))
    yield "  " * depth + f"{label}{name}{place}{''.join(simple)}"
    for key, item in nested:
        yield from _nested(item, key, depth + 1)


def _nested(item: Any, key: str, depth: int) -> Iterator[str]:
    if not isinstance(item, tuple):
        yield from _lines(item, f"{key}: ", depth)
        return
    yield "  " * depth + f"{key}:"
    for part in item:
        if is_dataclass(part):
            yield from _lines(part, "", depth + 1)
        else:
            yield from _nested(part, "-", depth + 1)


def _fields(value: Any) -> Iterator[tuple[str, Any]]:
    for field in fields(value):
        yield field.name, getattr(value, field.name)


def _is_simple(item: Any) -> bool:
    if isinstance(item, tuple):
        return not any(is_dataclass(part) or isinstance(part, tuple) for part in item)
    return not is_dataclass(item)


def _shown(item: Any) -> str:
    if isinstance(item, tuple):
        return f"({', '.join(map(repr, item))})"
    if isinstance(item, Mapping):
        return f"{{{', '.join(f'{key}={value!r}' for key, value in item.items())}}}"
    return repr(item)


def tree_data(value: Any) -> Any:
    """The same tree as plain JSON data; a node is an object with its class under `node`."""
    if isinstance(value, Span):
        line, column = value.source.position(value.start)
        end_line, end_column = value.source.position(value.end)
        return {"line": line, "column": column, "end_line": end_line, "end_column": end_column}
    if is_dataclass(value):
        return {
            "node": type(value).__name__,
            **{key: tree_data(item) for key, item in _fields(value)},
        }
    if isinstance(value, Mapping):
        return {str(key): tree_data(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [tree_data(item) for item in value]
    return value
