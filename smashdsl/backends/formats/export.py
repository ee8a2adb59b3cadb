"""A program, its weights and a format → what is written, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from torch import Tensor

from smashdsl.backends.formats.fx_source import fx_source
from smashdsl.backends.formats.graphs import onnx_bytes, pt2_bytes
from smashdsl.backends.formats.weights import (
    State,
    network_of,
    passed_weights,
    safetensors_bytes,
    state_of,
)
from smashdsl.backends.module import build_module
from smashdsl.backends.source import export_source
from smashdsl.files import fail, write_atomic
from smashdsl.ir import Program
from smashdsl.passes import Passed, folded, simplified
from smashdsl.plan import Plan, build_plan

FORMATS = {"python": ".py", "onnx": ".onnx", "pt2": ".pt2", "fx": ".py"}
"""Each format with its files' suffix."""
TEXTS = ("python", "fx")
_FOLDED = (
    "Batch normalisation is folded into the weights of the layers before it: the network is meant "
    "for inference."
)


@dataclass(frozen=True)
class Export:
    """How a network is to leave.

    Attributes:
        to: one of `FORMATS`.
        simplify: leave out what changes nothing but cost; None does so except for `python`, whose
            file keeps all parameters of the program under their names.
        fold_bn: fold batch normalisation into the layers before it.
    """

    to: str = "python"
    simplify: bool | None = None
    fold_bn: bool = False

    def __post_init__(self) -> None:
        if self.to not in FORMATS:
            raise ValueError(f"there is no format {self.to!r}: choose from {', '.join(FORMATS)}")

    @property
    def suffix(self) -> str:
        return FORMATS[self.to]

    @property
    def simplifies(self) -> bool:
        return self.to != "python" if self.simplify is None else self.simplify

    @property
    def weights_beside(self) -> bool:
        """Whether weights are in a file of their own."""
        return self.to in TEXTS


@dataclass(frozen=True)
class Exported:
    """A network on its way out.

    Attributes:
        how: it leaves.
        original: the program, and its weights if there are any.
        passes: what was done to it, in order.
    """

    how: Export
    original: Program
    given: State | None
    passes: tuple[Passed, ...] = ()

    @property
    def program(self) -> Program:
        """What is exported."""
        return self.passes[-1].program if self.passes else self.original

    def through(self, state: Mapping[str, Tensor]) -> State:
        """Weights of the original program as those of the exported one."""
        state = dict(state)
        for passed in self.passes:
            state = passed_weights(passed, state)
        return state

    @cached_property
    def state(self) -> State | None:
        """The given weights of the exported program."""
        return None if self.given is None else self.through(self.given)

    @cached_property
    def plan(self) -> Plan:
        """Of the exported program."""
        return build_plan(self.program)

    @cached_property
    def original_plan(self) -> Plan:
        """Of the original program."""
        return build_plan(self.original)

    @cached_property
    def weights(self) -> State:
        """Those of the exported network: initial ones where none were given."""
        if self.state is None:
            return state_of(build_module(self.plan, seed=0))
        return self.state

    def content(self, weights_file: str | None = None) -> bytes:
        """The content of the file; `weights_file` is the name of the one beside it.

        Raises:
            SmashError: E832 or E906, the program cannot be Python; E914 or E915, it cannot be ONNX
                or PT2.
        """
        note = _FOLDED if self.how.fold_bn else ""
        if self.how.to == "python":
            source = export_source(self.program, weights_file=weights_file, note=note)
            return source.encode()
        if self.how.to == "fx":
            network = build_module(self.plan, init=False, inplace=False)
            source = fx_source(network, self.plan, weights_file=weights_file, note=note)
            return source.encode()
        write = onnx_bytes if self.how.to == "onnx" else pt2_bytes
        return write(network_of(self.plan, self.weights), self.program.input)

    def write(self, path: Path) -> tuple[bytes, Path | None]:
        """Write the file, and beside it the weights where the format keeps them apart and there are
        any; gives the file's content and the weights' path.

        Raises:
            SmashError: as `content`; E920 to E922, it cannot be written, or would be overwritten by
                its own weights.
        """
        if self.state is None or not self.how.weights_beside:
            content = self.content()
            write_atomic(path, content)
            return content, None
        beside = path.with_suffix(".safetensors")
        if beside == path:
            raise fail("E920", f"`{path}` would be overwritten by its weights",
                       "name a `.py` file")  # fmt: skip
        content = self.content(beside.name)
        write_atomic(beside, safetensors_bytes(self.state))
        write_atomic(path, content)
        return content, beside


def make(program: Program, how: Export, state: Mapping[str, Tensor] | None = None) -> Exported:
    """Prepare a network to leave.

    Args:
        program: a verified one.
        how: the format and the passes before.
        state: its weights by name, as of `state_of`. Without them, Python files come alone, and
            what must hold weights gets initial ones.

    Raises:
        ValueError: batch normalisation is to be folded into weights that are not given.
    """
    if how.fold_bn and state is None:
        raise ValueError("batch normalisation is folded into weights: give them")
    passes: list[Passed] = []
    for wanted, run in ((how.simplifies, simplified), (how.fold_bn, folded)):
        if wanted:
            passed = run(passes[-1].program if passes else program)
            passes += [passed] if passed.changed else []
    return Exported(how, program, None if state is None else dict(state), tuple(passes))
