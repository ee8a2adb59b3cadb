"""A language for memory-bank networks and spaces of them, with one-shot search by HyperNetworks.

Names are imported when they are first used, so that small commands start quickly.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from smashdsl.version import __version__ as __version__

if TYPE_CHECKING:
    from smashdsl.api import Program as Program
    from smashdsl.api import Space as Space
    from smashdsl.api import load as load
    from smashdsl.api import loads as loads
    from smashdsl.diagnostics import InternalError as InternalError
    from smashdsl.diagnostics import SmashError as SmashError
    from smashdsl.importing.modules.convert import from_module as from_module
    from smashdsl.ops import register_op as register_op
    from smashdsl.training.data import from_arrays as from_arrays
    from smashdsl.training.data import load_data as load_data

_HOMES = {
    "Program": "smashdsl.api",
    "Space": "smashdsl.api",
    "load": "smashdsl.api",
    "loads": "smashdsl.api",
    "from_module": "smashdsl.importing.modules.convert",
    "InternalError": "smashdsl.diagnostics",
    "SmashError": "smashdsl.diagnostics",
    "register_op": "smashdsl.ops",
    "from_arrays": "smashdsl.training.data",
    "load_data": "smashdsl.training.data",
}
__all__ = [
    "InternalError",
    "Program",
    "SmashError",
    "Space",
    "__version__",
    "from_arrays",
    "from_module",
    "load",
    "load_data",
    "loads",
    "register_op",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
