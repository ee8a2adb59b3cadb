"""What can be left out of a chain of stages, and whether it gives zeros."""

from __future__ import annotations

from dataclasses import replace

from smashdsl.ir import Chain, Combine, Group, Op, Stage, all_ops, flat

# Without weights, and zero for zeros: whatever follows from nothing but these is zero as well.
_KEEP_ZERO = {
    "identity", "relu", "relu6", "leaky_relu", "gelu", "silu", "tanh", "avg_pool", "max_pool",
    "global_avg_pool", "channel_shuffle",
}  # fmt: skip
_RANDOM = ("dropout", "drop_path")


def simplified_chain(chain: Chain) -> Chain:
    """A chain without identities, drops that drop nothing, and branches that add zeros."""
    found: list[Stage] = []
    for stage in chain:
        if isinstance(stage, Group):
            stages = simplified_chain(stage.stages)
            found += [replace(stage, stages=stages)] if stages else []
        elif isinstance(stage, Combine):
            found += _combine(stage)
        elif not _does_nothing(stage):
            found.append(stage)
    return tuple(found)


def _does_nothing(op: Op) -> bool:
    return op.name == "identity" or (op.name in _RANDOM and op.attrs["p"] == 0)


def _combine(combine: Combine) -> Chain:
    """The stages that a combinator becomes: one of its branches, if no other one matters."""
    branches = tuple(map(simplified_chain, combine.branches))
    if combine.rule == "sum":
        branches = tuple(b for b in branches if not gives_zeros(b)) or branches[:1]
    if len(branches) == 1 and combine.rule != "shake":
        return branches[0]
    return (replace(combine, branches=branches),)


def gives_zeros(chain: Chain, of_zeros: bool = False) -> bool:
    """Whether a chain's output is known to be zero, and nothing else comes of running it.

    Args:
        chain: of any stages.
        of_zeros: whether zeros come in.
    """
    return _zeros(chain, of_zeros) and not _draws(chain)


def _zeros(chain: Chain, zeros: bool) -> bool:
    for stage in flat(chain):
        if isinstance(stage, Combine):
            zeros = all(_zeros(branch, zeros) for branch in stage.branches)
        else:
            zeros = stage.name == "zero" or (zeros and stage.name in _KEEP_ZERO)
    return zeros


def _draws(chain: Chain) -> bool:
    """Whether running a chain in training advances the generator."""
    shakes = any(
        isinstance(stage, Combine) and (stage.rule == "shake" or any(map(_draws, stage.branches)))
        for stage in flat(chain)
    )
    return shakes or any(op.name in _RANDOM for op in all_ops(chain))
