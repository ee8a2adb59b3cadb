"""A run as one page for a browser: self-contained HTML that loads nothing from anywhere."""

from smashdsl.report.page import report as report
