"""Parquet files: what is read, and what each kind of bad file is told."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.training.data import Dataset, load_data

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")
Image = pytest.importorskip("PIL.Image")


def png(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


def grey(value: int, size: tuple[int, int] = (4, 6)) -> bytes:
    return png(np.full(size, value, np.uint8))


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


def finding(path: Path, **options: Any) -> Diagnostic:
    with pytest.raises(SmashError) as error:
        load_data(str(path), **options)
    (found,) = error.value.diagnostics
    return found


def values(data: Dataset, split: str) -> list[int]:
    images = getattr(data, split).images * data.std[0] + data.mean[0]
    return sorted(images[:, 0, 0, 0].round().int().tolist())


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
    assert [len(s) for s in (data.train, data.validation, data.test)] == [12, 12, 12]
    alone = load_data(str(tmp_path / "train/0000.parquet"))
    assert [len(s) for s in (alone.train, alone.validation, alone.test)] == [8, 2, 2]
    (tmp_path / "test/0000.parquet").unlink()
    data = load_data(str(tmp_path))
    assert [len(s) for s in (data.train, data.validation, data.test)] == [10, 2, 12]


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
    rows = np.concatenate([s.images.numpy() for s in (data.train, data.validation, data.test)])
    spread = np.ptp(
        rows * np.reshape(data.std, (3, 1, 1)) + np.reshape(data.mean, (3, 1, 1)), axis=1
    )
    assert sorted(spread.max(axis=(1, 2)).round(2) < 0.01) == [False, False, False, True]


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
    parts = [
        s.images * data.std[0] + data.mean[0] for s in (data.train, data.validation, data.test)
    ]
    ours = np.concatenate([part.round().int().numpy() for part in parts]).reshape(20, -1)
    assert sorted(ours.tolist()) == sorted(grids.reshape(20, -1).tolist())


@pytest.mark.parametrize(
    ("images", "labels", "names", "code", "part"),
    [
        ([grey(1), b"junk"], [0, 0], None, "E933", "row 1 of"),
        ([grey(1), None], [0, 0], None, "E933", "row 1 of"),
        ([grey(1), grey(1)[:45]], [0, 0], None, "E933", "row 1 of"),
        ([grey(1), grey(1, (5, 6))], [0, 0], None, "E934", "row 1 of"),
        ([png(np.zeros((4, 6), np.uint16))], [0], None, "E933", "I;16"),
        ([grey(1)], [-1], None, "E935", "label -1"),
        ([grey(1)] * 2, [0, 2], ["a", "b"], "E935", "names 2 classes"),
        ([grey(1)], [None], None, "E935", "without a label"),
        ([grey(1)] * 2, [0, 10**9], None, "E935", "only 2 examples"),
        ([grey(1)] * 3, [0, 0, 1], None, "E936", "'1' has 1 of the 3"),
        ([], [], None, "E936", "no examples"),
    ],
)
def test_bad_rows(tmp_path: Path, images: list[Any], labels: list[Any], names: list[str] | None,
                  code: str, part: str) -> None:  # fmt: skip
    write(tmp_path / "train-0.parquet", images, labels, names)
    found = finding(tmp_path)
    assert found.code == code
    assert part in found.message


def test_sizes_that_differ_between_files(tmp_path: Path) -> None:
    write(tmp_path / "train-0.parquet", [grey(1)] * 4, [0] * 4)
    write(tmp_path / "train-1.parquet", [grey(1, (5, 6))] * 4, [0] * 4)
    assert finding(tmp_path).code == "E934"
    (tmp_path / "train-1.parquet").rename(tmp_path / "test-0.parquet")
    assert finding(tmp_path).code == "E934"


def test_bad_folders(tmp_path: Path) -> None:
    found = finding(tmp_path)
    assert found.code == "E931"
    assert "holds no" in found.message
    (tmp_path / "train-0.parquet").write_text("version https://git-lfs.github.com/spec/v1\n")
    assert "not a readable parquet" in finding(tmp_path).message
    write(tmp_path / "other/train-0.parquet", [grey(1)], [0])
    found = finding(tmp_path)
    assert found.code == "E931"
    assert "2 data sets" in found.message


def test_bad_columns(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    for columns, part in (
        ({"label": [1]}, "no columns of images"),
        ({"v": pa.array([b"x"], pa.binary(1))}, "no columns that could be the label"),
        ({"v": pa.array([b"x"], pa.binary(1)), "a": [1], "b": [1]}, "2 columns that could be"),
    ):
        pq.write_table(pa.table(columns), path)
        found = finding(path)
        assert found.code == "E932"
        assert part in found.message


@pytest.mark.parametrize(
    ("folder", "shape", "classes"),
    [
        ("cifar10", (3, 32, 32), 10),
        ("fashion_mnist", (1, 28, 28), 10),
        ("tiny-imagenet-32", (3, 32, 32), 200),
        ("modelnet-chair-monitor-voxels32", (1, 32, 32, 32), 2),
    ],
)
def test_real_sets(shared_data: Path, folder: str, shape: tuple[int, ...], classes: int) -> None:
    path = shared_data / "data" / folder
    if not path.is_dir():
        pytest.skip(f"needs {path}")
    data = load_data(str(path), limit=400)
    assert data.shape == shape
    assert data.classes == classes
    assert data.name == folder
    assert len(data.train) + len(data.validation) == 400
    assert len(data.validation.labels.unique()) == classes
