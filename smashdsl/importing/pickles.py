"""Pickles of numpy's object arrays, read as data: nothing that they name is imported or called.

The opcodes are interpreted here. Of all callables only those that numpy writes for arrays, types
and numbers are understood, as what they mean; anything else ends the reading.
"""

from __future__ import annotations

import pickletools
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any

MOST_STEPS = 5_000_000  # opcodes of a pickle
MOST_VALUES = 5_000_000  # values in what it holds, shared ones counted wherever they are met

_MOST_DIMENSIONS = 64
_CORES = ("numpy.core.multiarray", "numpy._core.multiarray")
_TYPES = {
    "b1": "?", "i1": "b", "u1": "B", "i2": "h", "u2": "H", "i4": "i", "u4": "I", "i8": "q",
    "u8": "Q", "f2": "e", "f4": "f", "f8": "d",
}  # fmt: skip


class UnsafePickle(ValueError):
    """A pickle holds something else than plain data; the message says what."""


@dataclass(frozen=True)
class _Name:
    text: str


@dataclass
class _Type:
    code: str
    order: str = "<"


@dataclass
class _Array:
    shape: tuple[int, ...] = ()
    kind: _Type | None = None
    data: Any = field(default=None)


_MARK = object()
_PUSHED = {
    "BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "FLOAT", "INT", "LONG", "STRING",
    "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8",
    "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
}  # fmt: skip
_CONSTANTS: dict[str, Callable[[], Any]] = {
    "NONE": lambda: None, "NEWTRUE": lambda: True, "NEWFALSE": lambda: False, "EMPTY_TUPLE": tuple,
    "EMPTY_LIST": list, "MARK": lambda: _MARK,
}  # fmt: skip
_TUPLES = {"TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3}
_PASSED = ("PROTO", "FRAME")


def read_pickle(content: bytes) -> Any:
    """What a pickle holds: numbers, texts, truth values, None, and lists of these, which arrays and
    tuples become, too.

    Raises:
        UnsafePickle: it holds something else, or is damaged.
    """
    machine = _Machine()
    try:
        for step, (opcode, argument, _) in enumerate(pickletools.genops(content)):
            if step >= MOST_STEPS:
                raise UnsafePickle(f"it has more than {MOST_STEPS:,} steps")
            machine.step(opcode.name, argument)
        if machine.result is _MARK:
            raise UnsafePickle("it ends too early")
        return _Plain().of(machine.result)
    except UnsafePickle:
        raise
    except RecursionError as error:
        raise UnsafePickle("it is nested too deeply") from error
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, OverflowError,
            struct.error, UnicodeError, MemoryError) as error:  # fmt: skip
        raise UnsafePickle(f"it is damaged: {error}") from error


class _Machine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.result: Any = _MARK

    def step(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in _PUSHED:
            stack.append(argument)
        elif name in _CONSTANTS:
            stack.append(_CONSTANTS[name]())
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(self.memo[argument])
        elif name in ("PUT", "BINPUT", "LONG_BINPUT"):
            self.memo[argument] = stack[-1]
        elif name == "MEMOIZE":
            self.memo[len(self.memo)] = stack[-1]
        elif name == "STOP":
            self.result = stack.pop()
        elif name not in _PASSED:
            self._built(name, argument)

    def _built(self, name: str, argument: Any) -> None:
        stack = self.stack
        if name in ("TUPLE", "LIST"):
            items = self._marked()
            stack.append(tuple(items) if name == "TUPLE" else items)
        elif name in _TUPLES:
            count = _TUPLES[name]
            if len(stack) < count:
                raise IndexError("its stack is empty")
            stack[-count:] = [tuple(stack[-count:])]
        elif name in ("APPEND", "APPENDS"):
            items = [stack.pop()] if name == "APPEND" else self._marked()
            if not isinstance(stack[-1], list):
                raise TypeError("it adds to what is no list")
            stack[-1].extend(items)
        elif name == "GLOBAL":
            stack.append(_Name(argument.replace(" ", ".")))
        elif name == "STACK_GLOBAL":
            last, first = stack.pop(), stack.pop()
            stack.append(_Name(f"{_text(first)}.{_text(last)}"))
        elif name == "REDUCE":
            arguments, callee = stack.pop(), stack.pop()
            stack.append(_meant(callee, arguments))
        elif name == "BUILD":
            state = stack.pop()
            _set(stack[-1], state)
        else:
            raise UnsafePickle(f"it holds what is no plain data (opcode {name})")

    def _marked(self) -> list[Any]:
        items = []
        while (item := self.stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]


def _meant(callee: Any, arguments: Any) -> Any:
    """What a call would make, if it is one of those that numpy writes for data."""
    name = callee.text if isinstance(callee, _Name) else repr(type(callee).__name__)
    module, _, last = name.rpartition(".")
    if module in _CORES and last == "_reconstruct" and arguments[0] == _Name("numpy.ndarray"):
        return _Array()
    if name == "numpy.dtype":
        return _Type(_text(arguments[0]))
    if module in _CORES and last == "scalar" and isinstance(arguments[0], _Type):
        return _numbers(arguments[0], arguments[1], 1)[0]
    if name in ("__builtin__.bytes", "builtins.bytes") and arguments == ():
        return b""
    if name == "_codecs.encode" and arguments[1] == "latin1":
        return _text(arguments[0]).encode("latin1")
    raise UnsafePickle(f"it would call `{name[:60]}`")


def _text(value: Any) -> str:
    """A text as it is: writing out lists that share lists would take for ever."""
    if not isinstance(value, str):
        raise UnsafePickle(f"it has a {type(value).__name__.strip('_')} where a text belongs")
    return value


def _set(target: Any, state: Any) -> None:
    if isinstance(target, _Type):
        target.order = _text(state[1])
    elif isinstance(target, _Array):
        _, target.shape, target.kind, fortran, target.data = state
        if not all(type(size) is int and size >= 0 for size in target.shape):
            raise ValueError("an array has no shape")
        if fortran and len(target.shape) > 1:
            raise UnsafePickle("it holds an array in Fortran's order")
    else:
        raise UnsafePickle("it sets the state of what is no array")


def _numbers(kind: _Type, data: Any, count: int) -> tuple[Any, ...]:
    raw = data.encode("latin1") if isinstance(data, str) else data
    code = _TYPES.get(kind.code.lstrip("<>=|"))
    if code is None or not isinstance(raw, bytes):
        raise UnsafePickle(f"it holds numbers of the type {kind.code[:20]!r}")
    order = ">" if kind.order == ">" else "<"
    if len(raw) != count * struct.calcsize(f"{order}{code}"):
        raise ValueError("an array has another number of values than its shape says")
    return struct.unpack(f"{order}{count}{code}", raw)


class _Plain:
    """Arrays and tuples as lists, within limits."""

    def __init__(self) -> None:
        self.seen = 0

    def of(self, value: Any) -> Any:
        self.seen += 1
        if self.seen > MOST_VALUES:
            raise UnsafePickle(f"it holds more than {MOST_VALUES:,} values")
        if isinstance(value, _Array):
            return self._array(value)
        if isinstance(value, list | tuple):
            return [self.of(item) for item in value]
        if value is None or isinstance(value, bool | int | float | str | bytes):
            return value
        raise UnsafePickle("it holds what is no plain data")

    def _array(self, array: _Array) -> Any:
        count = prod(array.shape)
        if array.kind is None or prod(max(size, 1) for size in array.shape) > MOST_VALUES or (
            len(array.shape) > _MOST_DIMENSIONS
        ):  # fmt: skip
            raise ValueError("an array has no type, or too many values")
        if array.kind.code in ("O", "O8"):
            if not isinstance(array.data, list) or len(array.data) != count:
                raise ValueError("an array has another number of values than its shape says")
            flat = [self.of(item) for item in array.data]
        else:
            flat = [self.of(item) for item in _numbers(array.kind, array.data, count)]
        return _nested(flat, array.shape)


def _nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if len(shape) < 2:
        return flat if shape else flat[0]
    step = prod(shape[1:])
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
