"""Architectures of the released SMASH code, as programs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

import smashdsl
from smashdsl.backends.module import build_module
from smashdsl.check.check import check
from smashdsl.diagnostics import Source
from smashdsl.elaborate.modules import load_module
from smashdsl.importing.architecture import architecture, program_of
from smashdsl.importing.archives import read_archs
from smashdsl.importing.released import from_archs
from smashdsl.plan import build_plan
from tests.importing.archs import arch, save


class MainLayer(nn.Module):
    """A layer as the released code's `MainNet` makes it, with gates as its search has them."""

    def __init__(self, entering: int, squeeze: int, width: int, fields: list[Any]) -> None:
        super().__init__()
        active, self.gate, dilations, _, kernels, groups = fields
        self.active, self.width = active, width
        self.norm1, self.norm2 = nn.BatchNorm2d(entering), nn.BatchNorm2d(squeeze)
        self.squeeze = nn.Conv2d(entering, squeeze, 1, bias=False)
        halved = width // 2 if self.gate[0] else width
        shapes = [(squeeze, width), (halved, halved), (squeeze, width), (halved, halved)]
        self.convs = nn.ModuleList(
            nn.Conv2d(
                *shapes[i], [int(k) for k in kernels[i]], dilation=dilations[i],
                groups=int(groups[i]),
                padding=[int(d) * (int(k) - 1) // 2
                         for k, d in zip(kernels[i], dilations[i], strict=True)], bias=False,
            )
            for i in range(4) if active[i]
        )  # fmt: skip
        self.place = {i: n for n, i in enumerate(i for i in range(4) if active[i])}

    def conv(self, i: int, x: torch.Tensor) -> torch.Tensor:
        return self.convs[self.place[i]](functional.relu(x))

    def gated(self, x: torch.Tensor) -> torch.Tensor:
        low, high = x.chunk(2, 1)
        return torch.tanh(low) * torch.sigmoid(high)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm2(self.squeeze(functional.relu(self.norm1(x))))
        a = self.conv(0, x)
        b = self.conv(2, x) if self.active[2] else None
        if self.gate[0] and b is not None:
            a, b = self.gated(a + b), None
        if self.active[3]:
            out = self.conv(1, a) + self.conv(3, a if b is None else b)
        else:
            first = self.conv(1, a) if self.active[1] else a
            out = first if b is None else first + b
        return self.gated(out) if self.gate[1] else out


class MainNet(nn.Module):
    """The network that the released code trains for an architecture."""

    def __init__(self, fields: list[Any]) -> None:
        super().__init__()
        reads, writes, units, *rest = fields[:10]
        self.reads, self.writes, self.units = reads, writes, units
        self.sizes = [8 * n for n in rest[4]]
        self.gates = rest[1]
        self.entering = fields[14]
        self.stem = nn.Conv2d(3, self.entering[0], 7, padding=3, bias=False)
        layers, transitions = [], []
        for block, size in enumerate(self.sizes):
            for place, read in enumerate(reads[block]):
                entering, width = len(read) * size, units[block][place] * 8
                squeeze = min(min(max(entering // width, 1), 4) * width, entering, 128)
                parts = [rest[i][block][place] for i in (0, 1, 2, 3, 5, 6)]
                layers.append(MainLayer(entering, squeeze, width, parts))
            last = max([max(w) + 1 for w in writes[block]] + [self.entering[block] // size]) * size
            if block < 2:
                transitions.append(
                    nn.Sequential(nn.BatchNorm2d(last), nn.ReLU(),
                                  nn.Conv2d(last, self.entering[block + 1], 1, bias=False),
                                  nn.AvgPool2d(2))
                )  # fmt: skip
        self.layers, self.transitions = nn.ModuleList(layers), nn.ModuleList(transitions)
        self.norm, self.fc = nn.BatchNorm2d(last), nn.Linear(last, 100)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x, layers = self.stem(x), iter(self.layers)
        for block, size in enumerate(self.sizes):
            banks = dict(enumerate(x.split(size, 1)))
            banks = {i: bank for i, bank in banks.items() if bank.shape[1] == size}
            for read, write in zip(self.reads[block], self.writes[block], strict=True):
                parts = next(layers)(torch.cat([banks[i] for i in read], 1)).split(size, 1)
                for j, i in enumerate(write):
                    part = parts[j % len(parts)]
                    banks[i] = banks[i] + part if i in banks else part
            x = torch.cat([banks[i] for i in sorted(banks)], 1)
            if block < 2:
                x = self.transitions[block](x)
        return self.fc(functional.relu(self.norm(x)).mean((2, 3)))


def leaves(network: MainNet) -> list[nn.Module]:
    """The modules with parameters, in the order in which a program has them."""
    found: list[nn.Module] = [network.stem]
    layers = iter(network.layers)
    for block in range(3):
        for _ in network.reads[block]:
            layer = next(layers)
            order = [i for i in range(4) if layer.active[i]]
            if layer.gate[0]:  # the two that meet in a gate come first
                order = [0, 2, *(i for i in (1, 3) if layer.active[i])]
            found += [layer.norm1, layer.squeeze, layer.norm2]
            found += [layer.convs[layer.place[i]] for i in order]
        if block < 2:
            found += [network.transitions[block][0], network.transitions[block][2]]
    return [*found, network.norm, network.fc]


@pytest.mark.parametrize(("seed", "gates"), [(0, False), (1, True), (4, True), (9, True)])
def test_computes_what_the_released_code_computes(tmp_path: Path, seed: int, gates: bool) -> None:
    torch.manual_seed(seed)
    fields = arch(seed, gates, layers=1, entering=(32, 32, 40))
    network = MainNet(fields).double().eval()
    (row,) = read_archs(str(save(tmp_path / "x_archs.npz", [fields])))
    plan = build_plan(program_of(architecture(row), 100)[0])
    module = build_module(plan, dtype=torch.float64).eval()
    paths = list(dict.fromkeys(slot.rpartition(".")[0] for slot in plan.slots))
    x = torch.randn(1, 3, 8, 8, dtype=torch.float64)
    with torch.no_grad():
        for path, leaf in zip(paths, leaves(network), strict=True):
            module.get_submodule(path).load_state_dict(leaf.state_dict())
        torch.testing.assert_close(module(x), network(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("seed", range(4))
def test_the_text_is_clean_and_says_where_it_comes_from(tmp_path: Path, seed: int) -> None:
    path = save(tmp_path / "x_archs.npz", [arch(seed, gates=seed % 2 == 1)])
    found = from_archs(str(path))
    assert found.text.startswith("# From the released SMASH code: scored with a validation error")
    assert not check(load_module(Source("x.smash", found.text)))
    assert found.program.ir.classes == 100


def test_architectures_have_numbers_in_either_order(tmp_path: Path) -> None:
    path = str(save(tmp_path / "x_archs.npz", [arch(0), arch(1)]))
    assert from_archs(path, 1).program.hash == from_archs(path, 0, order="run").program.hash
    assert from_archs(path, 1).program.hash != from_archs(path, 0).program.hash
    with pytest.raises(smashdsl.SmashError, match="E997"):
        from_archs(path, 2)


def test_channels_that_the_code_drops_are_told(tmp_path: Path) -> None:
    fields = arch(0)
    fields[7][2], fields[0][2], fields[1][2], fields[2][2] = 4, [[0]] * 4, [[0]] * 4, [4] * 4
    found = from_archs(str(save(tmp_path / "x_archs.npz", [fields])))
    assert "# Block 2: its code drops the last 16 of 112 channels" in found.text
    assert "bank rest of 16" in found.text


WRONG = {
    "no fields": (lambda f: f[:5], "17 fields"),
    "an empty bank": (lambda f: f[0][0][0].__setitem__(slice(None), [13]), "which is empty"),
    "two layers short": (lambda f: f[2][1].clear(), "not as many layers"),
    "no convolution": (lambda f: f[3][0].__setitem__(0, [0, 1, 0, 0]), "options"),
    "an even kernel": (lambda f: f[8][0].__setitem__(0, [[4, 4]] * 4), "even kernel"),
    "groups": (lambda f: f[9][0].__setitem__(0, [7] * 4), "groups do not divide"),
    "a text": (lambda f: f.__setitem__(10, "eight"), "`N`"),
    "huge banks": (lambda f: f[1][0].__setitem__(0, [10**9]), "no list of banks"),
    "too few writes": (lambda f: (f[2][0].__setitem__(0, 8), f[1][0].__setitem__(0, [0])), "drops"),
}


@pytest.mark.parametrize("name", WRONG)
def test_architectures_that_are_no_programs(tmp_path: Path, name: str) -> None:
    change, expected = WRONG[name]
    fields = arch(5)
    changed = change(fields)
    path = save(tmp_path / "x_archs.npz", [changed if name == "no fields" else fields])
    with pytest.raises(smashdsl.SmashError, match="E998") as caught:
        from_archs(str(path))
    assert expected in str(caught.value)


def npz(member: str, content: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(member, content)
    return stream.getvalue()


def npy(pickled: bytes) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.empty(0, dtype=object), allow_pickle=True)
    header = stream.getvalue()
    return header[: 10 + int.from_bytes(header[8:10], "little")] + pickled


GARBAGE = {
    "nothing": (b"", "E997"),
    "no archive": (b"PK\x03\x04 and no more", "E997"),
    "no archs": (npz("other.npy", b""), "E997"),
    "no array": (npz("archs.npy", b"hello"), "E997"),
    "short": (npz("archs.npy", b"\x93NUMPY\x01\x00\xff\xff"), "E997"),
    "no pickle": (npz("archs.npy", npy(b"garbage")), "E999"),
    "a number": (npz("archs.npy", npy(b"\x80\x04K\x01.")), "E997"),
    "a call": (npz("archs.npy", npy(b"cos\nsystem\n(S'false'\ntR.")), "E999"),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_what_is_no_archive(tmp_path: Path, name: str) -> None:
    content, code = GARBAGE[name]
    path = tmp_path / "x_archs.npz"
    path.write_bytes(content)
    with pytest.raises(smashdsl.SmashError, match=code):
        from_archs(str(path))
