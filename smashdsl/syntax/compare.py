"""What two trees have in common."""

from __future__ import annotations

from smashdsl.syntax import nodes


def strip_spans(node: object) -> object:
    """A tree as nested tuples without its spans, for comparing what trees say."""
    if isinstance(node, tuple):
        return tuple(map(strip_spans, node))
    fields = getattr(node, "__dataclass_fields__", None)
    if fields is None:
        return node
    kept = (getattr(node, name) for name in fields if not name.endswith("span"))
    return (type(node).__name__, *map(strip_spans, kept))


def same_meaning(a: nodes.File, b: nodes.File) -> bool:
    """Whether two trees differ only in places."""
    return strip_spans(a) == strip_spans(b)
