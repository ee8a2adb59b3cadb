"""Small networks around the lines that an example is about."""

from __future__ import annotations

HEAD = "head { global_avg_pool -> linear(classes) }"


def network(*lines: str, kind: str = "program", head: str = HEAD) -> str:
    """A network for 3x32x32 images with these lines and a head."""
    body = "".join(f"  {line}\n" for line in (*lines, *([head] if head else [])))
    return f"{kind} n {{\n  input 3x32x32\n  classes 10\n{body}}}\n"


def block(*lines: str, kind: str = "program") -> str:
    """A network with a stem of 16 channels and one block of these lines."""
    inner = [f"  {line}" for line in lines]
    return network("stem { conv(16, 3) }", "block {", *inner, "}", kind=kind)
