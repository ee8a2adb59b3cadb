"""Statistics of batch normalisation for scoring."""

from __future__ import annotations

import torch
from torch import nn

from smashdsl.hypernet.calibrate import calibrate

IMAGES = torch.randn(10, 3, 4, 4, generator=torch.Generator().manual_seed(0)) * 3 + 1


def test_statistics_are_those_of_the_images() -> None:
    norm = nn.BatchNorm2d(3)
    norm(torch.full((4, 3, 2, 2), 100.0))
    calibrate(norm, IMAGES)
    flat = IMAGES.transpose(0, 1).flatten(1)
    assert torch.allclose(norm.running_mean, flat.mean(1), atol=1e-5)
    assert torch.allclose(norm.running_var, flat.var(1), rtol=1e-5)
    assert not norm.training
    assert norm.momentum == 0.1


def test_batches_count_alike() -> None:
    norm = nn.BatchNorm2d(3)
    calibrate(norm, IMAGES, batch_size=4)
    parts = [IMAGES[a:b].transpose(0, 1).flatten(1) for a, b in ((0, 4), (4, 7), (7, 10))]
    mean = torch.stack([part.mean(1) for part in parts]).mean(0)
    assert torch.allclose(norm.running_mean, mean, atol=1e-5)
    assert norm.num_batches_tracked == 3


def test_repeating_changes_nothing_and_chance_is_off() -> None:
    module = nn.Sequential(
        nn.Dropout(0.5), nn.BatchNorm2d(3), nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2)
    )
    calibrate(module, IMAGES)
    first = {name: value.clone() for name, value in module.state_dict().items()}
    calibrate(module, IMAGES)
    assert all(torch.equal(first[name], value) for name, value in module.state_dict().items())
    assert not any(part.training for part in module.modules())


def test_modules_without_batch_normalisation_are_not_run() -> None:
    module = nn.Linear(1, 1)
    calibrate(module, IMAGES)
    assert not module.training
