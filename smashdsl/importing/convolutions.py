"""One layer of the released SMASH code: a 1x1 convolution, then up to four in two branches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.ir import Chain, Combine, Op

_ACTIVATIONS = ("relu", "tanh", "sigmoid")
_CONVS = 4
_MOST = 255


def op(name: str, **attrs: Any) -> Op:
    """An operation of a program."""
    return Op(name, attrs)


def conv(units: int, kernel: Any, dilation: Any = 1, groups: int = 1) -> Op:
    """A convolution that keeps the resolution, without a bias."""
    return op("conv", units=units, kernel=kernel, stride=1, dilation=dilation, groups=groups,
              bias=False, padding="same")  # fmt: skip


def units_of(value: Any, where: str) -> int:
    """The number of units of a layer, in multiples of the base unit."""
    if type(value) is not int or not 0 < value <= _MOST:
        raise _wrong(where, "it has no number of units")
    return value


@dataclass(frozen=True)
class ConvLayer:
    """What the fields of a layer say of its four convolutions: 0 and 1 follow each other, and 2 and
    3 beside them."""

    active: tuple[bool, ...]
    gate: tuple[bool, ...]
    dilation: tuple[Any, ...]
    activation: tuple[str, ...]
    kernel: tuple[Any, ...]
    groups: tuple[int, ...]

    @classmethod
    def read(cls, fields: Sequence[Any], where: str) -> ConvLayer:
        """A layer from its fields, in the order of the attributes.

        Raises:
            SmashError: E998, they are no layer's.
        """
        active, gate, dilation, activation, kernel, groups = fields
        flags = tuple(bool(each) for each in _list(active, _CONVS, "ops", where))
        gates = tuple(bool(each) for each in _list(gate, 2, "gates", where))
        places = _list(activation, _CONVS, "activations", where)
        if not all(type(place) is int and 0 <= place < len(_ACTIVATIONS) for place in places):
            raise _wrong(where, "it has an unknown activation")
        counts = _list(groups, _CONVS, "groups", where)
        if not all(type(count) is int and 0 < count <= _MOST for count in counts):
            raise _wrong(where, "its groups are no numbers")
        if not flags[0] or (flags[3] and not flags[1]) or any(
            on and not (flags[i] and flags[i + 2]) for i, on in enumerate(gates)
        ) or all(gates):  # fmt: skip
            raise _wrong(where, "its active convolutions are none of the code's options")
        dilations = _list(dilation, _CONVS, "dilations", where)
        kernels = _list(kernel, _CONVS, "kernels", where)
        return cls(
            flags, gates, tuple(_size(each, where) for each in dilations),
            tuple(_ACTIVATIONS[place] for place in places),
            tuple(_kernel(each, where) for each in kernels), tuple(counts),
        )  # fmt: skip

    @property
    def gated(self) -> bool:
        return any(self.gate)

    @property
    def varied(self) -> bool:
        """Whether an active convolution comes after something else than a relu."""
        return any(
            on and name != "relu" for on, name in zip(self.active, self.activation, strict=True)
        )

    def units(self, width: int) -> int:
        """The channels that it makes: half as many after a gate."""
        return width // 2 if self.gated else width

    def stages(self, squeeze: int, width: int) -> Chain:
        """The whole layer, whose first convolution has `squeeze` units."""
        first = (op("batch_norm"), op("relu"), conv(squeeze, 1), op("batch_norm"))
        return (*first, *self._convolutions(width))

    def _convolutions(self, width: int) -> Chain:
        if self.gate[0]:
            first = Combine("sum", (self._conv(0, width), self._conv(2, width)))
            return (first, _gate(width), *self._second(width // 2))
        if not self.active[2]:
            return (*self._conv(0, width), *self._second(width))
        left = (*self._conv(0, width), *(self._conv(1, width) if self.active[1] else ()))
        right = (*self._conv(2, width), *(self._conv(3, width) if self.active[3] else ()))
        return (Combine("sum", (left, right)), *((_gate(width),) if self.gate[1] else ()))

    def _second(self, width: int) -> Chain:
        """The second half, where the first gives one value."""
        if self.active[3]:
            both = Combine("sum", (self._conv(1, width), self._conv(3, width)))
            return (both, *((_gate(width),) if self.gate[1] else ()))
        return self._conv(1, width) if self.active[1] else ()

    def _conv(self, place: int, width: int) -> Chain:
        return (
            op(self.activation[place]),
            conv(width, self.kernel[place], self.dilation[place], self.groups[place]),
        )


def _gate(width: int) -> Combine:
    """`tanh` of the first half of the channels times `sigmoid` of the second; the code takes every
    other channel, which is the same but for the order of a convolution's filters."""
    half = width // 2
    parts = ((op("take", units=half, after=0), op("tanh")),
             (op("take", units=half, after=half), op("sigmoid")))  # fmt: skip
    return Combine("mul", parts)


def _list(value: Any, count: int, what: str, where: str) -> Sequence[Any]:
    if not isinstance(value, list) or len(value) != count:
        raise _wrong(where, f"it has not {count} {what}")
    return value


def _size(value: Any, where: str) -> Any:
    sizes = _list(value, 2, "sizes in each direction", where)
    if not all(type(size) is int and 0 < size <= _MOST for size in sizes):
        raise _wrong(where, "its sizes are no numbers")
    return sizes[0] if sizes[0] == sizes[1] else tuple(sizes)


def _kernel(value: Any, where: str) -> Any:
    size = _size(value, where)
    if any(each % 2 == 0 for each in (size if isinstance(size, tuple) else (size,))):
        raise _wrong(where, "it has an even kernel")
    return size


def _wrong(where: str, problem: str) -> SmashError:
    return fail("E998", f"the architecture is no program: {where}: {problem}")
