"""What a run does in each step, and as plain data in its folder."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from smashdsl.hypernet.oneshot import OneShotSettings
from smashdsl.scoring.generated import STAGES
from smashdsl.training.fit import FitSettings
from smashdsl.training.ranges import require_range

INITS = ("fresh", "hypernet")
Settings = TypeVar("Settings")


@dataclass(frozen=True)
class RankSettings:
    """What to score: `random` programs of the space, then `proposed` ones of a `proposer`, all
    within limits (0 for none; latency in milliseconds).

    Every program is scored on the first of the `stages`' numbers of held-out images; the best of
    them, of which `keep` are looked for, on more; or all on all, where it is to be `exact`.
    """

    random: int = 100
    proposed: int = 50
    proposer: str = "perturb"
    keep: int = 10
    stages: tuple[int, ...] = STAGES
    exact: bool = False
    max_params: int = 0
    max_flops: int = 0
    max_latency: float = 0.0

    def __post_init__(self) -> None:
        require_range(self, "random keep", 1)
        require_range(self, "proposed max_params max_flops max_latency", 0)
        if not self.stages or min(self.stages) < 1:
            raise ValueError(f"stages are numbers of images from 1, not {self.stages}")


@dataclass(frozen=True)
class ConfirmSettings:
    """Which programs are trained for a short time before one is chosen: `top` promising ones, and
    `random` ones for comparison, for so many `epochs`. With a `top` of 0 the best of the ranking is
    chosen unseen."""

    top: int = 8
    random: int = 4
    epochs: int = 4

    def __post_init__(self) -> None:
        require_range(self, "top random", 0)
        require_range(self, "epochs", 1)


@dataclass(frozen=True)
class WinnerSettings(FitSettings):
    """How to train the winner. `init` says from which weights: `fresh` ones, or those that the
    `hypernet` generates for it, with which it was scored."""

    init: str = "fresh"

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.init not in INITS:
            raise ValueError(f"init is one of {', '.join(INITS)}, not {self.init!r}")


@dataclass(frozen=True)
class SearchSettings:
    """The settings of all steps; the seed of each is the run's."""

    train: OneShotSettings = field(default_factory=OneShotSettings)
    rank: RankSettings = field(default_factory=RankSettings)
    confirm: ConfirmSettings = field(default_factory=ConfirmSettings)
    fit: WinnerSettings = field(default_factory=WinnerSettings)

    def seeded(self, seed: int) -> SearchSettings:
        """The same with this seed in every step."""
        return SearchSettings(
            dataclasses.replace(self.train, seed=seed), self.rank, self.confirm,
            dataclasses.replace(self.fit, seed=seed),
        )  # fmt: skip


def preset(data: str) -> SearchSettings:
    """Settings that suit a data set: for `digits` a search of a minute or two, else a longer."""
    if data == "digits":
        fit = WinnerSettings(epochs=40, batch_size=64)
        short = ConfirmSettings(6, 3, epochs=6)
        return SearchSettings(OneShotSettings(steps=600), RankSettings(), short, fit)
    return SearchSettings(OneShotSettings(steps=5000), RankSettings(random=200))


class OtherSettings(ValueError):
    """Settings of another version; `found` and `known` are the names of its and of this one's."""

    def __init__(self, found: Iterable[str], known: Iterable[str], within: str = "") -> None:
        self.found, self.known = ([f"{within}{name}" for name in each] for each in (found, known))
        super().__init__(f"settings differ: {', '.join(sorted({*self.found} ^ {*self.known}))}")


def restored(kind: type[Settings], data: Any, within: str = "") -> Settings:
    """A settings object from what `dataclasses.asdict` made of it, after a way through JSON.

    Raises:
        OtherSettings: their names are others; `within` is put before them.
        ValueError: the data are not those of such settings.
    """
    if not isinstance(data, Mapping):
        raise ValueError(f"{data!r} are no settings")
    hints = get_type_hints(kind)
    if set(data) != set(hints):
        raise OtherSettings(data, hints, within)
    return kind(**{name: _value(hints[name], value, f"{within}{name}.")
                   for name, value in data.items()})  # fmt: skip


def _value(hint: Any, value: Any, within: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return restored(hint, value, within)  # type: ignore[arg-type]
    if isinstance(value, list):
        return tuple(value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and not (isinstance(value, hint) and type(value) is hint):
        raise ValueError(f"{value!r} is not of type {hint.__name__}")
    return value
