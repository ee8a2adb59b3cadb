"""Programs and values as the plain data of orders and answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from smashdsl.api import Program, Space
from smashdsl.diagnostics.diagnostic import SmashError
from smashdsl.files import fail
from smashdsl.scoring.value import Value
from smashdsl.search.engines.engine import Plain

SCORE, FIT = "score", "fit"


def program_sent(program: Program) -> dict[str, Any]:
    """A program as its draws, and its hash."""
    return {"genome": dict(program.genome), "hash": program.hash}


def program_received(space: Space, sent: Plain) -> Program:
    """The program that was sent.

    Raises:
        SmashError: E992, here its draws make another program.
    """
    program = space.rebuild(sent["genome"])
    if program.hash != sent["hash"]:
        raise unusable(f"there the draws of {sent['hash'][:12]} make another program")
    return program


def value_sent(value: Value | None) -> dict[str, Any] | None:
    """A value, whose likelihoods are the bytes of little-endian float32 numbers."""
    if value is None:
        return None
    likelihoods = value.likelihoods
    return {
        "score": value.score, "stderr": value.stderr, "error": value.error, "images": value.images,
        "likelihoods": None if likelihoods is None else likelihoods.astype("<f4").tobytes(),
    }  # fmt: skip


def value_received(sent: Mapping[str, Any] | None) -> Value | None:
    """The value that was sent.

    Raises:
        SmashError: E992, it is none.
    """
    if sent is None:
        return None
    try:
        content, error = sent["likelihoods"], sent["error"]
        return Value(
            float(sent["score"]), float(sent["stderr"]), None if error is None else float(error),
            int(sent["images"]),
            None if content is None else np.frombuffer(content, "<f4").astype(np.float32),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError) as problem:
        raise unusable(f"an answer is no value: {problem}") from problem


def refused(error: SmashError) -> dict[str, Any]:
    """An answer that tells of an error."""
    found = error.diagnostics[0]
    return {"refused": [found.code, found.message, *found.helps]}


def accepted(answer: Plain) -> Plain:
    """An answer, unless it tells of an error, which is raised."""
    if "refused" in answer:
        raise fail(*map(str, answer["refused"]))
    return answer


def unusable(reason: str) -> SmashError:
    """E992: workers and this process do not do the same work."""
    return fail("E992", f"a worker of the cluster cannot do its part: {reason}",
                "install the same version of smashdsl, Python and PyTorch on all machines of the "
                "cluster")  # fmt: skip
