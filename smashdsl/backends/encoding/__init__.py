"""The encoding tensor `c`: its layout over a space, encoding and decoding."""

from smashdsl.backends.encoding.decode import decode as decode
from smashdsl.backends.encoding.encode import Encoding as Encoding
from smashdsl.backends.encoding.encode import encode as encode
from smashdsl.backends.encoding.layout import VERSION as VERSION
from smashdsl.backends.encoding.layout import Layout as Layout
from smashdsl.backends.encoding.layout import make_layout as make_layout
from smashdsl.backends.encoding.slices import Generated as Generated
