"""Plan → a Python file of the traced graph: one line for each value.

A `torch.fx.GraphModule` can be saved by pickling alone, which runs whatever a file says. So the
file holds the graph as code, and makes the graph module again by tracing that code: node by node
the one that `backends.module` builds, with the same names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch.fx import GraphModule, Node

from smashdsl.backends.source.code import Arg, Call, Expr, Seq, call, fill, holes, literal
from smashdsl.backends.source.export import assembled, is_initialised
from smashdsl.backends.source.header import functions, header, network_doc
from smashdsl.backends.source.layout import docstring, lines
from smashdsl.backends.source.ops import Site, module
from smashdsl.plan import Plan, Step

_MIX = '''
class Mix(nn.Module):
    """A random convex combination of its inputs in training, their mean otherwise."""

    def forward(self, *values: Tensor) -> Tensor:
        if not self.training:
            return reduce(torch.add, values) / len(values)
        weights = torch.rand(len(values), dtype=values[0].dtype, device=values[0].device)
        return sum(w * v for w, v in zip(weights / weights.sum(), values))
'''
_PLACE = '''
def place(root: nn.Module, path: str, module: nn.Module) -> None:
    """Put a module where its path says, below empty modules."""
    *parents, name = path.split(".")
    for parent in parents:
        if not hasattr(root, parent):
            root.add_module(parent, nn.Module())
        root = root.get_submodule(parent)
    root.add_module(name, module)
'''
_GRAPH = '''
class Tracer(fx.Tracer):
    """Takes each module as one operation."""

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        return True


def graph_module(network: Network | None = None) -> fx.GraphModule:
    """The network as a `torch.fx.GraphModule`, with its weights."""
    network = Network() if network is None else network
    return fx.GraphModule(network, Tracer().trace(network), "Network")
'''


def fx_source(network: GraphModule, plan: Plan, *, weights_file: str | None = None,
              note: str = "") -> str:  # fmt: skip
    """The traced graph as a Python file that needs only torch.

    The file defines `Network`, `load` and `graph_module`; its parameters are named as the plan's
    slots.

    Args:
        network: what `build_module` made of the plan.
        plan: of a verified program.
        weights_file: the name of a weights' file beside the Python file, if there is one.
        note: what else its docstring says of the network.

    Raises:
        SmashError: E906, if the program holds an operation that was registered from Python.
    """
    program = plan.program
    built = dict(_modules(plan))
    texts = ["\n".join(_modules_function(built)), _PLACE.strip()]
    if any(step.op == "shake" for step in plan.steps):
        texts.insert(0, _MIX.strip())
    texts.append("\n".join(_network_class(network, network_doc(program), is_initialised(program))))
    texts += [_GRAPH.strip(), *functions(program, weights_file)]
    top = header(plan, "the traced graph of a network", note)
    return assembled(program, top, texts, list(built.values()), weights_file)


def _modules(plan: Plan) -> Iterator[tuple[str, Expr]]:
    """How each module is constructed, by its path."""
    for step in plan.steps:
        if step.op == "shake":
            yield f"{step.path}.mix", call("Mix")
        elif step.op == "attend":
            yield step.path, call("Attend", literal(len(step.inputs)))
        elif step.source is not None:
            yield step.path, _module(step, plan.steps[step.inputs[0]].shape)


def _module(step: Step, shape: tuple[int, ...]) -> Expr:
    assert step.source is not None
    built = module(Site(step.source, shape))
    return fill(built, (literal(hole.value) for hole in holes(built)))


def _modules_function(built: dict[str, Expr]) -> list[str]:
    inside = [line for path, expr in built.items() for line in lines(f'"{path}": ', expr, 8, ",")]
    return [
        "def modules() -> dict[str, nn.Module]:",
        '    """The module of each operation by its path, below which its parameters are named."""',
        *(["    return {", *inside, "    }"] if inside else ["    return {}"]),
    ]


def _network_class(network: GraphModule, doc: str, initialised: bool) -> list[str]:
    called = any(node.op == "call_module" for node in network.graph.nodes)
    return [
        "class Network(nn.Module):",
        *docstring(doc, 4),
        "",
        "    def __init__(self) -> None:",
        "        super().__init__()",
        "        for path, module in modules().items():",
        "            place(self, path, module)",
        *(["        self.apply(initialise)"] if initialised else []),
        "",
        "    def forward(self, x: Tensor) -> Tensor:",
        *(["        at = self.get_submodule"] if called else []),
        *_forward(network),
    ]


def _forward(network: GraphModule) -> Iterator[str]:
    """A line for each node. A variable is used again once its value is not needed any more, so
    that memory is let go."""
    readers = Counter(user for node in network.graph.nodes for user in node.all_input_nodes)
    named: dict[Node, str] = {}
    free: list[str] = []
    count = 0
    for node in network.graph.nodes:
        if node.op == "placeholder":
            named[node] = node.name
            continue
        if node.op == "output":
            yield f"        return {named[node.args[0]]}"
            return
        value = _value(node, named)
        for used in node.all_input_nodes:
            readers[used] -= 1
            if not readers[used]:
                free.append(named[used])
        if not free:
            count += 1
            free.append(f"x{count}")
        named[node] = free.pop()
        yield from lines(f"{named[node]} = ", value, 8)


def _value(node: Node, named: dict[Node, str]) -> Expr:
    head = f'at("{node.target}")' if node.op == "call_module" else _function(node.target)
    return Call(head, tuple(Arg(_argument(arg, named)) for arg in node.args))


def _argument(arg: Any, named: dict[Node, str]) -> Expr:
    if isinstance(arg, Node):
        return named[arg]
    if isinstance(arg, (list, tuple)):
        return Seq(tuple(_argument(item, named) for item in arg))
    return literal(arg)


def _function(target: Any) -> str:
    return f"torch.{target.__name__}"
