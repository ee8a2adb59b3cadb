"""A language for memory-bank networks and spaces of them, and its compiler."""

from smashdsl.version import __version__ as __version__
