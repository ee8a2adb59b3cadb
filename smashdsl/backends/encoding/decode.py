"""An encoding tensor → the program it encodes.

Elaborates the space once more and answers each draw from the next slice that it would reach: what
has been elaborated so far says how many slices lie before it.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor

from smashdsl.backends.encoding.layout import Group, Layout
from smashdsl.backends.encoding.slices import mark_path
from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.elaborate.draws import Choice, Continuous, Subset
from smashdsl.elaborate.network import Elaborator
from smashdsl.elaborate.report import Report
from smashdsl.elaborate.run import Definition, Elaborated, finish, module_scope


def decode(tensor: Tensor, definition: Definition, layout: Layout) -> Elaborated:
    """The program whose encoding a tensor is.

    Args:
        tensor: `(1, C, H, W)`, as `encode` gives it.
        definition: the space it was encoded in.
        layout: of that space.

    Raises:
        SmashError: E608, the tensor encodes no program of this space.
    """
    if tensor.ndim != 4 or tuple(tensor.shape[:3]) != (1, layout.channels, layout.rows):
        raise _wrong(
            f"an encoding here is 1 x {layout.channels} x {layout.rows} x W, "
            f"but this is {' x '.join(map(str, tensor.shape))}"
        )
    chooser = _Reader(tensor[0, :, 0].T.tolist(), layout)
    elaborator = chooser.elaborator = Elaborator(
        Report(first_only=True), chooser, constants=definition.constants
    )
    program = elaborator.network(definition.network, module_scope(definition.module, elaborator))
    slices = max(chooser.slice_now(), 1)  # a program that owns none has an empty one
    if program is None or slices != tensor.shape[3]:
        raise _wrong("its slices do not end where the program ends")
    return finish(elaborator, program)


def _wrong(reason: str) -> SmashError:
    return SmashError(Diagnostic("E608", f"this tensor encodes no program of the space: {reason}"))


class _Reader:
    """A chooser that reads the first row of the slice at which elaboration has arrived."""

    elaborator: Elaborator

    def __init__(self, slices: list[list[float]], layout: Layout) -> None:
        self.slices = slices
        self.layout = layout
        self.seen = 0
        self.start = 0

    def slice_now(self) -> int:
        """The number of slices that belong to what has been elaborated."""
        marks = self.elaborator.marks
        while self.seen < len(marks):
            self.start += self._slices(marks[self.seen])
            self.seen += 1
        return self.start

    def _slices(self, mark: Any) -> int:
        widths = self.elaborator.generated.get(mark_path(mark), [])
        return sum(-(-channels // self.layout.depth) for channels in widths) or 1

    def _column(self) -> list[float]:
        now = self.slice_now()
        if now >= len(self.slices):
            raise _wrong("it has too few slices")
        return self.slices[now]

    def _group(self, path: str) -> Group | None:
        return self.layout.groups.get(self.elaborator.group_of(path))

    def choice(self, path: str, options: Choice) -> int:
        group, column = self._group(path), self._column()
        if group is None:
            raise _wrong(f"the space has no draw `{path}`")
        on = {
            group.labels[i] if not isinstance(group.labels[i], list) else tuple(group.labels[i])
            for i in range(group.size)
            if column[group.start + i] > 0
        }
        for index, label in enumerate(options.labels):
            key = tuple(label) if isinstance(label, list) else label
            if (key in on or f"#{index}" in on) and options.allowed(index):
                return index
        raise _wrong(f"no option of `{path}` is on")

    def continuous(self, path: str, options: Continuous) -> float:
        group, column = self._group(path), self._column()
        if group is None or group.interval is None:
            raise _wrong(f"the space has no draw `{path}`")
        return options.snap(group.interval.between((column[group.start] + 1) / 2))

    def subset(self, path: str, options: Subset) -> tuple[int, ...]:
        group, column = self._group(path), self._column()
        state = self.elaborator.state
        places = {bank.name: i for i, bank in enumerate(state.banks)} if state else {}
        numbers = [places[name] for name in options.labels]
        if group is None:
            first = self.layout.write(0) if ".write" in path else self.layout.read(0)
            chosen = tuple(i for i, n in enumerate(numbers) if column[first + n] > 0)
        else:
            on = {group.labels[i] for i in range(group.size) if column[group.start + i] > 0}
            chosen = tuple(i for i, n in enumerate(numbers) if n in on)
        if len(chosen) != options.size:
            raise _wrong(f"`{path}` needs {options.size} banks, and {len(chosen)} are on")
        return chosen
