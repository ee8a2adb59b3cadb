"""Settings by name."""

from __future__ import annotations

import re

import pytest

from smashdsl.search.changes import changed, flat, keys, parse_pair, written
from smashdsl.search.settings import SearchSettings

PARTS = ("train", "rank", "confirm", "fit")


def test_every_setting_has_a_key_and_survives_being_written():
    values = flat(SearchSettings())
    assert values.keys() == keys().keys()
    assert "train.hypernet.densenet.layers" in values
    assert not any(key.endswith("seed") for key in values)
    for key, value in values.items():
        assert parse_pair(f"{key}={written(value)}", PARTS) == (key, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("train.warmup=1", 1.0),
        ("train.augment=False", False),
        ("train.hypernet.densenet.layers=8,10,4", (8, 10, 4)),
        ("rank.random = 7", 7),
        ("fit.optimizer=adamw", "adamw"),
    ],
)
def test_values_have_the_type_of_their_setting(text: str, value: object):
    key, found = parse_pair(text, PARTS)
    assert found == value
    assert type(found) is type(value)
    assert flat(changed(SearchSettings(), {key: found}))[key] == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train.warmpu=1", "no setting `train.warmpu` here; did you mean `train.warmup`?"),
        ("warmup=1", "did you mean `train.warmup` or `fit.warmup`?"),
        ("train.graph.width=1", "did you mean `train.hypernet.graph.width`?"),
        ("train.hypernet=1", "there are train.hypernet.body, train.hypernet.graph.width, "),
        ("train.seed=1", "no setting `train.seed`"),
        ("rubbish", "there are train.steps, "),
        ("train.steps", "needs a value: train.steps=VALUE"),
        ("train.steps=1e3", "`train.steps` is a whole number, not `1e3`"),
        ("train.steps=", "`train.steps` is a whole number, not ``"),
        ("train.warmup=much", "`train.warmup` is a number, not `much`"),
        ("train.warmup=nan", "`train.warmup` is a finite number, not `nan`"),
        ("train.augment=1", "`train.augment` is true or false, not `1`"),
        ("train.hypernet.densenet.layers=4,x", "whole numbers with commas in between, not `4,x`"),
    ],
)
def test_what_is_no_setting(text: str, said: str):
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_pair(text, PARTS)


def test_only_some_parts_may_be_meant():
    with pytest.raises(ValueError, match=r"no setting `train.steps` here; there are rank.random, "):
        parse_pair("train.steps=3", ("rank",))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("train.steps", 0),
        ("train.workers", -1),
        ("train.learning_rate", 0.0),
        ("train.warmup", 1.5),
        ("train.average", 1.0),
        ("train.clip", 0.0),
        ("train.filter_decay", -1.0),
        ("train.probe_images", 0),
        ("train.teach", True),
        ("train.proposals", "sandwich"),
        ("train.on_nan", "hope"),
        ("train.hypernet.body", "mlp"),
        ("train.hypernet.gain", 0.0),
        ("train.hypernet.graph.heads", 5),
        ("train.hypernet.graph.width", 0),
        ("train.hypernet.densenet.growth", 0),
        ("train.hypernet.densenet.layers", ()),
        ("rank.random", 0),
        ("rank.proposed", -1),
        ("rank.stages", ()),
        ("rank.stages", (0, 5)),
        ("rank.keep", 0),
        ("rank.max_latency", -1.0),
        ("confirm.top", -1),
        ("confirm.epochs", 0),
        ("fit.epochs", 0),
        ("fit.optimizer", "adam"),
        ("fit.momentum", 1.0),
        ("fit.label_smoothing", 2.0),
        ("fit.init", "warm"),
    ],
)
def test_ranges(key: str, value: object):
    with pytest.raises(ValueError, match=r"\w+ .*(not|divide|set)"):
        changed(SearchSettings(), {key: value})
