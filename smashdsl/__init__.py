"""A language for memory-bank networks and spaces of them, with one-shot search by HyperNetworks."""

from smashdsl.api import Program as Program
from smashdsl.api import Space as Space
from smashdsl.api import load as load
from smashdsl.api import loads as loads
from smashdsl.diagnostics.diagnostic import InternalError as InternalError
from smashdsl.diagnostics.diagnostic import SmashError as SmashError
from smashdsl.ops import register_op as register_op
from smashdsl.version import __version__ as __version__
