"""How to train the weights of a space, and how to score with them."""

from __future__ import annotations

from dataclasses import dataclass, field

from smashdsl.hypernet.model import HyperNetSettings
from smashdsl.hypernet.proposals import KINDS, SANDWICH
from smashdsl.hypernet.supernet import CONTROLS
from smashdsl.training.ranges import require_range

ON_NAN = ("stop", "skip")
LARGEST = 1e30  # float32 overflows a little further on


@dataclass(frozen=True)
class OneShotSettings:
    """How to train the HyperNet and how to score with it. All that is left to chance comes from
    `seed`.

    A step runs `archs_per_step` architectures on the same `batch_size` images, as `proposals` says
    (`uniform`, `fair` or `sandwich`); with `teach` the first of them, the largest of a sandwich,
    teaches the others. `replicas` such groups, each with images and architectures of its own, make
    a step; they may run in as many processes. Gradients are averaged over all.

    `learning_rate` is that of the weights that are learned directly (of unit variance, so it is a
    relative one), `hypernet_rate` the HyperNet's: were it as high, the HyperNet would learn one
    filter for all architectures long before it could tell them apart. `warmup` is the share of the
    steps in which both rise before they fall as a cosine, `clip` the largest norm of the gradient,
    `filter_decay` pulls generated filters to zero. `average`, if not 0, is the decay of a moving
    average of all weights, which is then what scores.

    `control` replaces the HyperNet by shared weights (`shared`), or what it is told by a constant
    (`unconditional`). `on_nan` says what to do when a loss is not finite: `stop`, or `skip` the
    step (which ends training too, when it happens ten times in a row). `mixed_precision` uses
    bfloat16 on GPUs.

    Normalisation statistics of a network that is scored are those of `calibration` training images,
    the same for every architecture. Every `probe_every` steps (0: never) the
    held-out loss of `probes` fixed architectures on `probe_images` images is noted.
    """

    steps: int = 1000
    batch_size: int = 64
    archs_per_step: int = 1
    replicas: int = 1
    proposals: str = "uniform"
    teach: bool = False
    learning_rate: float = 0.1
    hypernet_rate: float = 1e-3
    weight_decay: float = 1e-2
    filter_decay: float = 0.0
    warmup: float = 0.05
    label_smoothing: float = 0.1
    clip: float = 1.0
    average: float = 0.0
    augment: bool = True
    mixed_precision: bool = True
    on_nan: str = "stop"
    control: str = "none"
    workers: int = 1
    calibration: int = 256
    probes: int = 4
    probe_every: int = 100
    probe_images: int = 256
    hypernet: HyperNetSettings = field(default_factory=HyperNetSettings)
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "archs_per_step", "replicas"):
            if getattr(self, name) < 1:
                unit = name.removesuffix("s") if name == "steps" else name
                raise ValueError(f"training needs at least 1 {unit}, not {getattr(self, name)}")
        for name in ("workers", "probes", "probe_every"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} cannot be negative, but is {getattr(self, name)}")
        require_range(self, "learning_rate hypernet_rate", 0, LARGEST, above=True)
        require_range(self, "clip", 0, above=True)
        require_range(self, "weight_decay filter_decay", 0, LARGEST)
        require_range(self, "warmup label_smoothing", 0, 1)
        require_range(self, "average", 0, 1, below=True)
        require_range(self, "calibration probe_images", 1)
        for name, known in (("proposals", KINDS), ("control", CONTROLS), ("on_nan", ON_NAN)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"{name} is one of {', '.join(known)}, not {getattr(self, name)!r}"
                )
        if self.proposals == "sandwich" and self.archs_per_step < SANDWICH:
            raise ValueError(
                f"a sandwich takes at least {SANDWICH} architectures in a step, "
                f"not {self.archs_per_step}"
            )
        if self.teach and self.archs_per_step < 2:
            raise ValueError("who teaches needs others: set archs_per_step to 2 or more")
