"""The defects of SMASH's released code, one test for each, that would fail on it.

Two more are proven elsewhere: `test_export` compares scored with exported networks in every space
of the corpus, and the winner's retest belongs to the search.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from pathlib import Path

import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor

import smashdsl
from smashdsl.hypernet.architecture import Architecture, prepare
from smashdsl.hypernet.bodies import DenseNetSettings, GraphSettings
from smashdsl.hypernet.model import HyperNet, HyperNetSettings, filters_of
from smashdsl.hypernet.oneshot import OneShotSettings, train_hypernet
from smashdsl.hypernet.supernet import Supernet
from smashdsl.training.data import Dataset, Split, load_data
from smashdsl.training.seeds import derive
from tests.hypernet.spaces import MIXED, TINY, space

SMALL = HyperNetSettings(graph=GraphSettings(width=16, heads=2, layers=1))
QUICK = OneShotSettings(steps=4, batch_size=16, calibration=64, workers=0, hypernet=SMALL)

# The paper's op: a bottleneck that may be wider than the layer, branches that may be missing,
# kernels, dilations and groups.
FOUR_CONVS = """
space four {
  input 1x8x8
  classes 10
  encoding { unit = 4  compression = 2 }
  op four_convs(units, active, kernel, groups) {
    let squeeze = min(max(channels // units, 1), 4) * units
    conv(squeeze, 1) -> relu -> sum {
      relu -> conv(units, kernel[0], groups=groups[0])
           -> (relu -> conv(units, kernel[1], groups=groups[1])) if active[1] ;
      (relu -> conv(units, kernel[0])) if active[0]
    }
  }
  stem { conv(12, 3) }
  block {
    banks b[8] of 4
    repeat 2..5 {
      read some(one_of(1..count(written)), written)
        -> four_convs(4 * one_of(1, 2), one_of([0, 0], [0, 1], [1, 0], [1, 1]),
                      [one_of(1, 3, 5) for _ in 0..1], [one_of(1, 2, 4) for _ in 0..1])
        -> write some(2, written, fresh(1))
    }
  }
  head { norm -> relu -> global_avg_pool -> linear(classes) }
}
"""


@pytest.fixture(scope="module")
def digits() -> Dataset:
    return load_data("digits", limit=300)


def on(of: smashdsl.Space, architecture: Architecture, stretch: int) -> set[str]:
    """The names of the channels of `c` that are on in a stretch."""
    names = [channel.name for channel in of.layout.table()]
    return {names[i] for i in (architecture.entries[stretch] > 0).nonzero()[0]}


@pytest.mark.parametrize("body", ["graph", "densenet"])
def test_filters_are_not_truncated(body: str) -> None:
    """There: filters of at most k * N units, where the bottleneck rule asks for twice as many."""
    of = space(FOUR_CONVS)
    settings = dataclasses.replace(SMALL, body=body, densenet=DenseNetSettings(4, 3, (2,)))
    net = HyperNet(of.layout, settings, 0)
    sizes = set()
    for seed in range(12):
        program = of.sample(seed)
        for name, weight in filters_of(prepare(program), *net([prepare(program)])).items():
            assert tuple(weight.shape) == program.plan.slots[name].shape
            assert weight.unique().numel() == weight.numel(), "no part is repeated or empty"
            sizes.add(len(weight))
    assert max(sizes) > 8, "some bottleneck is wider than the widest layer"


def test_active_branches_are_encoded() -> None:
    """There: the bits are written -1 over -1, so never."""
    of = space(FOUR_CONVS)
    program = next(p for p in map(of.sample, range(30)) if len(p.ir.blocks[0].layers) > 2)
    (path,) = {path for path in program.genome if "layer[1]" in path and "active" in path}
    seen = []
    for active in ([0, 0], [0, 1], [1, 0], [1, 1]):
        other = of.rebuild({**program.genome, path: active})
        entries = prepare(other).entries
        seen.append(entries.tobytes())
        assert of.decode(other.encode().tensor).genome[path] == active
    assert len(set(seen)) == 4


def test_groups_are_encoded_as_they_are() -> None:
    """There: the field is off by one."""
    of = space(FOUR_CONVS)
    found = set()
    for seed in range(20):
        program = of.sample(seed)
        architecture = prepare(program)
        for token, stretch in enumerate(program.encode().stretches):
            if not stretch.owner.startswith("blocks"):
                continue
            number = stretch.owner.split(".")[-1]
            for path, value in program.genome.items():
                if f"layer[{number}]" in path and "groups" in path:
                    place = path.rsplit("[", 1)[-1]
                    told = {n.rsplit("=", 1)[1] for n in on(of, architecture, token)
                            if "groups" in n and n.split("=")[0].endswith(f"[{place}")}  # fmt: skip
                    assert told == {str(value)}
                    found.add(value)
    assert found == {1, 2, 4}


def test_encodings_do_not_move_while_training(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There: fields move while the largest kernel is annealed, so that `c` depends on the step."""
    seen: list[Architecture] = []
    generate = Supernet.generate

    def noted(self: Supernet, architectures: list[Architecture]) -> list[dict[str, Tensor]]:
        seen.extend(architectures)
        return generate(self, architectures)

    monkeypatch.setattr(Supernet, "generate", noted)
    train_hypernet(space(TINY), digits, dataclasses.replace(QUICK, steps=6, probe_every=0))
    fresh = space(TINY)
    assert len(seen) == 6
    for number, architecture in enumerate(seen):
        expected = prepare(fresh.sample(derive(0, "architecture", number)))
        assert architecture.hash == expected.hash
        assert (architecture.entries == expected.entries).all()
        assert (architecture.widths == expected.widths).all()


def test_kernels_and_widths_have_channels_of_their_own() -> None:
    """A larger kernel or width elsewhere moves nothing."""
    of = space(TINY)
    program = next(p for p in map(of.sample, range(30)) if len(p.ir.blocks[1].layers) > 1)
    path = next(p for p in program.genome if p.startswith("block[1].layer[1]") and "kernel" in p)
    one, two = (prepare(of.rebuild({**program.genome, path: value})) for value in (3, 5))
    owners = [stretch.owner for stretch in program.encode().stretches]
    for token, owner in enumerate(owners):
        changed = (one.entries[token] != two.entries[token]).sum()
        assert changed == (2 if owner == "blocks.1.layers.1" else 0)


def test_reads_stay_in_their_own_slices() -> None:
    """There: they spill into the slices of the next op."""
    of = space(FOUR_CONVS)
    for seed in range(20):
        program = of.sample(seed)
        architecture = prepare(program)
        for token, stretch in enumerate(program.encode().stretches):
            told = {n for n in on(of, architecture, token) if n.startswith(("read[", "write["))}
            expected = set()
            if stretch.owner.startswith("blocks"):
                layer = program.ir.blocks[0].layers[int(stretch.owner.split(".")[-1])]
                expected = {f"read[{i}]" for i in layer.reads}
                expected |= {f"write[{i}]" for i in layer.writes}
            assert told == expected
        tensor = program.encode().tensor[0, : of.layout.banks]
        start = 0
        for token, stretch in enumerate(program.encode().stretches):
            stop = start + stretch.slices
            column = torch.from_numpy(architecture.entries[token][: of.layout.banks])
            assert (tensor[:, 0, start:stop] == column[:, None]).all()
            start = stop
        assert start == tensor.shape[2]


@pytest.mark.parametrize("text", [TINY, MIXED, FOUR_CONVS])
def test_norms_and_activations_stand_where_the_export_has_them(
    tmp_path: Path, digits: Dataset, text: str
) -> None:
    """There: the network that is scored and the one that is trained are different functions."""
    of = space(text)
    net = Supernet(of.layout, SMALL, 0)
    program = of.sample(4)
    network = net.network(program, digits.train.first(64).images)
    program.export(tmp_path / "exported.py", network)
    spec = importlib.util.spec_from_file_location("exported", tmp_path / "exported.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with torch.no_grad():
        theirs = module.load().eval()(digits.validation.images)
        assert torch.allclose(network(digits.validation.images), theirs, rtol=1e-5, atol=1e-5)


def test_statistics_are_a_candidates_own(digits: Dataset) -> None:
    """There: averages over the random architectures of training, never made anew."""
    of = space(TINY)
    run = train_hypernet(of, digits, QUICK)
    assert not [name for name in run.supernet.state_dict() if "running" in name]
    network = run.network(of.sample(3))
    images = digits.train.first(64).images
    inputs: dict[str, Tensor] = {}
    for name, part in network.named_modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.register_forward_pre_hook(
                lambda _, args, name=name: inputs.update({name: args[0].detach().clone()})
            )
            part.train()
            part.momentum = 0.0  # uses the batch's statistics, keeps those that it has
    with torch.no_grad():
        network(images)
    assert inputs
    for name, value in inputs.items():
        part = network.get_submodule(name)
        flat = value.transpose(0, 1).flatten(1)
        assert torch.allclose(part.running_mean, flat.mean(1), atol=1e-4)
        assert torch.allclose(part.running_var, flat.var(1), rtol=1e-3, atol=1e-5)


def test_a_score_is_not_a_throw_of_dice(digits: Dataset) -> None:
    """There: new noise for the HyperNet at each score."""
    of = space(MIXED)  # with dropout in its head
    run = train_hypernet(of, digits, QUICK)
    program = of.sample(5)
    scores = []
    for noise in range(3):
        torch.manual_seed(noise)
        before = torch.random.get_rng_state()
        scores.append(run.score(program))
        assert torch.equal(torch.random.get_rng_state(), before)
    assert scores[0] == scores[1] == scores[2]


def test_gain_does_not_depend_on_width() -> None:
    """There: filters are divided by their norms, so that wide layers are quieter."""
    text = FOUR_CONVS.replace("12, 3", "64, 3").replace("b[8] of 4", "b[64] of 4")
    text = text.replace("squeeze, 1", "4 * one_of(1, 4, 16), 1")
    of = space(text)
    net = HyperNet(of.layout, SMALL, 0)
    gains: dict[tuple[int, int], list[float]] = {}
    for seed in range(40):
        architecture = prepare(of.sample(seed))
        for weight in filters_of(architecture, *net([architecture])).values():
            x = torch.randn(256, weight.shape[1], generator=torch.Generator().manual_seed(seed))
            out = x @ weight.flatten(1).t()
            wide = (weight.shape[0] > 8, weight.shape[1] > 24)
            gains.setdefault(wide, []).append(out.var().item())
    assert len(gains) == 4
    means = [sum(values) / len(values) for values in gains.values()]
    assert max(means) < 1.35 * min(means)


def test_channels_that_do_not_divide_are_kept(digits: Dataset) -> None:
    """There: input channels that do not fill a slice are dropped."""
    of = space(FOUR_CONVS)
    net = Supernet(of.layout, SMALL, 0)
    odd = 0
    for seed in range(12):
        program = of.sample(seed)
        for name, weight in net(program).items():
            if name not in {place.slot for place in program.encode().generated}:
                continue
            odd += weight.shape[1] % of.layout.depth != 0
            assert (weight != 0).all()
            network = program.module()
            part = network.get_submodule(name.removesuffix(".weight"))
            assert part.in_channels == weight.shape[1]
    assert odd > 5


def test_held_out_examples_are_not_the_last_tenth() -> None:
    """There: the last tenth of the training set ranks, chooses, and has the last word."""
    pixels = load_digits().images.astype("uint8")
    rows = {image.tobytes(): row for row, image in enumerate(pixels)}

    def of(data: Dataset, role: str) -> set[int]:
        return {rows[image.numpy().tobytes()] for image in getattr(data, role).pixels}

    data, other = load_data("digits"), load_data("digits", seed=1)
    parts = {role: of(data, role) for role in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) == len(set().union(*parts.values())) == len(rows)
    for role in ("validation", "test"):
        last = sum(row >= 0.9 * len(pixels) for row in parts[role]) / len(parts[role])
        assert 0.03 < last < 0.2
        assert parts[role] != of(other, role)
    shares = [(split.labels.bincount(minlength=10) / len(split)).tolist()
              for split in (data.train, data.validation, data.test)]  # fmt: skip
    assert (
        max(abs(a - b) for part in shares[1:] for a, b in zip(shares[0], part, strict=True)) < 0.01
    )


def test_scores_see_validation_images_alone(digits: Dataset) -> None:
    blind = dataclasses.replace(
        digits, test=Split(torch.full_like(digits.test.images, math.nan), digits.test.labels)
    )
    of = space(TINY)
    assert train_hypernet(of, blind, QUICK).score(of.sample(1)) == train_hypernet(
        of, digits, QUICK
    ).score(of.sample(1))


@pytest.mark.parametrize("text", [TINY, MIXED, FOUR_CONVS])
def test_parameters_are_counted_right(text: str, tmp_path: Path) -> None:
    """There: ten thousand off."""
    of = space(text)
    for seed in range(5):
        program = of.sample(seed)
        module = program.module()
        assert program.costs.params == sum(p.numel() for p in module.parameters())
        weights = Supernet(of.layout, SMALL, 0)(program)
        assert program.costs.params == sum(weight.numel() for weight in weights.values())
