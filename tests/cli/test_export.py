"""`export` of a file in each format; of a run, see `test_search`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

import smashdsl
from smashdsl.backends.formats import graphs
from tests.cli.tools import Run

SUFFIX = {"onnx": "onnx", "pt2": "pt2"}
ZEROS = """\
program zeros {
  input 3x8x8
  classes 4
  stem { conv(8, 3) }
  block {
    bank x of 8
    bank y of 8
    read x -> zero -> write x
    read x -> relu -> conv(8, 3) -> norm -> write x
    read x -> conv(8, 3) -> write y
    leave x
  }
  head { global_avg_pool -> linear(classes) }
}
"""


@pytest.fixture
def zeros(tmp_path: Path) -> Path:
    path = tmp_path / "zeros.smash"
    path.write_text(ZEROS)
    return path


@pytest.fixture
def weights(zeros: Path, tmp_path: Path) -> Path:
    path = tmp_path / "given.safetensors"
    save_file(smashdsl.load(zeros).module(3).state_dict(), path)
    return path


def test_python_keeps_all_unless_told_otherwise(
    run: Run, zeros: Path, weights: Path, tmp_path: Path
) -> None:
    path = tmp_path / "net.py"
    shown = run("export", zeros, "-o", path, "--load", weights, "--json").stdout
    assert json.loads(shown) == {
        "program": "zeros", "hash": smashdsl.load(zeros).hash, "file": str(path),
        "weights": str(path.with_suffix(".safetensors")),
    }  # fmt: skip
    assert load_file(path.with_suffix(".safetensors")).keys() == load_file(weights).keys()
    plain = path.read_text()
    shown = run("export", zeros, "-o", path, "--load", weights, "--simplify", "--json").stdout
    assert json.loads(shown)["parameters"] == [1420, 844]
    assert len(path.read_text()) < len(plain)


def test_folded_weights(run: Run, zeros: Path, weights: Path, tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    shown = run("export", zeros, "-o", path, "--load", weights, "--simplify", "--fold-bn").stdout
    assert shown == f"zeros: wrote {path} and {path.with_suffix('.safetensors')}\n"
    assert not [name for name in load_file(path.with_suffix(".safetensors")) if "norm" in name]
    assert "Batch normalisation is folded" in path.read_text()


@pytest.mark.slow
@pytest.mark.parametrize("to", ["python", "onnx", "pt2", "fx"])
def test_every_format_is_proved(
    run: Run, zeros: Path, weights: Path, tmp_path: Path, to: str
) -> None:
    args = ("export", zeros, "--to", to, "-o", tmp_path / f"net.{SUFFIX.get(to, 'py')}")
    shown = run(*args, "--load", weights, "--simplify", "--fold-bn", "--verify").stdout
    assert "\nverified: " in shown
    assert "the passes before moved outputs by at most" in shown


def test_the_suffix_names_the_format(run: Run, zeros: Path, tmp_path: Path) -> None:
    path = tmp_path / "net.pt2"
    assert run("export", zeros, "-o", path).stdout == (
        f"zeros: wrote {path}, with initial weights\n"
    )
    assert path.read_bytes()[:2] == b"PK"
    assert "def graph_module" in run("export", zeros, "--to", "fx").stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--to", "onnx", "-o", "net.py"), "is no name for a file of `--to onnx`: .py means"),
        (("--to", "python", "-o", "net.onnx"), ".onnx means onnx"),
        (("--fold-bn",), "no weights to fold: give them with --load"),
        (("--weights", "fitted"), "holds no weights"),
    ],
)
def test_wrong_use(run: Run, zeros: Path, args: tuple[str, ...], said: str) -> None:
    shown = run("export", zeros, *args, code=2).stderr
    assert said in " ".join(shown.split())
    assert {path.suffix for path in zeros.parent.iterdir()} == {".smash"}


def test_a_run_has_its_own_weights(run: Run, tmp_path: Path) -> None:
    shown = run("export", tmp_path, "--load", "w.safetensors", code=2).stderr
    assert "A run has weights of its own" in shown


def test_weights_that_do_not_fit(run: Run, net: Path, weights: Path) -> None:
    shown = run("export", net, "--load", weights, code=1).stderr
    assert shown.startswith(f"error[E909]: `{weights}` does not hold the weights")


def test_without_the_extra(
    run: Run, net: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs, "find_spec", lambda name: None)
    shown = run("export", net, "-o", tmp_path / "net.onnx", code=1).stderr
    assert "error[E914]: ONNX needs the package `onnx`" in shown
    assert "install smashdsl with its extra `onnx`" in shown
    assert not (tmp_path / "net.onnx").exists()
