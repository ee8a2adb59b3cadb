"""Text to syntax tree and back."""

from smashdsl.syntax.format import format_network as format_network
from smashdsl.syntax.format import format_nodes as format_nodes
from smashdsl.syntax.format import format_source as format_source
from smashdsl.syntax.load import load_source as load_source
from smashdsl.syntax.parser import parse as parse
from smashdsl.syntax.structure import nothing_here as nothing_here
