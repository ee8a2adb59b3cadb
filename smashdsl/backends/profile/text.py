"""A profile as a page of text."""

from __future__ import annotations

from smashdsl.backends.labels import shape_label
from smashdsl.backends.profile.measure import LayerProfile, Profile, Spread
from smashdsl.backends.summary.columns import columns

_NUMBERS = (3, 4, 5, 6, 7, 8, 9)
_NOISY = 0.1
_HEAD = ("layer", "operation", "output", "parameters", "FLOPs", "activations", "ms", "± half IQR",
         "share", "peak MB")  # fmt: skip


def profile_page(found: Profile) -> str:
    """A table of layers, the totals, and how far to trust them."""
    summary, costs = found.summary, found.summary.costs
    total = sum(layer.latency.median for layer in found.layers) + found.rest.median
    images = _number(found.batch, "image")
    threads = "" if found.device.startswith("cuda") else f", {_number(found.threads, 'thread')}"
    counts = [f"{n:,}" for n in (costs.params, costs.flops, costs.activations)]
    rows = [list(_HEAD), *(_row(layer, total) for layer in found.layers)]
    rows.append(["between layers", "", "", "", "", "", *_time(found.rest, total), ""])
    rows.append(["all, one by one", "", "", *counts, *_time(found.summed), _mb(found.memory)])
    rows.append(["undisturbed", "", "", "", "", "", *_time(found.whole), ""])
    return f"""{summary.name}: {images} of {shape_label(summary.input)} on {found.device}{threads}

{columns(rows, _NUMBERS, widest=48)}
{_quality(found)}
FLOPs (multiply-adds of convolutions and linear layers) and activations (their outputs) are for one
image, times and memory for {images}. Memory is what torch held at most, beyond weights and
images.
"""


def _row(layer: LayerProfile, total: float) -> list[str]:
    return [layer.name, layer.op, shape_label(layer.shape), f"{layer.params:,}",
            f"{layer.flops:,}", f"{layer.activations:,}", *_time(layer.latency, total),
            _mb(layer.memory)]  # fmt: skip


def _time(spread: Spread, total: float | None = None) -> list[str]:
    share = "" if not total else f"{spread.median / total:.1%}"
    half = (spread.upper - spread.lower) / 2
    return [f"{spread.median:.3f}", f"{half:.3f}", share]


def _mb(size: int) -> str:
    return f"{size / 1e6:.2f}"


def _quality(found: Profile) -> str:
    """What the spread says of the figures."""
    whole = found.whole
    spread = (whole.upper - whole.lower) / whole.median
    text = (
        f"Times are medians of {found.repeat} passes; half of the undisturbed ones took "
        f"{whole.lower:.3f} to {whole.upper:.3f} ms, the quickest {whole.least:.3f} ms."
    )
    if spread > _NOISY:
        text += (
            "\nThey are far apart: another program was busy, or more passes (--repeat) are needed."
        )
    return text


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"
