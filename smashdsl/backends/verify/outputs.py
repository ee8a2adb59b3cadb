"""Whether two networks answered alike."""

from __future__ import annotations

from torch import Tensor

from smashdsl.backends.verify.isolated import another_network


def difference(actual: Tensor, expected: Tensor, tolerance: float, where: str = "") -> float:
    """The largest difference of an exported file's outputs from those of its network, relative to
    the largest output where that exceeds 1.

    Raises:
        SmashError: E908 the shapes differ, or the outputs by more than the tolerance; `where` says
            in which mode.
    """
    if actual.shape != expected.shape:
        shapes = f"{tuple(actual.shape)}, not {tuple(expected.shape)}"
        raise another_network(f"its output has the shape {shapes}")
    found = float((actual - expected).abs().max()) / max(1.0, float(expected.abs().max()))
    if not found <= tolerance:
        raise another_network(f"its outputs {where}differ by {found:.1e} from the network's")
    return found
