"""From a hand-written network's own names to the names of slots."""

from __future__ import annotations

from collections.abc import Iterable

from torch import Tensor, nn


def by_slot(network: nn.Module, slots: Iterable[str]) -> dict[str, Tensor]:
    """The network's state under the names of `slots`.

    Its modules with parameters of their own are matched one to one, in order, with the modules
    to which the slots belong; buffers come along.
    """
    paths = list(dict.fromkeys(slot.rpartition(".")[0] for slot in slots))
    leaves = [module for module in network.modules() if list(module.parameters(recurse=False))]
    return {
        f"{path}.{name}": tensor
        for path, leaf in zip(paths, leaves, strict=True)
        for name, tensor in (
            *leaf.named_parameters(recurse=False),
            *leaf.named_buffers(recurse=False),
        )
    }
