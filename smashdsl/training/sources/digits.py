"""scikit-learn's handwritten digits, which need no download."""

from __future__ import annotations

import numpy as np

from smashdsl.training.sources.source import Part, Source, optional

NAME = "digits"


def read_digits() -> Source:
    """1,797 digits of 8x8 pixels, grey levels 0 to 16.

    Raises:
        SmashError: E938 scikit-learn is not installed.
    """
    bunch = optional("sklearn.datasets", "scikit-learn").load_digits()
    pixels = bunch.images.astype(np.uint8)[:, None]
    part = Part(bunch.target.astype(np.int64), lambda rows, _: pixels[rows])
    return Source(NAME, {"train": part}, tuple("0123456789"))
