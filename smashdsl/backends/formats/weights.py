"""The weights of a network on their way out: read, renamed after a pass, folded, written."""

from __future__ import annotations

import os
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from smashdsl.backends.module import build_module
from smashdsl.files import fail, read_bytes
from smashdsl.passes import Fold, Passed
from smashdsl.plan import Plan

State = dict[str, Tensor]
_EPS = 1e-5  # of every batch normalisation


def state_of(network: nn.Module) -> State:
    """A network's parameters and buffers, each in memory of its own."""
    return {name: t.detach().cpu().contiguous() for name, t in network.state_dict().items()}


def network_of(plan: Plan, state: Mapping[str, Tensor], dtype: torch.dtype | None = None,
               ) -> torch.fx.GraphModule:  # fmt: skip
    """The network of a plan with these weights, in evaluation; nothing is overwritten in it."""
    network = build_module(plan, init=False, dtype=dtype, inplace=False)
    network.load_state_dict(state)
    return network.eval()


def safetensors_bytes(state: Mapping[str, Tensor]) -> bytes:
    """The content of a safetensors file."""
    from safetensors.torch import save

    return save(dict(state))


def read_weights(path: str | os.PathLike[str], plan: Plan) -> State:
    """The weights of a plan's network from a safetensors file, where no code can hide.

    Raises:
        SmashError: E923 it cannot be read, E909 it holds no weights, or those of another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        state = load(read_bytes(path))
    except (SafetensorError, ValueError) as error:
        raise _unfit(path, f"it is no safetensors file ({error})") from error
    expected = build_module(plan, init=False).state_dict()
    missing, added = sorted({*expected} - {*state}), sorted({*state} - {*expected})
    if missing or added:
        name = (missing or added)[0]
        raise _unfit(path, f"it {'lacks' if missing else 'adds'} `{name}`")
    for name, tensor in expected.items():
        if state[name].shape != tensor.shape:
            shapes = f"{tuple(state[name].shape)}, not {tuple(tensor.shape)}"
            raise _unfit(path, f"its `{name}` has the shape {shapes}")
    return state


def _unfit(path: str | os.PathLike[str], reason: str) -> Exception:
    return fail("E909", f"`{path}` does not hold the weights of this network: {reason}")


def passed_weights(passed: Passed, state: Mapping[str, Tensor]) -> State:
    """The weights after a pass, by their new names; those that nothing needs are left behind.

    Args:
        passed: what the pass did.
        state: the weights before it.
    """
    now = {old: new for new, old in passed.paths.items()}
    folded = _folded(passed.folds, state)
    found: State = {}
    for name, tensor in {**state, **folded}.items():
        owner = _owner(name, now)
        if owner is not None:
            found[now[owner] + name[len(owner) :]] = tensor
    return found


def _owner(name: str, paths: Mapping[str, str]) -> str | None:
    """The path among these under which a tensor is named."""
    owner = name.rpartition(".")[0]
    while owner and owner not in paths:
        owner = owner.rpartition(".")[0]
    return owner or None


def _folded(folds: tuple[Fold, ...], state: Mapping[str, Tensor]) -> State:
    """Weights and biases that do what was normalised after them, computed in float64."""
    found: State = {}
    for into, norm in folds:
        mean, variance, gain, shift = (
            state[f"{norm}.{name}"].double()
            for name in ("running_mean", "running_var", "weight", "bias")
        )
        weight = state[f"{into}.weight"]
        scale = gain / torch.sqrt(variance + _EPS)
        bias = state[f"{into}.bias"].double() if f"{into}.bias" in state else 0.0
        scaled = weight.double() * scale.reshape(-1, *[1] * (weight.ndim - 1))
        found[f"{into}.weight"] = scaled.to(weight.dtype)
        found[f"{into}.bias"] = ((bias - mean) * scale + shift).to(weight.dtype)
    return found
