"""Settings by name: `train.hypernet.graph.width=64` → the settings with that width.

A key is the path of a setting in `SearchSettings`; the seeds are not among them, since a run has
one seed for all.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from typing import Any, get_type_hints

from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.search.settings import SearchSettings

_WORDS = {"true": True, "false": False}


def keys(kind: type[Any] = SearchSettings, prefix: str = "") -> dict[str, Any]:
    """The type of every setting by its key."""
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        if dataclasses.is_dataclass(hint):
            found |= keys(hint, f"{prefix}{name}.")  # type: ignore[arg-type]
        elif name != "seed":
            found[prefix + name] = hint
    return found


def flat(settings: Any, prefix: str = "") -> dict[str, Any]:
    """Every setting by its key.

    >>> flat(SearchSettings())["train.hypernet.body"]
    'graph'
    """
    found: dict[str, Any] = {}
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            found |= flat(value, f"{prefix}{field.name}.")
        elif field.name != "seed":
            found[prefix + field.name] = value
    return found


def changed(settings: SearchSettings, changes: Mapping[str, Any]) -> SearchSettings:
    """The settings with other values for some keys.

    Raises:
        ValueError: a value is out of its range.
    """
    made: SearchSettings = _changed(settings, changes, "")
    return made


def _changed(settings: Any, changes: Mapping[str, Any], prefix: str) -> Any:
    new = {}
    for field in dataclasses.fields(settings):
        key, value = prefix + field.name, getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            inner = {k: v for k, v in changes.items() if k.startswith(f"{key}.")}
            if inner:
                new[field.name] = _changed(value, inner, f"{key}.")
        elif key in changes:
            new[field.name] = changes[key]
    return dataclasses.replace(settings, **new)


def parse_pair(text: str, parts: Iterable[str]) -> tuple[str, Any]:
    """The key and the value that `KEY=VALUE` says.

    Args:
        text: what was given.
        parts: which settings may be meant: `train`, `rank`, `fit`.

    Raises:
        ValueError: there is no such setting, or the value is not of its type.

    >>> parse_pair("train.warmup=0.1", ["train"])
    ('train.warmup', 0.1)
    """
    key, mark, value = (piece.strip() for piece in text.partition("="))
    known = {name: hint for name, hint in keys().items() if name.split(".")[0] in set(parts)}
    if key not in known:
        raise ValueError(f"there is no setting `{key}` here{_hint(key, known)}")
    if not mark:
        raise ValueError(f"`{key}` needs a value: {key}=VALUE")
    return key, _parsed(key, value, known[key])


def _hint(key: str, known: Mapping[str, Any]) -> str:
    """What may have been meant."""
    last = key.rpartition(".")[2]
    near = did_you_mean(key, known)
    alike = [near] if near else [name for name in known if name.endswith(f".{last}")]
    if not alike and (near := _near_end(last, known)):
        alike = [near]
    if alike:
        return "; did you mean " + " or ".join(f"`{name}`" for name in alike) + "?"
    inside = [name for name in known if name.startswith(f"{key}.")]
    return f"; there are {', '.join(inside or known)}"


def _near_end(last: str, known: Mapping[str, Any]) -> str | None:
    """The setting whose last name is most like this one."""
    ends = {name.rpartition(".")[2]: name for name in reversed(list(known))}
    near = did_you_mean(last, ends)
    return ends[near] if near else None


def _parsed(key: str, text: str, hint: Any) -> Any:
    if hint is bool:
        if text.lower() not in _WORDS:
            raise ValueError(f"`{key}` is true or false, not `{text}`")
        return _WORDS[text.lower()]
    if hint is int:
        return _number(key, text, int, "a whole number")
    if hint is float:
        value = _number(key, text, float, "a number")
        if not math.isfinite(value):
            raise ValueError(f"`{key}` is a finite number, not `{text}`")
        return value
    if hint is str:
        return text
    what = "whole numbers with commas in between"
    return tuple(_number(key, part, int, what, text) for part in text.split(","))


def _number(key: str, text: str, kind: type[Any], what: str, whole: str | None = None) -> Any:
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"`{key}` is {what}, not `{whole or text}`") from None


def written(value: Any) -> str:
    """A value as `parse_pair` reads it.

    >>> written((4, 4)), written(True), written(0.001)
    ('4,4', 'true', '0.001')
    """
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
