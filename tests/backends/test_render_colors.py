"""The palette: every kind can be told from every other, and read, by all who see it."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from smashdsl.backends.render.colors import INK, KINDS, fill, title

# Full colour-vision deficiencies as matrices on linear RGB (Machado, Oliveira, Fernandes 2009).
VISION = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(color: str) -> list[float]:
    channels = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(color: str) -> float:
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear(color), strict=True))


def lab(color: str, vision: str) -> tuple[float, float, float]:
    seen = (sum(m * c for m, c in zip(row, linear(color), strict=True)) for row in VISION[vision])
    r, g, b = (min(max(c, 0.0), 1.0) for c in seen)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089
    f = [t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.mark.parametrize("vision", VISION)
def test_kinds_differ_for_every_kind_of_vision(vision: str):
    for one, other in combinations(KINDS, 2):
        ends = lab(fill(one), vision), lab(fill(other), vision)
        distance = sum((a - b) ** 2 for a, b in zip(*ends, strict=True)) ** 0.5
        assert distance > 8, (one, other)


def test_the_usual_kinds_differ_in_greyscale():
    usual = ("conv", "norm", "activation", "pool", "linear", "combine", "identity")
    light = sorted(lab(fill(kind), "usual")[0] for kind in usual)
    assert min(b - a for a, b in pairwise(light)) > 3


def test_text_is_readable_on_every_colour():
    for kind in KINDS:
        assert (luminance(fill(kind)) + 0.05) / (luminance(INK) + 0.05) > 4.5, kind


def test_kinds_that_someone_registered():
    assert fill("my_kind") == KINDS["custom"].fill
    assert title("my_kind") == "my kind"
