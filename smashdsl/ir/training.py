"""The settings of a `train { … }` part: how a network is trained by itself, as one table.

Nothing of the network depends on them; what trains it takes those that it knows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MOST = 2**20


@dataclass(frozen=True)
class TrainSetting:
    """One setting: a whole number (`count`) or any number from `least` to `most`. The ends belong
    to the range unless they are `open`: `(`, `)` or both."""

    name: str
    summary: str
    least: float
    most: float
    open: str = ""
    count: bool = False

    @property
    def range(self) -> str:
        """What it may be, in words."""
        least = f"above {self.least:,}, up" if "(" in self.open else f"from {self.least:,}"
        most = f"below {self.most:,}" if ")" in self.open else f"{self.most:,}"
        return f"a {'whole ' * self.count}number {least} to {most}"

    def checked(self, value: Any) -> float:
        """A value in normal form: an int for counts, else a float.

        Raises:
            ValueError: it is no such number; the message says what it must be.
        """
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(self.range)
        low = value > self.least if "(" in self.open else value >= self.least
        high = value < self.most if ")" in self.open else value <= self.most
        if not (low and high) or (self.count and value != int(value)):
            raise ValueError(self.range)
        return int(value) if self.count else float(value) + 0.0  # which makes -0.0 be 0.0


TRAIN_SETTINGS: dict[str, TrainSetting] = {
    setting.name: setting
    for setting in (
        TrainSetting("lr", "the greatest learning rate", 0, 1_000, open="("),
        TrainSetting("weight_decay", "the factor of the weights' decay", 0, 1_000),
        TrainSetting("momentum", "the share of the last step that is kept", 0, 1, open=")"),
        TrainSetting("drop_path", "the chance of dropping a layer's value", 0, 1, open=")"),
        TrainSetting("dropout", "the chance of dropping a value before the head", 0, 1, open=")"),
        TrainSetting("label_smoothing", "the share spread over all classes", 0, 1),
        TrainSetting("warmup", "the share of the steps in which `lr` is reached", 0, 1),
        TrainSetting("batch_size", "examples in a step", 1, MOST, count=True),
        TrainSetting("epochs", "passes over the examples", 1, MOST, count=True),
    )
}
