"""Saying what is wrong, where, and how to mend it."""

from smashdsl.diagnostics.catalog import CATALOG as CATALOG
from smashdsl.diagnostics.catalog import explain as explain
from smashdsl.diagnostics.diagnostic import Diagnostic as Diagnostic
from smashdsl.diagnostics.diagnostic import InternalError as InternalError
from smashdsl.diagnostics.diagnostic import Note as Note
from smashdsl.diagnostics.diagnostic import Severity as Severity
from smashdsl.diagnostics.diagnostic import SmashError as SmashError
from smashdsl.diagnostics.formats import render_all as render_all
from smashdsl.diagnostics.render import render_text as render_text
from smashdsl.diagnostics.similar import did_you_mean as did_you_mean
from smashdsl.diagnostics.span import Source as Source
from smashdsl.diagnostics.span import Span as Span
