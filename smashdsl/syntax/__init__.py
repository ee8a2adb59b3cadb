"""Text to syntax tree and back."""

from smashdsl.syntax.load import load_source as load_source
from smashdsl.syntax.parser import parse as parse
from smashdsl.syntax.structure import nothing_here as nothing_here
