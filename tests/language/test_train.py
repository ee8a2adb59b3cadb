"""The `train` part: what its settings may be, where it may stand, and what its draws reach."""

from __future__ import annotations

import pytest
import torch
from language.texts import checked, facts, findings, only, program, space

import smashdsl
from smashdsl import Program, Space
from smashdsl.ir import TRAIN_SETTINGS, content_hash, verify

BODY = """
  let strong = chance(0.5)
  train {
    lr = log_uniform(1e-3, 1)  weight_decay = 10 * log_uniform(1e-5, 1e-2)
    momentum = one_of(0, 0.9)  drop_path = uniform(0, 0.3) if strong else 0
    epochs = 2 * one_of(10, 20)  batch_size = 128
  }
  stem { conv(4, 3) }
  block { bank x of 4 repeat 1..3 { read x -> conv(4, one_of(1, 3)) -> write x } }
  transition { conv(4, 1, weights=generated) }
"""


def bare(found: Program) -> Program:
    """A program from its printed text, without the genome in its last line."""
    read = smashdsl.loads(found.text.partition("# genome")[0])
    assert isinstance(read, Program)
    return read


# Values -----------------------------------------------------------------------------------------


def test_values_are_numbers_in_normal_form_and_may_use_lets() -> None:
    found = program(
        "let base = 0.2 * 0.5  train { lr = base  warmup = 1  epochs = 8.0  dropout = -0.0 }"
    )
    assert found.train == {"lr": 0.1, "warmup": 1.0, "epochs": 8, "dropout": 0.0}
    assert [type(value) for value in found.train.values()] == [float, float, int, float]
    assert str(found.train["dropout"]) == "0.0"
    assert program("train { }").train == program("").train == {}


@pytest.mark.parametrize("name", TRAIN_SETTINGS)
def test_ends_of_ranges(name: str) -> None:
    known = TRAIN_SETTINGS[name]
    for end, is_open in ((known.least, "(" in known.open), (known.most, ")" in known.open)):
        wrong = ["E303"] if is_open else []
        assert findings(f"train {{ {name} = {end} }}") == wrong
        assert findings(f"train {{ {name} = one_of({end}) }}", "space") == wrong
    for value in (known.least - 1, known.most + 1):
        found = only(f"train {{ {name} = {value} }}")
        assert found.code == "E303"
        assert f"`{name}` must be {known.range}, but this is {value}" in found.message


@pytest.mark.parametrize("value", ["true", "[0.1]", "relu", "3x3", "generated"])
def test_values_that_are_no_numbers(value: str) -> None:
    assert findings(f"train {{ lr = {value} }}") == ["E303"]
    assert findings(f"train {{ lr = one_of({value}, 0.1) }}", "space") == ["E303"]


def test_counts_are_whole() -> None:
    assert findings("train { epochs = 2.5 }") == ["E303"]
    assert findings("train { batch_size = uniform(8, 64) }", "space") == ["E303"]


def test_unknown_settings() -> None:
    found = only("train { learning_rate = 0.1 }")
    assert (found.code, "`weight_decay`" in facts(found)) == ("E308", True)
    assert "did you mean `momentum`?" in facts(only("train { momentun = 0.9 }"))
    assert "did you mean `unit`?" in facts(only("encoding { units = 8 }"))


def test_all_mistakes_of_a_part_are_found() -> None:
    assert sorted(findings("train { lr = 0 momentum = 1 ephocs = 3 warmup = widht }")) == [
        "E201", "E303", "E303", "E308",
    ]  # fmt: skip


# Proofs over all draws --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "code", "shows"),
    [
        ("lr = log_uniform(0, 1)", "E603", ""),
        ("momentum = uniform(0, 1)", "E303", "momentum = 1.0"),
        ("lr = uniform(0, 1)", "E303", "lr = 0.0"),
        ("momentum = uniform(0, 1) if chance(0.5) else 0.5", "W601", ""),
        ("momentum = one_of(0.9: 1, 1: 1e-9)", "E303", "momentum = 1"),
        ("lr = 0.1 * (one_of(1, 2, 3) - one_of(1: 1e-9, 0: 1))", "E303", ""),
        ("warmup = one_of(0.1, 1.5) if false else 0.5", "", ""),
        ("label_smoothing = uniform(0, 1)", "", ""),
        ("lr = log_uniform(1e-4, 1)", "", ""),
        ("momentum = one_of(0.9: 1, 1: 0)", "W603", ""),
    ],
)  # fmt: skip
def test_ranges_are_proved(setting: str, code: str, shows: str) -> None:
    found = checked(f"""
      space s {{ input 2x8 train {{ {setting} }} head {{ global_avg_pool -> linear(2) }} }}""")
    assert [diagnostic.code for diagnostic in found] == ([code] if code else [])
    if shows:
        assert f"some draws make it so: {shows}" in facts(found[0])


def test_ends_of_draws_are_proved_for_arguments_of_operations_too() -> None:
    found = only("stem { dropout(uniform(0, 1)) }", "space")
    assert found.code == "E303"
    assert "some draws make it so: p = 1.0" in facts(found)


def test_a_program_may_not_draw() -> None:
    assert findings("train { lr = log_uniform(1e-3, 1) }") == ["E601"]


# Places -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("train { lr = 1 } train { lr = 1 }", ["E144"]),
        ("train { lr = 1 lr = 2 }", ["E144"]),
        ("encoding { unit = 4 unit = 8 }", ["E144"]),
        ("if true { train { lr = 1 } }", ["E146"]),
        ("stem { train { lr = 1 } }", ["E146"]),
        ("stem { relu } train { lr = 1 }", ["E205"]),
        ("repeat 2 { transition { relu } } train { lr = 1 }", ["E205"]),
        ("train lr = 1", ["E126"]),
        ("train { let lr = 1 }", None),
        ("train { lr 0.1 }", None),
    ],
)
def test_misplaced_or_malformed(body: str, codes: list[str] | None) -> None:
    found = findings(body)
    assert found == codes if codes is not None else found and found[0].startswith("E1")


def test_an_open_brace_is_reported_where_it_is() -> None:
    found = checked("""
program p {
  input 2x8
  train {
    lr = 0.1
  stem { relu }
  head { global_avg_pool }
}
""")
    assert [(d.code, d.span and d.span.line) for d in found] == [("E101", 4)]


def test_train_stays_a_keyword_and_is_suggested() -> None:
    assert findings("let train = 3") == ["E105"]
    assert "did you mean `train`?" in facts(only("trains { lr = 0.1 }"))


# Identity ---------------------------------------------------------------------------------------


def test_settings_belong_to_the_hash_and_a_network_without_them_keeps_its_own() -> None:
    plain, one = program(""), program("train { lr = 1  epochs = 2 }")
    assert program("train { epochs = 2.0 ; lr = 1.0 }").hash == one.hash
    assert len({plain.hash, one.hash, program("train { lr = 1 epochs = 3 }").hash}) == 3
    assert content_hash(plain.ir) == program("train { }").hash
    verify(one.ir)


def test_printed_programs_are_read_back_and_found_again() -> None:
    drawn = space(BODY)
    for seed in range(12):
        made = drawn.sample(seed)
        read = bare(made)
        assert (read.hash, read.train) == (made.hash, made.train)
        assert bare(read).text == read.text
        assert drawn.rebuild(drawn.genome_of(read)).hash == made.hash
        assert torch.equal(drawn.adopt(read).encode().tensor, made.encode().tensor)


def test_programs_with_other_settings_are_not_in_the_space() -> None:
    drawn = space(BODY)
    made = drawn.sample(0)

    def changed(old: str, new: str) -> bool:
        text = made.text.partition("# genome")[0]
        assert old in text
        found = smashdsl.loads(text.replace(old, new))
        assert isinstance(found, Program)
        return drawn.contains(found)

    assert changed("batch_size = 128", "batch_size = 128.0")
    assert not changed("batch_size = 128", "batch_size = 64")
    assert not changed("batch_size = 128", "")
    assert not changed("batch_size = 128", "batch_size = 128  warmup = 0.1")
    assert not changed(f"lr = {made.train['lr']}", "lr = 2.0")
    assert changed(f"lr = {made.train['lr']}", "lr = 0.5")
    assert not space("train { lr = 1 }").contains(program(""))
    assert not space("").contains(program("train { lr = 1 }"))


def test_mutations_and_neighbours_change_settings() -> None:
    drawn = space("train { lr = one_of(0.1, 0.2, 0.3)  momentum = uniform(0, 0.9) }")
    made = drawn.sample(0)
    assert drawn.size.exact == 3
    assert {p.train["lr"] for p in drawn.neighbours(made)} == {0.1, 0.2, 0.3} - {made.train["lr"]}
    mutants = [drawn.mutate(made, seed) for seed in range(12)]
    assert all(mutant.train != made.train for mutant in mutants)
    assert {"lr", "momentum"} <= {
        name for mutant in mutants for name in made.train if mutant.train[name] != made.train[name]
    }


# The encoding -----------------------------------------------------------------------------------


def test_every_slice_says_what_is_drawn_for_training() -> None:
    drawn = space(BODY)
    made = drawn.sample(3)
    layout, tensor = drawn.layout, made.encode().tensor
    rate = layout.groups["train.lr"]
    assert rate.interval is not None
    level = 2 * rate.interval.fraction(made.train["lr"]) - 1
    assert torch.allclose(tensor[0, rate.start, 0], torch.tensor(level))
    momentum = layout.groups["train.momentum"]
    on = tensor[0, momentum.start : momentum.start + momentum.size, 0]
    assert (on.sum(0) == 0).all()  # one of two is on


def test_encodings_are_read_back_and_differ_where_settings_do() -> None:
    drawn = space(BODY)
    seen: dict[bytes, str] = {}
    for seed in range(40):
        made = drawn.sample(seed)
        tensor = made.encode().tensor
        assert drawn.decode(tensor).genome == made.genome
        key = str(tuple(tensor.shape)).encode() + tensor.numpy().tobytes()
        assert seen.setdefault(key, made.hash) == made.hash


def test_a_space_of_settings_alone_has_a_slice_for_them() -> None:
    drawn = space("train { lr = log_uniform(1e-6, 10) }", input="2x8")
    for seed in range(30):
        made = drawn.sample(seed)
        assert drawn.decode(made.encode().tensor).train == made.train


def test_settings_that_are_not_drawn_leave_the_encoding_as_it_is() -> None:
    body = "stem { conv(4, one_of(1, 3)) }"
    plain, settled = space(body), space(f"train {{ lr = 0.1 }} {body}")
    assert plain.layout.hash == settled.layout.hash
    assert torch.equal(plain.sample(1).encode().tensor, settled.sample(1).encode().tensor)


def test_requirements_and_other_draws_are_as_without_settings() -> None:
    body = "stem { conv(4 * one_of(1, 2, 3), 3) } require params <= 100"
    plain, drawn = space(body), space(f"train {{ lr = uniform(0.1, 1) }} {body}")
    assert isinstance(drawn, Space)
    for seed in range(6):
        made = drawn.sample(seed)
        genome = {path: v for path, v in made.genome.items() if not path.startswith("train.")}
        assert genome == plain.sample(seed).genome
