"""A few steps of ordinary training: that of modules, step by step."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.hypernet.calibrate import calibrate
from smashdsl.scoring.initial import initial_weights
from smashdsl.scoring.registry import make_scorer
from smashdsl.scoring.scorer import Context
from smashdsl.training.batches import Batches
from smashdsl.training.data import load_data
from smashdsl.training.evaluate import evaluate
from smashdsl.training.optimise import cosine, parameter_groups
from smashdsl.training.seeds import derive
from tests.hypernet.spaces import SHALLOW, space


def test_the_score_is_that_of_a_module_trained_alike() -> None:
    data, of = load_data("digits", limit=400), space(SHALLOW)
    program = of.sample(1)
    (value,) = make_scorer("sgd:4", Context(of, data, seed=5)).score([program])

    module = build_module(program.plan, init=False)
    module.load_state_dict(initial_weights(program.plan, 5), strict=False)
    groups = parameter_groups(module.parameters(), 0.1, 5e-4)
    optimizer = torch.optim.SGD(groups, momentum=0.9, nesterov=True)
    batches = Batches(data.train, 128, derive(5, "sgd"))
    for step in range(4):
        images, labels = batches[step]
        loss = functional.cross_entropy(module.train()(images), labels, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 5.0)
        for group in optimizer.param_groups:
            group["lr"] = 0.1 * cosine(step, 4, 0)
        optimizer.step()
    calibrate(module, data.train.images)
    score = evaluate(module, data.validation)
    assert value.score == pytest.approx(score.mean_log_likelihood, abs=1e-4)
    assert value.error == pytest.approx(score.error, abs=0.02)
    assert value.images == 4 * 128 + len(data.train) + len(data.validation)
    assert value.likelihoods is not None


def test_more_steps_are_better() -> None:
    data, of = load_data("digits", limit=400), space(SHALLOW)
    program = of.sample(0)
    few, more = (
        make_scorer(f"sgd:{steps}", Context(of, data)).score([program])[0] for steps in (1, 60)
    )
    assert more.score > few.score + 0.4
    assert more.error is not None
    assert few.error is not None
    assert more.error < few.error - 0.2


def test_a_programs_own_settings_count() -> None:
    data = load_data("digits", limit=400)
    scores = {}
    for train in ("", "train { lr = 0.001 }", "train { lr = 1000 momentum = 0 batch_size = 16 }"):
        made = smashdsl.loads(
            f"program p {{ input 1x8x8 classes 10 {train} stem {{ conv(8, 3) -> relu }} "
            "head { global_avg_pool -> linear(classes) } }"
        )
        assert isinstance(made, smashdsl.Program)
        (value,) = make_scorer("sgd:5", Context(made.space, data)).score([made])
        scores[train] = value
    usual, slow, wild = scores.values()
    assert slow.score < usual.score
    assert wild.score < slow.score
    assert usual.images - wild.images == 5 * (128 - 16)


def test_divergence_is_the_worst() -> None:
    made = smashdsl.loads(
        "program p { input 1x8x8 classes 10 stem { conv(8, 3) repeat 200 { sum { identity ; "
        "identity } } } head { global_avg_pool -> linear(classes) } }"
    )
    assert isinstance(made, smashdsl.Program)
    context = Context(made.space, load_data("digits", limit=400))
    (value,) = make_scorer("sgd:2", context).score([made])
    assert value.score == -torch.inf
    assert value.error == 1
