"""What is known of public data sets: where they are, and what they must look like.

Means and deviations are those of the training pixels in the unit interval, as they are commonly
published; where they are not given, those of the pixels read are used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Known:
    """One public set.

    `repository` is its name on the Hugging Face hub (None: it is not there in a form that can be
    read), `config` the part of the repository. `roles` are the splits to read where their names do
    not tell their use.
    """

    name: str
    repository: str | None
    shape: tuple[int, ...]
    classes: int
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    config: str | None = None
    label: str | None = None
    roles: Mapping[str, str] = field(default_factory=dict)


_SETS = (
    Known("cifar10", "uoft-cs/cifar10", (3, 32, 32), 10,
          (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)),
    Known("cifar100", "uoft-cs/cifar100", (3, 32, 32), 100,
          (0.5071, 0.4865, 0.4409), (0.2673, 0.2564, 0.2762), label="fine_label"),
    Known("mnist", "ylecun/mnist", (1, 28, 28), 10, (0.1307,), (0.3081,)),
    Known("fashion_mnist", "zalando-datasets/fashion_mnist", (1, 28, 28), 10,
          (0.2860,), (0.3530,)),
    Known("stl10", "tanganke/stl10", (3, 96, 96), 10,
          (0.4467, 0.4398, 0.4066), (0.2603, 0.2566, 0.2713)),
    # The labels of ImageNet's test images are not public: its validation images are the test set.
    Known("imagenet32", "benjamin-paine/imagenet-1k-32x32", (3, 32, 32), 1000,
          (0.4811, 0.4575, 0.4079), (0.2604, 0.2532, 0.2682),
          roles={"train": "train", "validation": "test"}),
    Known("tiny_imagenet", "zh-plus/tiny-imagenet", (3, 64, 64), 200,
          (0.4802, 0.4481, 0.3975), (0.2770, 0.2691, 0.2821)),
    Known("modelnet10", None, (1, 32, 32, 32), 10),
)  # fmt: skip

KNOWN: Mapping[str, Known] = {known.name: known for known in _SETS}
