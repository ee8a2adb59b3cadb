"""Pictures of programs and encodings: SVG, PNG, PDF, TikZ, Mermaid, DOT and plain text.

DOT is written with the `graphviz` package and laid out by the engine in the `pygraphviz` package;
neither needs a Graphviz installation, and both are used only when something is drawn.
"""

from smashdsl.backends.render.api import FORMATS as FORMATS
from smashdsl.backends.render.api import VIEWS as VIEWS
from smashdsl.backends.render.api import render as render
from smashdsl.backends.render.api import render_diff as render_diff
from smashdsl.backends.render.api import render_encoding as render_encoding
from smashdsl.backends.render.api import render_space as render_space
from smashdsl.backends.render.api import svg as svg
from smashdsl.backends.render.theme import THEMES as THEMES
