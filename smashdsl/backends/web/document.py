"""Pages of HTML that load nothing: all that they need is inside."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from smashdsl.backends.web.markup import Content, Html, join, tag


def document(title: str, *body: Content, style: str = "", script: str = "") -> str:
    """A whole page, in light and dark.

    Args:
        title: of the page.
        body: what it shows.
        style: rules of CSS beside those that all pages share (`base.css`).
        script: the only one that may run.
    """
    content = tag("body", *body, tag("script", Html(script)) if script else None)
    return f"<!DOCTYPE html>\n{tag('html', _head(title, style, script), content, lang='en')}\n"


def _head(title: str, style: str, script: str) -> Html:
    # The policy lets the page load nothing, and run no script but its own.
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    if script:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    return tag("head", join([
        Html('<meta charset="utf-8"/>'),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title), tag("style", Html(_base() + style)),
    ], "\n"))  # fmt: skip


@cache
def _base() -> str:
    return files("smashdsl.backends.web").joinpath("base.css").read_text(encoding="utf-8")
