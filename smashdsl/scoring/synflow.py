"""Synaptic flow (Tanaka et al. 2020; as a score of architectures: Abdelfattah et al. 2021)."""

from __future__ import annotations

import math
from dataclasses import replace

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from smashdsl.api import Program
from smashdsl.backends.module import Function
from smashdsl.plan import Plan, Step
from smashdsl.scoring.initial import fixed_filters, initial_weights
from smashdsl.scoring.scorer import Context
from smashdsl.scoring.value import Value

NORMS = {"batch_norm", "layer_norm", "group_norm"}


class Synflow:
    """The logarithm of the sum of |w dR/dw| over all trained weights w.

    R is the sum of the outputs for one image of ones, with the absolute values of the initial
    weights and without normalisation. All is computed in float64; a sum beyond its range, which
    takes some 200 convolutions in a row, counts as one of outputs that are not finite. A network
    whose output ignores its input has minus infinity.
    """

    def __init__(self, context: Context) -> None:
        self._seed, self._device = context.seed, context.device

    def __call__(self, program: Program) -> Value:
        """The value of a program."""
        total = synaptic_flow(program.plan, self._seed, self._device)
        return Value(math.log(total) if 0 < total < math.inf else -math.inf)


def synaptic_flow(plan: Plan, seed: int, device: torch.device | str = "cpu") -> float:
    """The sum of |w dR/dw|; 0, or not finite, where a network has none."""
    made = initial_weights(plan, seed, device)
    weights = {name: weight.double().abs_() for name, weight in made.items()}
    fixed = fixed_filters(plan)
    trained = [weight.requires_grad_() for name, weight in weights.items() if name not in fixed]
    ones = torch.ones(1, *plan.program.input, dtype=torch.float64, device=device)
    # Faster kernels of attention compute their softmax anew for gradients, which scores of this
    # size make infinite.
    with sdpa_kernel(SDPBackend.MATH):
        response = Function(without_norms(plan))(ones, weights, training=False).sum()
        if not response.requires_grad:
            return 0.0
        gradients = torch.autograd.grad(response, trained, allow_unused=True)
    flows = [
        (weight.detach() * gradient).abs().sum()
        for weight, gradient in zip(trained, gradients, strict=True)
        if gradient is not None
    ]
    return float(sum(flows))


def without_norms(plan: Plan) -> Plan:
    """The plan with every normalisation left out."""
    steps: list[Step] = []
    moved: dict[int, int] = {}
    for step in plan.steps:
        inputs = tuple([moved[index] for index in step.inputs])
        if step.op in NORMS:
            moved[step.index] = inputs[0]
        else:
            moved[step.index] = len(steps)
            steps.append(replace(step, index=len(steps), inputs=inputs))
    return replace(plan, steps=tuple(steps), output=moved[plan.output])
