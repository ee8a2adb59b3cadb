"""Parquet files: what is read, and what each kind of bad file is told."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.training.data import load_data
from tests.training.sources.pictures import finding, grey, png, sizes, values

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path: Path, images: list[Any], labels: list[Any], names: list[str] | None = None,
          **options: Any) -> None:  # fmt: skip
    structs = [image and {"bytes": image, "path": None} for image in images]
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    table = pa.table({"image": pa.array(structs, kind), "label": pa.array(labels, pa.int64())})
    if names:
        info = {"info": {"features": {"label": {"names": names, "_type": "ClassLabel"}}}}
        table = table.replace_schema_metadata({"huggingface": json.dumps(info)})
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path, **options)


def test_train_and_test_files(tmp_path: Path) -> None:
    whole = [grey(i) for i in range(40)]
    write(tmp_path / "d/train-00000-of-00002.parquet", whole[:15], [0, 1, 2] * 5, row_group_size=4)
    write(tmp_path / "d/train-00001-of-00002.parquet", whole[15:30], [0, 1, 2] * 5)
    write(tmp_path / "d/test-00000.parquet", whole[30:], [0, 1] * 5, names=["a", "b", "c"])
    data = load_data(str(tmp_path))
    assert data.shape == (1, 4, 6)
    assert data.class_names == ("a", "b", "c")
    assert values(data, "test") == list(range(30, 40))
    assert sorted(values(data, "train") + values(data, "validation")) == list(range(30))
    assert len(data.validation) == 6
    rows = (data.train.images * data.std[0] + data.mean[0])[:, 0, 0, 0].round().long()
    assert (rows % 3 == data.train.labels).all()


def test_own_validation_files_and_one_file(tmp_path: Path) -> None:
    images = [grey(i) for i in range(12)]
    for name in ("train", "validation", "test"):
        write(tmp_path / name / "0000.parquet", images, [0, 1] * 6)
    data = load_data(str(tmp_path))
    assert sizes(data) == [12, 12, 12]
    alone = load_data(str(tmp_path / "train/0000.parquet"))
    assert sizes(alone) == [8, 2, 2]
    (tmp_path / "test/0000.parquet").unlink()
    data = load_data(str(tmp_path))
    assert sizes(data) == [10, 2, 12]


def test_limit_reads_few_images(tmp_path: Path) -> None:
    broken = [b"broken"] * 90
    write(
        tmp_path / "train-0.parquet", [grey(i) for i in range(10)] + broken, [0, 1] * 5 + [0] * 90
    )
    assert finding(tmp_path).code == "E933"
    images = [grey(i % 256) for i in range(600)]
    write(tmp_path / "train-0.parquet", images, [0, 1, 2] * 200, row_group_size=100)
    data = load_data(str(tmp_path), limit=30)
    assert sum(map(len, (data.train, data.validation, data.test))) == 30


def test_colour_wins_over_grey_and_large_images_decode(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 80, 90, 3)).astype(np.uint8)
    images = [png(noise[0]), png(noise[1, :, :, 0]), png(noise[2]), png(noise[0])]
    assert len(images[0]) > 2**14
    write(tmp_path / "train-0.parquet", images, [0, 0, 0, 0])
    data = load_data(str(tmp_path))
    assert data.shape == (3, 80, 90)
    rows = np.concatenate([s.pixels.numpy() for s in (data.train, data.validation, data.test)])
    assert sorted(np.ptp(rows, axis=1).max(axis=(1, 2)) == 0) == [False, False, False, True]


def test_voxels(tmp_path: Path) -> None:
    grids = np.random.default_rng(0).integers(0, 2, (20, 2, 3, 4)).astype(np.uint8)
    column = pa.array([grid.tobytes() for grid in grids], pa.binary(24))
    table = pa.table({"voxels": column, "label": [0, 1] * 10, "extra": range(20)})
    pq.write_table(table, tmp_path / "train-0.parquet")
    assert finding(tmp_path).code == "E932"
    labelled = table.replace_schema_metadata({"shape": "2,3,4", "label_names": '["a", "b"]'})
    pq.write_table(labelled, tmp_path / "train-0.parquet")
    data = load_data(str(tmp_path))
    assert data.shape == (1, 2, 3, 4)
    assert data.class_names == ("a", "b")
    parts = (data.train, data.validation, data.test)
    ours = np.concatenate([part.pixels.numpy() for part in parts]).reshape(20, -1)
    assert sorted(ours.tolist()) == sorted(grids.reshape(20, -1).tolist())


@pytest.mark.parametrize(
    ("image", "code", "part"),
    [
        (b"junk", "E933", "no image that can be read"),
        (None, "E933", "no image bytes"),
        (grey(1)[:45], "E933", "no image that can be read"),
        (grey(1, (5, 6)), "E934", "is 5x6, but row 0 of"),
        (png(np.zeros((4, 6), np.uint16)), "E933", "I;16"),
        (png(np.zeros((4097, 4096), np.uint8)), "E933", "too large"),
    ],
)
def test_bad_images(tmp_path: Path, image: bytes | None, code: str, part: str) -> None:
    images = [grey(1), image, *[grey(2)] * 6]
    write(tmp_path / "validation-0.parquet", images, [0] * 8)
    write(tmp_path / "test-0.parquet", images, [0] * 8)
    write(tmp_path / "train-0.parquet", images, [0] * 8)
    found = finding(tmp_path)
    assert found.code == code
    assert "row 1 of" in found.message
    assert "train-0.parquet" in found.message
    assert part in found.message


@pytest.mark.parametrize(
    ("labels", "names", "code", "part"),
    [
        ([-1], None, "E935", "label -1"),
        ([0, 2], ["a", "b"], "E935", "there are 2 classes"),
        ([None], None, "E935", "without a label"),
        ([0, 99_999], None, "E935", "only 2 examples"),
        ([0, 10**9], None, "E935", "no more than 100,000"),
        ([0, 0, 1], None, "E936", "'1' has 1 of the 3"),
        ([], None, "E936", "no examples"),
    ],
)
def test_bad_labels(tmp_path: Path, labels: list[Any], names: list[str] | None, code: str,
                    part: str) -> None:  # fmt: skip
    write(tmp_path / "train-0.parquet", [grey(1)] * len(labels), labels, names)
    found = finding(tmp_path)
    assert found.code == code
    assert part in found.message


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint16(), pa.uint64()])
def test_kinds_of_labels(tmp_path: Path, kind: Any) -> None:
    table = pa.table({"image": [grey(i) for i in range(9)], "label": pa.array([0] * 9, kind)})
    pq.write_table(table, tmp_path / "train-0.parquet")
    assert load_data(str(tmp_path)).class_names == ("0",)
    if kind == pa.uint64():
        table = pa.table({"image": [grey(0)] * 9, "label": pa.array([2**64 - 1] * 9, kind)})
        pq.write_table(table, tmp_path / "train-0.parquet")
        assert finding(tmp_path).code == "E935"


def test_sizes_that_differ_between_files(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", [grey(1)] * 4, [0] * 4)
    write(tmp_path / "train-1.parquet", [grey(1, (5, 6))] * 4, [0] * 4)
    assert finding(tmp_path).code == "E934"
    (tmp_path / "train-1.parquet").rename(tmp_path / "test-0.parquet")
    data = load_data(str(tmp_path))
    with pytest.raises(SmashError) as error:
        _ = data.test.pixels
    assert error.value.diagnostics[0].code == "E934"


def test_test_images_are_read_when_they_are_used(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", [grey(i) for i in range(8)], [0, 1] * 4)
    write(tmp_path / "test-0.parquet", [b"broken"] * 4, [0, 1] * 2)
    data = load_data(str(tmp_path)).to("cpu")
    assert len(data.test) == data.facts()["test"] == 4
    with pytest.raises(SmashError) as error:
        _ = data.test[:1]
    assert error.value.diagnostics[0].code == "E933"
    write(tmp_path / "test-0.parquet", [grey(i) for i in range(4)], [0, 1] * 2)
    assert values(data, "test") == [0, 1, 2, 3]


def test_bad_folders(tmp_path: Path) -> None:
    found = finding(tmp_path)
    assert found.code == "E931"
    assert "holds neither" in found.message
    (tmp_path / "x.parquet").touch()
    assert "no `train-*.parquet`, only `x.parquet`" in finding(tmp_path).message
    (tmp_path / "train-0.parquet").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "not a readable parquet" in finding(tmp_path).message
    write(tmp_path / "other/train-0.parquet", [grey(1)], [0])
    found = finding(tmp_path)
    assert found.code == "E931"
    assert "2 data sets" in found.message


def test_files_that_are_damaged_inside(tmp_path: Path) -> None:
    """Whatever is wrong, it is told as an error of the user's, or not noticed."""
    path = tmp_path / "train-0.parquet"
    write(path, [grey(i) for i in range(40)], [0, 1] * 20, compression="none")
    good = path.read_bytes()
    for start in range(4, len(good) - 2000, 400):
        path.write_bytes(good[:start] + b"\xff" * 64 + good[start + 64 :])
        with suppress(SmashError):
            load_data(str(path))
    path.write_bytes(good[:2000])
    assert finding(path).code == "E931"


def test_bad_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    voxel = pa.array([b"x"], pa.binary(1))
    for columns, part in (
        ({"label": [1]}, "no column that could be the image"),
        ({"v": voxel}, "no column that could be the label"),
        ({"v": voxel, "a": [1], "b": [1]}, "2 columns that could be"),
        ({"v": voxel, "w": voxel, "label": [1]}, "2 columns that could be the image"),
    ):
        pq.write_table(pa.table(columns), path)
        found = finding(path)
        assert found.code == "E932"
        assert part in found.message
    for option in ("image=label", "image=none"):
        found = finding(f"{path}?{option}")
        assert found.code == "E932"
        assert f"no column `{option[6:]}` that could be the image" in found.message
    write(tmp_path / "train-0.parquet", [grey(0)] * 4, [0] * 4)
    pq.write_table(pa.table({"image": voxel, "label": [0]}), tmp_path / "test-0.parquet")
    found = finding(tmp_path)
    assert found.code == "E932"
    assert "has other columns than" in found.message


def test_columns_by_name(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    one, two = ([grey(base + i) for i in range(10)] for base in (0, 100))
    columns = {
        "thumb": one, "photo": two, "coarse": [0] * 10, "fine": [0, 1] * 5, "label": [0] * 10
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    assert "say which with `?image=NAME`" in finding(path).helps[0]
    data = load_data(f"{path}?image=photo")
    assert (data.classes, values(data, "train")[0] >= 100) == (1, True)
    data = load_data(f"{path}?image=thumb&label=fine")
    assert (data.classes, values(data, "train")[0] < 100) == (2, True)


def test_list_of_classes(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", [grey(i) for i in range(8)], [0, 1] * 4, ["n1", "n2"])
    listed = tmp_path / "classes.tsv"
    listed.write_text("label\tid\twords\n1\tn2\tgoldfish, a fish\n0\tn1\tcat\n")
    assert load_data(str(tmp_path)).class_names == ("cat", "goldfish, a fish")
    assert load_data(str(tmp_path / "train-0.parquet")).class_names == ("cat", "goldfish, a fish")
    for text, part in (
        ("label\tname\n0\tcat\n", "lists 1 classes, but the data files name 2"),
        ("label\tname\n0\tcat\n2\tdog\n", "do not number"),
        ("label\tname\n0\tcat\n0\tdog\n", "do not number"),
        ("label\tname\nzero\tcat\n", "invalid literal"),
        ("label\tname\n0\n", "do not number"),
        ("label\tname\n\udcff", "utf-8"),
        ("", "do not number"),
    ):
        listed.write_bytes(text.encode(errors="surrogateescape"))
        found = finding(tmp_path)
        assert found.code == "E956"
        assert part in found.message


def test_too_many_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smashdsl.training.sources.source.MAX_BYTES", 100)
    write(tmp_path / "train-0.parquet", [grey(1)] * 9, [0] * 9)
    assert finding(tmp_path).code == "E939"
    column = pa.array([b"x" * 27] * 9, pa.binary(27))
    pq.write_table(pa.table({"v": column, "label": [0] * 9}), tmp_path / "train-0.parquet")
    found = finding(tmp_path)
    assert found.code == "E939"
    assert "--limit" in found.helps[0]


def test_grids_of_unknown_shape_and_without_voxels(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    for kind, metadata in ((10, {}), (8, {"shape": "2,2"}), (8, {"shape": "two"})):
        table = pa.table({"v": pa.array([b"x" * kind] * 9, pa.binary(kind)), "label": [0] * 9})
        pq.write_table(table.replace_schema_metadata(metadata), path)
        assert finding(path).code == "E932"
    column = pa.array([b"x" * 8, None] * 5, pa.binary(8))
    pq.write_table(pa.table({"v": column, "label": [0] * 10}), path)
    found = finding(path)
    assert found.code == "E933"
    assert int(found.message.split()[1]) % 2 == 1
