"""Pickles are read as data: equal to what numpy reads, and nothing is ever called."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashdsl.importing import pickles
from smashdsl.importing.pickles import UnsafePickle, read_pickle

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.lists(inner, max_size=4).map(tuple),
    max_leaves=20,
)  # fmt: skip


def listed(value: Any) -> Any:
    return [listed(item) for item in value] if isinstance(value, list | tuple) else value


@given(protocol=st.sampled_from(PROTOCOLS), value=plain)
def test_plain_data(protocol: int, value: Any) -> None:
    assert read_pickle(pickle.dumps(value, protocol)) == listed(value)


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_and_numbers_of_numpy(protocol: int) -> None:
    table = np.empty((2, 3), dtype=object)
    table[:] = [[1, [2, (3,)], "x"], [np.int64(-4), np.float32(0.5), np.bool_(True)]]
    value = [table, np.arange(6, dtype=">i2").reshape(2, 3), np.zeros((2, 0)), np.array(7)]
    assert read_pickle(pickle.dumps(value, protocol)) == [
        [[1, [2, [3]], "x"], [-4, 0.5, True]], [[0, 1, 2], [3, 4, 5]], [[], []], 7,
    ]  # fmt: skip


def test_pickles_of_python_2() -> None:
    two = b"\x80\x02cnumpy.core.multiarray\nscalar\nq\x01cnumpy\ndtype\nq\x02U\x02i8q\x03K\x00K\x01"
    two += b"\x87q\x04Rq\x05(K\x03U\x01<q\x06NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tq\x07b"
    two += b"U\x08\x05\x00\x00\x00\x00\x00\x00\x00q\x08\x86q\tRq\n."
    assert read_pickle(two) == 5


class Call:
    """Pickled, it asks for a call."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Any, Any]:
        return self.call


def test_nothing_is_called(tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    for function, arguments in (
        (Path.touch, (trap,)),
        (eval, (f"open({str(trap)!r}, 'w')",)),
        (np.load, (str(trap),)),
        (np.dtype, (Call(Path.touch, trap),)),
    ):
        for protocol in PROTOCOLS:
            with pytest.raises(UnsafePickle):
                read_pickle(pickle.dumps([Call(function, *arguments)], protocol))
    assert not trap.exists()


HOSTILE = {
    "empty": b"",
    "no stop": b"\x80\x02K\x01",
    "empty stack": b".",
    "mark at the end": b"(.",
    "no such memo": b"h\x05.",
    "an object's state": b"]}b.",
    "a persistent name": b"Pabc\n.",
    "an extension": b"\x82\x01.",
    "instances": b"(ios\nsystem\n.",
    "new objects": b"\x80\x02cos\nsystem\n)\x81.",
    "a set": b"\x80\x04\x8f.",
    "long text": b"X\xff\xff\xff\x7fabc.",
    "a list in itself": b"]q\x00h\x00a.",
    "deep": b"]" * 100_000 + b"a" * 99_999 + b".",
    "an array without a type": b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00tR.",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_data(name: str) -> None:
    with pytest.raises(UnsafePickle):
        read_pickle(HOSTILE[name])


def test_shared_lists_do_not_multiply(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pickles, "MOST_VALUES", 10_000)
    value: list[Any] = []
    for _ in range(60):
        value = [value, value]
    with pytest.raises(UnsafePickle, match="more than"):
        read_pickle(pickle.dumps(value))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"c_codecs\nencode\n", b"X\x06\x00\x00\x00latin1\x86R."),
        (b"cnumpy\ndtype\n", b"\x85R."),
        (b"", b"\x8c\x01a\x93."),
        (b"cnumpy\ndtype\n\x8c\x02i8\x85RK\x03", b"\x86b."),
    ],
)
def test_shared_lists_are_not_written_out(before: bytes, after: bytes) -> None:
    shared = b"]q\x00" + b"".join(b"(h%ch%clq%c" % (i, i, i + 1) for i in range(20))
    with pytest.raises(UnsafePickle, match="where a text belongs"):
        read_pickle(b"\x80\x04" + shared + before + b"h\x14" + after)


def test_wrong_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    right = pickle.dumps(np.arange(4, dtype="<i8"), 2)
    assert read_pickle(right) == [0, 1, 2, 3]
    with pytest.raises(UnsafePickle, match="another number"):
        read_pickle(right.replace(b"K\x04\x85", b"K\x05\x85"))
    monkeypatch.setattr(pickles, "MOST_STEPS", 3)
    with pytest.raises(UnsafePickle, match="steps"):
        read_pickle(right)


@given(cut=st.integers(0, 400), flipped=st.integers(0, 400), value=st.integers(0, 255))
def test_damaged_bytes(cut: int, flipped: int, value: int) -> None:
    stream = io.BytesIO()
    pickle.dump(np.array([1, [2.5, None]], dtype=object), stream, 2)
    content = bytearray(stream.getvalue())
    content[flipped % len(content)] = value
    for damaged in (bytes(content), bytes(content[: cut % len(content)])):
        try:
            read_pickle(damaged)
        except UnsafePickle:
            continue
