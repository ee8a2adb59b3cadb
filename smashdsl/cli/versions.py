"""What `--version` says."""

from __future__ import annotations

from smashdsl.version import ENCODING, LANGUAGE, __version__


def versions() -> str:
    """The versions of the package, of the language and of the encoding's layout."""
    return f"smashdsl {__version__} (language {LANGUAGE}, encoding {ENCODING})"
