"""A network with its weights → ONNX or PT2: in evaluation, for any number of images."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail

INPUT, OUTPUT = "x", "y"
OPSET = 20
NEEDED = ("onnx", "onnxscript")
_MOST = 2**31 - 1  # what one ONNX file can be


def require_onnx(*packages: str) -> None:
    """See that packages are there.

    Raises:
        SmashError: E914, one is missing.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        raise fail("E914", f"ONNX needs the package `{missing[0]}`, which is not installed",
                   "install smashdsl with its extra `onnx`")  # fmt: skip


def onnx_bytes(network: nn.Module, shape: tuple[int, ...]) -> bytes:
    """The content of an ONNX file, weights included, with the input `x` and the output `y`.

    Args:
        network: in evaluation.
        shape: `(channels, *spatial)` of an image.

    Raises:
        SmashError: E914 a package is missing, E915 the network cannot be written.
    """
    require_onnx(*NEEDED)
    with _quiet(), _blaming("ONNX"):
        made = torch.onnx.export(
            network, (_images(shape),), dynamo=True, verbose=False, opset_version=OPSET,
            input_names=[INPUT], output_names=[OUTPUT], dynamic_shapes=_any_number(),
        )  # fmt: skip
        assert made is not None
        proto = made.model_proto
    if proto.ByteSize() > _MOST:
        raise fail("E915", "the network is too large for one ONNX file (2 GiB)")
    content: bytes = proto.SerializeToString()
    return content


def pt2_bytes(network: nn.Module, shape: tuple[int, ...]) -> bytes:
    """The content of a file for `torch.export.load`, weights included.

    Args:
        network: in evaluation.
        shape: `(channels, *spatial)` of an image.

    Raises:
        SmashError: E915, the network cannot be written.
    """
    content = io.BytesIO()
    with _quiet(), _blaming("PT2"):
        made = torch.export.export(network, (_images(shape),), dynamic_shapes=_any_number())
        torch.export.save(made, content)
    return content.getvalue()


def _images(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.zeros(2, *shape)


def _any_number() -> dict[str, Any]:
    return {"x": {0: torch.export.Dim("batch", min=1)}}


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what torch says about itself: deprecations, packages that it could also use."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextmanager
def _blaming(form: str) -> Iterator[None]:
    """What torch cannot capture, as an error that says so."""
    try:
        yield
    except (SmashError, KeyboardInterrupt, MemoryError):
        raise
    except Exception as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise fail("E915", f"torch cannot write this network as {form}: {reason}",
                   "export it as Python, which has no such limits") from error  # fmt: skip
