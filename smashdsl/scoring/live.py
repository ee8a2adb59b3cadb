"""Which steps of a plan lie on a path from the input to the output.

A path ends at a `zero`, through which nothing flows, and at a product with zeros. What a step gives
is looked at as a whole, not channel by channel.
"""

from __future__ import annotations

from collections.abc import Sequence

from smashdsl.plan import Plan, Step

ZERO, CONSTANT, LIVE = range(3)
"""What is known of a value, whatever the weights: that it is 0, or at least the same for all
inputs."""

# What these give is 0 where their inputs are; convolutions and linear layers unless they have a
# bias.
_KEEP_ZERO = {
    "relu", "relu6", "leaky_relu", "gelu", "silu", "tanh", "avg_pool", "max_pool",
    "global_avg_pool", "dropout", "drop_path", "channel_shuffle", "layer_scale", "shift",
    "squeeze_excite", "slice", "cat", "sum", "mean", "max", "mul", "shake", "attend",
}  # fmt: skip


def live_paths(plan: Plan) -> set[int]:
    """The indices of the steps on paths from the input to the output; none where the output is the
    same for all inputs."""
    kinds: list[int] = []
    for step in plan.steps:
        kinds.append(_kind(step, [kinds[index] for index in step.inputs]))
    live = {plan.output} if kinds[plan.output] == LIVE else set()
    for step in reversed(plan.steps):
        if step.index in live:
            live.update(index for index in step.inputs if kinds[index] == LIVE)
    return live


def _kind(step: Step, inputs: Sequence[int]) -> int:
    if step.op == "input":
        return LIVE
    if step.op == "zero" or (step.op == "mul" and ZERO in inputs):
        return ZERO
    if LIVE in inputs:
        return LIVE
    kept = step.op in _KEEP_ZERO or not step.attrs.get("bias", True)
    return ZERO if kept and set(inputs) == {ZERO} else CONSTANT
