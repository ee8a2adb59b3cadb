"""Text to syntax tree and back."""

from smashdsl.syntax.parser import parse as parse
