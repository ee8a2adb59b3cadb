"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """For tiny networks one thread is faster than several that wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with benchmark tables and data sets, which is not part of the repository.

    It is looked for at `$SMASHDSL_SHARED`, then beside the repository; the test is skipped where
    there is none.
    """
    beside = Path(__file__).parents[2] / "shared"
    folder = Path(os.environ.get("SMASHDSL_SHARED", beside))
    if not folder.is_dir():
        pytest.skip(f"needs the shared data (no folder {folder}; set SMASHDSL_SHARED)")
    return folder


@pytest.fixture(scope="session")
def corpus(shared_data: Path) -> Path:
    """The folder with the programs that must be accepted (`valid`) or refused (`invalid`)."""
    folder = shared_data / "corpus"
    if not folder.is_dir():
        pytest.skip(f"needs the corpus (no folder {folder})")
    return folder
