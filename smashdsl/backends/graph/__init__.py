"""Programs as `networkx` graphs: the unrolled layers, and the banks with the layers on them.

`graph` builds one, `node_link` makes plain JSON data of it. networkx is imported on the first call.
"""

from smashdsl.backends.graph.api import GRAPH_VIEWS as GRAPH_VIEWS
from smashdsl.backends.graph.api import SCHEMA as SCHEMA
from smashdsl.backends.graph.api import graph as graph
from smashdsl.backends.graph.api import node_link as node_link
