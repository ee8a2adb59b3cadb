"""The study `transfer` from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import smashdsl
from smashdsl.cli import main
from smashdsl.diagnostics.diagnostic import SmashError

SPACE = """
space small {
  input 1x8x8
  classes 10
  stem { conv(4 * one_of(1, 2), 3) }
  head { global_avg_pool -> linear(classes) }
  require flops <= 10k
}
"""


def test_a_moved_network_need_not_meet_requirements() -> None:
    home = smashdsl.loads(SPACE)
    assert isinstance(home, smashdsl.Space)
    genome = home.sample(0).genome
    large = home.fitted_to((1, 32, 32), 10)
    with pytest.raises(SmashError) as caught:
        large.rebuild(genome)
    assert caught.value.diagnostics[0].code == "E703"
    assert large.rebuild(genome, required=False).costs.flops > 10_000


@pytest.mark.parametrize(
    ("to", "code"),
    [("nowhere.npz", "E930"), ("digits?size=3", "E951"), ("large.npz", "E702")],
)
def test_other_data_are_looked_at_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, code: str
) -> None:
    monkeypatch.chdir(tmp_path)
    np.savez("large.npz", images=np.zeros((40, 32, 32), np.uint8), labels=np.arange(40) % 10)
    space, out = tmp_path / "small.smash", tmp_path / "out"
    space.write_text(SPACE)
    arguments = ["study", "transfer", str(space), "--data", "digits", "--to", to, "--out", str(out)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 1
    assert f"error[{code}]" in result.output
    assert not out.exists()
