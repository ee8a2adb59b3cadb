"""`smashdsl check`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.tools import Run

TYPO = "program p {\n  input 3x8x8\n  stem { cnv(8, 3) }\n  head { rleu }\n}\n"
ALWAYS = """\
space s {
  input 3x8x8
  head { conv(one_of(8, 16), 3) }
  require params >= 1
}
"""


def test_a_clean_file_says_so_beside_the_findings(run: Run, net: Path, space: Path):
    result = run("check", net, space)
    assert result.stdout == ""
    assert result.stderr == f"{net}: ok (1 program)\n{space}: ok (1 space)\n"


def test_findings_of_all_files_go_to_standard_output(run: Run, net: Path, tmp_path: Path):
    bad = tmp_path / "bad.smash"
    bad.write_text(TYPO)
    result = run("check", bad, net, code=1)
    assert result.stdout.count("error[E202]") == 2
    assert f"{bad}:3:10" in result.stdout
    assert "did you mean `conv`?" in result.stdout
    assert result.stderr == f"{net}: ok (1 program)\n\n2 errors\n"


def test_json_is_a_list_with_places(run: Run, net: Path, tmp_path: Path):
    assert json.loads(run("check", net, "--format", "json").stdout) == []
    bad = tmp_path / "bad.smash"
    bad.write_text(TYPO)
    found = json.loads(run("check", bad, "--json", code=1).stdout)
    assert [(d["code"], d["severity"], d["line"], d["column"]) for d in found] == [
        ("E202", "error", 3, 10),
        ("E202", "error", 4, 10),
    ]
    assert {d["file"] for d in found} == {str(bad)}
    assert all(d["message"] for d in found)


def test_other_formats(run: Run, tmp_path: Path):
    bad = tmp_path / "bad.smash"
    bad.write_text(TYPO)
    assert f"{bad}:3:10: E202 " in run("check", bad, "--format", "concise", code=1).stdout
    assert "::error file=" in run("check", bad, "--format", "github", code=1).stdout
    sarif = json.loads(run("check", bad, "--format", "sarif", code=1).stdout)
    assert [r["ruleId"] for r in sarif["runs"][0]["results"]] == ["E202", "E202"]


def test_warnings_fail_only_if_asked(run: Run, tmp_path: Path):
    path = tmp_path / "always.smash"
    path.write_text(ALWAYS)
    result = run("check", path)
    assert "warning[W701]" in result.stdout
    assert result.stderr == "\n1 warning\n"
    run("check", "--strict", path, code=1)


def test_standard_input(run: Run, net: Path):
    assert run("check", "-", stdin=net.read_text()).stderr == "<stdin>: ok (1 program)\n"
    assert "<stdin>:3:10" in run("check", "-", stdin=TYPO, code=1).stdout


def test_a_mistake_in_a_used_file_is_reported_once(run: Run, tmp_path: Path):
    (tmp_path / "ops.smash").write_text("op a() { cnv(8, 3) }\n")
    for name in "xy":
        (tmp_path / f"{name}.smash").write_text(
            f'use "ops.smash"\nprogram {name} {{\n  input 3x8x8\n  head {{ a }}\n}}\n'
        )
    paths = [tmp_path / f"{name}.smash" for name in "xy"]
    assert run("check", *paths, code=1).stdout.count("error[") == 1


def test_an_empty_file_is_no_program_but_a_library_is_fine(run: Run, tmp_path: Path):
    empty, library = tmp_path / "empty.smash", tmp_path / "ops.smash"
    empty.write_text("# nothing\n")
    library.write_text("op a() { relu }\n")
    assert "error[E100]" in run("check", empty, code=1).stdout
    assert run("check", library).stderr == f"{library}: ok (1 op)\n"
