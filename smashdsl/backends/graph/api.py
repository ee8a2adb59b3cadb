"""The entry points: a program as a graph, and a graph as JSON data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from smashdsl.backends.graph.banks import bank_graph
from smashdsl.backends.graph.layers import layer_graph
from smashdsl.ir import Program

if TYPE_CHECKING:
    import networkx

SCHEMA = "smashdsl.graph/1"
GRAPH_VIEWS = ("layers", "banks")


def graph(program: Program, view: str = "layers") -> networkx.MultiDiGraph:
    """The graph of a program; every attribute is plain JSON data.

    The graph itself carries `name`, `view`, `input`, `classes`, `params`, `flops` (multiply-adds of
    convolutions and linear layers), `activations` and `depth`.

    `view="layers"`: one node for each step of the plan, with the attributes that
    `smashdsl.backends.graph.layers` lists. `view="banks"`: the bank-by-layer graph of the SMASH
    paper's figures 1 and 2, as `smashdsl.backends.graph.banks` lists it.

    Raises:
        ValueError: there is no such view.
    """
    if view == "layers":
        return layer_graph(program)
    if view == "banks":
        return bank_graph(program)
    raise ValueError(f"view must be one of {', '.join(GRAPH_VIEWS)}, not {view!r}")


def node_link(graph: networkx.MultiDiGraph) -> dict[str, Any]:
    """Node-link data with a schema version, ready for `json.dumps`.

    Keys are `schema`, `directed`, `multigraph`, `graph`, `nodes` (each with `id`) and `edges` (each
    with `source`, `target`, `key`). `networkx.node_link_graph(data, edges="edges")` reads it back.
    """
    import networkx

    data = networkx.node_link_data(graph, edges="edges")
    return {"schema": SCHEMA, **data}
