"""Proof that what was exported is the network: it is run where smashdsl cannot be, and compared."""

from smashdsl.backends.verify.exported import verify as verify
