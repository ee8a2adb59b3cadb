"""Every network of the zoo has as many parameters as was published, to the digits printed."""

from __future__ import annotations

import re

import pytest
from zoo.specs import SPECS

import smashdsl
from smashdsl.zoo.entries import entries, entry

# What was printed of a network, and its exact number here. Where released implementations are known
# to have exactly that many, a comment says which.
PUBLISHED = {
    "convnext_t": ("28.6M", 28_589_128),  # torchvision
    "densenet_40_12": ("1.0M", 1_019_722),
    "densenet_bc_100_12": ("0.8M", 769_162),
    "densenet_bc_190_40": ("25.6M", 25_624_430),
    "densenet_bc_250_24": ("15.3M", 15_324_406),
    "efficientnet_b0_like": ("5.3M", 5_288_548),  # torchvision
    "nas_rl_v1": ("4.2M", 4_201_630),
    "resnet110_v1": ("1.7M", 1_727_962),
    "resnet164_v2": ("1.7M", 1_703_258),
    "resnet20_v1": ("0.27M", 269_722),
    "resnet56_v1": ("0.85M", 853_018),
    "shake_shake_26_2x96d": ("26.2M", 26_192_890),
    "vit_ti_like": ("5.7M", 5_681_320),
    "wide_resnet_16_8": ("11.0M", 10_961_370),
    "wide_resnet_28_10": ("36.5M", 36_479_194),
}
# Where the printed number is not what the layers have; their files say why.
OTHERS = {
    "fractalnet21": ("38.6M", 33_734_922),
    "mobilenet_v2": ("3.4M", 3_504_872),  # torchvision has exactly this
}
UNPUBLISHED = {
    "densenet_bc": 176_122,
    "fractalnet": 4_306_538,
    "metaqnn_cifar10": 1_993_482,
    "resnet20": 295_418,
    "voxel_resnet": 146_850,
}


def printed(name: str) -> str:
    """The published number that a file states."""
    found = re.match(r"([\d.]+M) parameters", entry(name).published or "")
    assert found is not None, name
    return found[1]


def params(name: str) -> int:
    program = smashdsl.load(SPECS / f"{name}.smash")
    assert isinstance(program, smashdsl.Program)
    return program.costs.params


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_those_published(name: str) -> None:
    number, exact = PUBLISHED[name]
    assert printed(name) == number
    assert params(name) == exact
    digits = len(number.partition(".")[2].rstrip("M"))
    assert f"{exact / 10**6:.{digits}f}M" == number


@pytest.mark.parametrize("name", OTHERS)
def test_other_counts_are_explained(name: str) -> None:
    number, exact = OTHERS[name]
    assert printed(name) == number
    assert params(name) == exact
    assert f"{exact / 10**6:.1f}M" in entry(name).about + str(entry(name).published)


@pytest.mark.parametrize("name", UNPUBLISHED)
def test_counts_of_the_rest(name: str) -> None:
    assert entry(name).published is None
    assert params(name) == UNPUBLISHED[name]


def test_every_program_has_a_count() -> None:
    programs = [each.name for each in entries() if each.kind == "program"]
    assert sorted([*PUBLISHED, *OTHERS, *UNPUBLISHED]) == sorted(programs)


def test_layers_of_the_zoo_are_counted_as_in_their_names() -> None:
    depths = {"resnet20_v1": 20, "resnet56_v1": 56, "resnet110_v1": 110, "resnet164_v2": 164,
              "densenet_40_12": 40, "densenet_bc_100_12": 100, "fractalnet21": 21,
              "shake_shake_26_2x96d": 26}  # fmt: skip
    for name, depth in depths.items():
        program = smashdsl.load(SPECS / f"{name}.smash")
        assert isinstance(program, smashdsl.Program)
        assert program.costs.depth == depth, name
