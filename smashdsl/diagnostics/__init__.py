"""Saying what is wrong, where, and how to mend it."""

from smashdsl.diagnostics.diagnostic import Diagnostic as Diagnostic
from smashdsl.diagnostics.diagnostic import InternalError as InternalError
from smashdsl.diagnostics.diagnostic import Note as Note
from smashdsl.diagnostics.diagnostic import Severity as Severity
from smashdsl.diagnostics.diagnostic import SmashError as SmashError
from smashdsl.diagnostics.span import Source as Source
from smashdsl.diagnostics.span import Span as Span
