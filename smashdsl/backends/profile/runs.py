"""Running a network node by node under a clock, and under a count of bytes.

A CPU has no counter of its own for the most memory that was held; torch's profiler tells of every
tensor's memory that its allocator gives and takes back, in order.
"""

from __future__ import annotations

import os
import time
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor
from torch.fx import GraphModule, Interpreter, Node
from torch.profiler import ProfilerActivity, record_function
from torch.profiler import profile as profiled

from smashdsl.backends.waiting import waiter

Place = Callable[[Node], str]
"""The layer that a node belongs to; the empty text for none."""
_NODE = "smashdsl.node "


def whole_seconds(network: GraphModule, images: Tensor) -> float:
    """The time of one pass, undisturbed."""
    wait = waiter(images.device)
    wait()
    start = time.perf_counter()
    network(images)
    wait()
    return time.perf_counter() - start


class _Watched(Interpreter):
    """Runs a network's nodes one by one; `around` is what runs each."""

    def __init__(
        self, network: GraphModule, around: Callable[[Node, Callable[[], Any]], Any]
    ) -> None:
        super().__init__(network)
        self._around = around

    def run_node(self, n: Node) -> Any:
        return self._around(n, lambda: super(_Watched, self).run_node(n))


def layer_seconds(network: GraphModule, images: Tensor, place: Place) -> dict[str, float]:
    """The time of each layer in one pass, in which the device is waited for after every node."""
    wait = waiter(images.device)
    seconds: dict[str, float] = defaultdict(float)

    def timed(node: Node, run: Callable[[], Any]) -> Any:
        wait()
        start = time.perf_counter()
        value = run()
        wait()
        seconds[place(node)] += time.perf_counter() - start
        return value

    _Watched(network, timed).run(images)
    return seconds


def layer_bytes(network: GraphModule, images: Tensor, place: Place) -> dict[str, int]:
    """The most memory that was held at once while each layer ran, beyond weights and images."""
    return (_gpu_bytes if images.device.type == "cuda" else _cpu_bytes)(network, images, place)


def _gpu_bytes(network: GraphModule, images: Tensor, place: Place) -> dict[str, int]:
    peaks: dict[str, int] = defaultdict(int)
    device = images.device
    before = torch.cuda.memory_allocated(device)

    def counted(node: Node, run: Callable[[], Any]) -> Any:
        torch.cuda.reset_peak_memory_stats(device)
        value = run()
        held = torch.cuda.max_memory_allocated(device) - before
        peaks[place(node)] = max(peaks[place(node)], held)
        return value

    _Watched(network, counted).run(images)
    return peaks


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch's profiler writes to standard error, which no setting turns off."""
    try:
        kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    except OSError:  # it is closed, or no more files may be opened
        yield
        return
    try:
        os.dup2(null, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def _cpu_bytes(network: GraphModule, images: Tensor, place: Place) -> dict[str, int]:
    nodes = list(network.graph.nodes)
    number = {node: i for i, node in enumerate(nodes)}

    def noted(node: Node, run: Callable[[], Any]) -> Any:
        with record_function(f"{_NODE}{number[node]}"):
            return run()

    activities = [ProfilerActivity.CPU]
    with _quiet(), profiled(activities=activities, profile_memory=True) as record:
        _Watched(network, noted).run(images)
    results = record.profiler.kineto_results
    events = sorted(results.events(), key=lambda event: event.start_ns())
    marks = [event for event in events if event.name().startswith(_NODE)]
    starts = [event.start_ns() for event in marks]
    where = [place(nodes[int(event.name().removeprefix(_NODE))]) for event in marks]
    peaks: dict[str, int] = defaultdict(int)
    held = running = 0
    for event in (event for event in events if event.name() == "[memory]"):
        now = bisect_right(starts, event.start_ns())
        for mark in range(running, now):  # what is held when a layer begins counts for it, too
            peaks[where[mark]] = max(peaks[where[mark]], held)
        running = now
        held += event.nbytes()
        if now:
            peaks[where[now - 1]] = max(peaks[where[now - 1]], held)
    return peaks
