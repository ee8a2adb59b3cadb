"""The parts of a training step: batches, augmentation, optimisers, scores."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training.augment import NONE, Augmentation, usual
from smashdsl.training.batches import Batches
from smashdsl.training.data import Dataset, Split
from smashdsl.training.evaluate import evaluate, evaluating
from smashdsl.training.optimise import cosine, descend, parameter_groups, set_factor


def numbered(count: int) -> Split:
    return Split(torch.arange(count, dtype=torch.float32)[:, None], torch.arange(count))


def test_every_epoch_is_another_order_of_all_examples() -> None:
    batches = Batches(numbered(12), 4, seed=0)
    assert batches.per_epoch == 3
    epochs = [torch.cat([batches[3 * e + i][1] for i in range(3)]).tolist() for e in range(3)]
    assert all(sorted(epoch) == list(range(12)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    images, labels = batches[4]
    assert images[:, 0].tolist() == labels.tolist()


def test_batches_depend_on_seed_and_step_alone() -> None:
    one, two = Batches(numbered(50), 8, seed=3), Batches(numbered(50), 8, seed=3)
    forwards = [one[step][1].tolist() for step in range(15)]
    backwards = [two[step][1].tolist() for step in reversed(range(15))]
    assert forwards == backwards[::-1]
    assert forwards[0] != Batches(numbered(50), 8, seed=4)[0][1].tolist()
    assert Batches(numbered(5), 64, seed=0).per_epoch == 1
    with pytest.raises(ValueError, match="at least 1"):
        Batches(numbered(5), 0, seed=0)


def slow_shift(image: Tensor, offsets: list[int], reach: int) -> Tensor:
    out = torch.zeros_like(image)
    for place in torch.cartesian_prod(*[torch.arange(n) for n in image.shape[1:]]).reshape(
        -1, image.ndim - 1
    ):
        source = [int(p) + o - reach for p, o in zip(place, offsets, strict=True)]
        if all(0 <= s < n for s, n in zip(source, image.shape[1:], strict=True)):
            out[(slice(None), *place.tolist())] = image[(slice(None), *source)]
    return out


@pytest.mark.parametrize("spatial", [(9,), (5, 7), (3, 4, 5)])
def test_shift_agrees_with_a_slow_loop(spatial: tuple[int, ...]) -> None:
    images = torch.randn(4, 2, *spatial, generator=torch.Generator().manual_seed(0))
    shifted = Augmentation(shift=1)(images, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    offsets = [torch.randint(3, (4,), generator=generator).tolist() for _ in spatial]
    for index in range(4):
        expected = slow_shift(images[index], [axis[index] for axis in offsets], 1)
        assert torch.equal(shifted[index], expected)
    assert not torch.equal(shifted, images)


def test_mirror_turns_some_images_round() -> None:
    images = torch.arange(60.0).view(20, 1, 3)
    mirrored = Augmentation(mirror=True)(images, torch.Generator().manual_seed(0))
    same = (mirrored == images).all(2).all(1)
    turned = (mirrored == images.flip(-1)).all(2).all(1)
    assert (same ^ turned).all()
    assert 3 < same.sum() < 17


@pytest.mark.parametrize("spatial", [(9,), (5, 7), (3, 4, 5)])
def test_cutout_hides_a_square_that_may_stick_out(spatial: tuple[int, ...]) -> None:
    images = torch.ones(400, 2, *spatial)
    cut = Augmentation(cutout=2)(images, torch.Generator().manual_seed(0))
    assert (cut[:, 0] == cut[:, 1]).all()
    hidden = cut[:, 0] == 0
    sizes = {int(count) for count in hidden.flatten(1).sum(1)}
    assert min(sizes) >= 1
    assert max(sizes) == 2 ** len(spatial)
    assert hidden.any(0).all()  # every pixel at some time
    for axis in range(1, 1 + len(spatial)):
        others = [each for each in range(1, 1 + len(spatial)) if each != axis]
        extent = (hidden.any(others) if others else hidden).sum(1)
        assert set(extent.tolist()) == {1, 2}


def test_what_is_cut_comes_after_the_rest() -> None:
    """So that images are shifted and mirrored alike with and without."""
    images = torch.randn(8, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    plain = Augmentation(1, mirror=True)(images, torch.Generator().manual_seed(1))
    cut = Augmentation(1, mirror=True, cutout=3)(images, torch.Generator().manual_seed(1))
    assert ((cut == plain) | (cut == 0)).all()
    assert (cut != plain).any()


def dataset(shape: tuple[int, ...], name: str = "x") -> Dataset:
    split = Split(torch.zeros(2, *shape), torch.tensor([0, 1]))
    return Dataset(name, split, split, split, ("a", "b"), (0.0,), (1.0,), 0)


def test_usual_augmentation() -> None:
    assert usual(dataset((1, 8, 8), "digits")) == NONE
    assert usual(dataset((3, 32, 32))) == Augmentation(4, mirror=True)
    assert usual(dataset((3, 32, 32)), 1 / 16) == Augmentation(2, mirror=True)
    assert usual(dataset((3, 32, 32)), cutout=3 / 8) == Augmentation(4, mirror=True, cutout=12)
    assert usual(dataset((2, 128))) == Augmentation(16, mirror=False)
    assert usual(dataset((1, 32, 32, 16))) == Augmentation(2, mirror=True)
    assert usual(dataset((1, 28, 28), "mnist")) == Augmentation(3, mirror=False)
    images = torch.zeros(2, 3)
    assert NONE(images, torch.Generator()) is images


def test_learning_rate_over_time() -> None:
    rates = [cosine(step, 100, 10) for step in range(100)]
    assert rates[:10] == pytest.approx([(i + 1) / 10 for i in range(10)])
    assert rates[9:] == sorted(rates[9:], reverse=True)
    assert rates[54] == pytest.approx(0.5, abs=0.02)
    assert 0 < rates[-1] < 0.001
    assert cosine(0, 1, 0) == 0.5


def test_only_filters_decay_and_only_trained_ones_move() -> None:
    module = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2))
    module[2].weight.requires_grad_(False)
    groups = parameter_groups(module.parameters(), 0.5, 0.01)
    decays = {group["weight_decay"]: [p.ndim for p in group["params"]] for group in groups}
    assert decays == {0.01: [2], 0.0: [1, 1, 1, 1]}
    optimizer = torch.optim.SGD(groups)
    set_factor(optimizer, 0.1)
    assert [group["lr"] for group in optimizer.param_groups] == [0.05, 0.05]


def test_gradient_is_clipped() -> None:
    weight = nn.Parameter(torch.tensor([3.0, 4.0]))
    optimizer = torch.optim.SGD([weight], lr=1.0)
    assert descend((weight * torch.tensor([30.0, 40.0])).sum(), optimizer, 0.5, 0) == 250.0
    assert torch.allclose(weight.detach(), torch.tensor([2.7, 3.6]))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_divergence_is_an_error_and_changes_nothing(value: float) -> None:
    weight = nn.Parameter(torch.ones(1))
    with pytest.raises(SmashError) as error:
        descend((weight * value).sum(), torch.optim.SGD([weight], lr=1.0), 1.0, 6)
    assert error.value.diagnostics[0].code == "E942"
    assert "step 7" in error.value.diagnostics[0].message
    assert weight.item() == 1.0


def test_score_by_hand() -> None:
    logits = torch.tensor([[0.0, 0.0], [math.log(3), 0.0], [0.0, math.log(3)]])
    split = Split(logits, torch.tensor([0, 0, 0]))
    for batch_size in (1, 2, 500):
        score = evaluate(lambda x: x, split, batch_size)
        values = torch.tensor([0.5, 0.75, 0.25]).double().log()
        assert score.mean_log_likelihood == pytest.approx(values.mean().item())
        assert score.stderr == pytest.approx(values.std().item() / math.sqrt(3))
        assert score.error == pytest.approx(1 / 3)
        assert score.accuracy == pytest.approx(2 / 3)
        assert score.n == 3


def test_score_of_what_is_not_finite() -> None:
    split = Split(torch.full((2, 2), math.nan), torch.tensor([0, 1]))
    score = evaluate(lambda x: x, split)
    assert (score.mean_log_likelihood, score.error) == (-math.inf, 1.0)


def test_evaluating_restores_the_mode() -> None:
    module = nn.Dropout()
    with evaluating(module):
        assert not module.training
    assert module.training
