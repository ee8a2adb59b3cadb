"""The weights of operations over a whole space: largest shapes, and how many there may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from smashdsl.check.drawn import Drawn
from smashdsl.check.flow import Flow
from smashdsl.check.values import Failure, Interval, Table
from smashdsl.elaborate.attributes import normal
from smashdsl.ops import OpSpec
from smashdsl.ops.table import per_dimension
from smashdsl.plan import is_filter, weight_key

GENERATED = ""  # where `met` counts generated filters
Attributes = dict[str, Any]
Shape = tuple[int, ...]


class Weights(Drawn):
    """Notes the weights of what is walked.

    `met` counts the generated filters of a layer or section so far, and for each place with weights
    of its own how often its block or section has come by it.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.met: Counter[str] = Counter()

    def note_met(self) -> None:
        """Keep what has been counted, where it is the most so far."""
        found = self.findings
        found.positions = max(found.positions, self.met[GENERATED])
        for place, times in self.met.items():
            if place != GENERATED:
                found.times[place] = max(found.times.get(place, 0), times)

    def rank(self, shape: Flow) -> int:
        """The number of spatial dimensions."""
        return len(self.tables.possible(shape.spatial)[0])

    def weights_seen(
        self, spec: OpSpec, attrs: Attributes, weights: Any, shape: Flow, out: Flow, position: str
    ) -> None:
        """Note the largest shapes of an operation's tensors, and widths of generated filters."""
        sources, found = self._sources(spec, attrs, weights), self.findings
        place, others = f"{position}/{spec.name}", sources - {"own"}
        tensors = self._largest_slots(spec, attrs, shape)
        for name, (most, filters) in tensors.items():
            if "generated" in sources and filters:
                self._generated_seen(spec, attrs, weights, shape, out, place)
            if "shared" in sources or (others and not filters):
                largest(found.shared, weight_key(place, name), most)
            if "own" in sources:
                largest(found.own.setdefault(place, {}), name, most)
        if "own" in sources and tensors:
            self.met[place] += 1

    def _generated_seen(
        self, spec: OpSpec, attrs: Attributes, weights: Any, shape: Flow, out: Flow, place: str
    ) -> None:
        found = self.findings
        if weights is None:  # then none but those of 1x1 and without groups are generated
            attrs = {**attrs, "kernel": 1, "groups": 1}
        found.units |= self._widths(out.channels)
        for kernel in self._values(attrs["kernel"]) if "kernel" in attrs else ():
            found.kernels.add(per_dimension(kernel, self.rank(shape)))
        for most, filters in self._largest_slots(spec, attrs, shape).values():
            if filters:
                largest(found.generated, weight_key(place, "generated"), most)
        self.met[GENERATED] += 1

    def _largest_slots(
        self, spec: OpSpec, attrs: Attributes, shape: Flow
    ) -> dict[str, tuple[Shape, bool]]:
        """The largest shape of each tensor by name, and whether it is a filter."""
        entering, rank = int(self.tables.bounds(shape.channels)[1]), self.rank(shape)
        shapes: dict[str, Shape] = {}
        filters: set[str] = set()
        for some in self._extremes(attrs):
            for slot in spec.slots(entering, rank, some):
                largest(shapes, slot.name, slot.shape)
                filters |= {slot.name} if is_filter(slot) else set()
        return {name: (most, name in filters) for name, most in shapes.items()}

    def _extremes(self, attrs: Attributes) -> Iterator[Attributes]:
        """Attributes of which each is at one end of what it may be."""
        ends = {name: self._ends(value) for name, value in attrs.items()}
        for values in product(*ends.values()):
            yield dict(zip(ends, values, strict=True))

    def _ends(self, value: Any) -> list[Any]:
        if isinstance(value, Interval):
            return [int(value.low), int(value.high)]
        if not isinstance(value, Table):
            return [value]
        options = self.tables.possible(value)
        if len(options) < 3 or isinstance(options[0], str):
            return list(options)
        return [_joint(min, options), _joint(max, options)]

    def _sources(self, spec: OpSpec, attrs: Attributes, weights: Any) -> set[str]:
        """Where the weights of an operation may come from."""
        if weights is not None:
            return set(self.tables.possible(weights))
        if self.state is None:
            return {"own"}
        if spec.name != "conv":
            return {"shared"}
        both = [self._in_normal_form(attrs[name]) for name in ("kernel", "groups")]
        sources = {"generated"} if all(self.tables.may_be(value, 1) for value in both) else set()
        if any(isinstance(v, Interval) or self.tables.possible(v) != [1] for v in both):
            sources.add("shared")
        return sources

    def _in_normal_form(self, size: Any) -> Any:
        if isinstance(size, Interval):
            return size
        return self.tables.lift(lambda plain: normal({"size": plain})["size"], size, failed=_quiet)

    def _values(self, value: Any) -> Sequence[Any]:
        return self.tables.possible(value)

    def _widths(self, channels: Any) -> set[int]:
        """The widths that there may be; of an interval its ends, and 1 which divides all."""
        if isinstance(channels, Interval):
            return {1, int(channels.low), int(channels.high)}
        return {int(width) for width in self.tables.possible(channels)}


def _quiet(_: Failure) -> None:
    """What does not fit has been spoken of already."""


def largest(known: dict[str, Shape], key: str, shape: Shape) -> None:
    """Note a tensor's shape: the largest in each dimension is kept."""
    known[key] = tuple(map(max, known.get(key, shape), shape))


def _joint(end: Any, options: Sequence[Any]) -> Any:
    """The least or greatest of some values; of sizes, in each dimension."""
    ranks = {len(option) for option in options if isinstance(option, tuple)}
    if not ranks:
        return end(options)
    whole = [option if isinstance(option, tuple) else (option,) * max(ranks) for option in options]
    return tuple(map(end, zip(*whole, strict=True)))
