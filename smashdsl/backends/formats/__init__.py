"""Program and weights → files that run without smashdsl: Python, ONNX, PT2, a traced fx graph."""

from smashdsl.backends.formats.export import FORMATS as FORMATS
from smashdsl.backends.formats.export import Export as Export
from smashdsl.backends.formats.export import Exported as Exported
from smashdsl.backends.formats.export import make as make
from smashdsl.backends.formats.weights import read_weights as read_weights
from smashdsl.backends.formats.weights import state_of as state_of
