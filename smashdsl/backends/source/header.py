"""What a file says about itself at its top, and what it does when it is run."""

from __future__ import annotations

import textwrap

from smashdsl.backends.source.layout import WIDTH
from smashdsl.backends.source.names import plain_text
from smashdsl.ir import Program, content_hash
from smashdsl.plan import Plan
from smashdsl.version import __version__

_DRAWS = 16
_LOAD = '''
def load(path: str | Path{default}) -> Network:
    """The network with the weights of a safetensors file, ready for inference."""
    from safetensors.torch import load_file

    network = Network()
    network.load_state_dict(load_file(path))
    return network.eval()
'''
_MAIN = """
if __name__ == "__main__":
    network = {network}
    parameters = sum(p.numel() for p in network.parameters())
    output = network(torch.randn({shape}))
    print(f"{{parameters:,}} parameters; output of shape {{tuple(output.shape)}}")
"""


def header(plan: Plan, what: str = "a network", note: str = "") -> str:
    """The file's docstring: where the network comes from, and what it costs.

    Args:
        plan: of the network.
        what: the file is, beside needing only torch.
        note: a paragraph on what was done to the network.
    """
    program, costs = plan.program, plan.costs
    name, space = plain_text(program.name), plain_text(program.space)
    origin = f"a sample of the space `{space}`" if space else f"the program `{name}`"
    facts = {
        "Input": _shape(program.input),
        "Output": _shape(plan.steps[plan.output].shape),
        "Parameters": f"{costs.params:,}",
        "FLOPs": f"{costs.flops:,} multiply-adds of convolutions and linear layers, per example",
        "Training": ", ".join(f"{setting} = {value}" for setting, value in program.train.items()),
        "Program": content_hash(program),
    }
    facts = {key: fact for key, fact in facts.items() if fact}
    width = max(map(len, facts))
    table = [f"{key:<{width}}  {value}" for key, value in facts.items()]
    if len(program.genome) <= _DRAWS:
        for i, (path, value) in enumerate(program.genome.items()):
            table.append(f"{'' if i else 'Drawn':<{width}}  {plain_text(f'{path} = {value}', 80)}")
    written = f"Written by smashdsl {__version__} from {origin}."
    noted = ["", *textwrap.wrap(note, WIDTH)] if note else []
    lines = [f'"""{name}: {what} that needs only torch.', "", written, *noted, "", *table, '"""']
    return "\n".join(lines)


def network_doc(program: Program) -> str:
    """What the class `Network` says of itself."""
    shape = "x".join(map(str, program.input))
    classes = f" and {program.classes} classes" if program.classes else ""
    return f"The network `{plain_text(program.name)}` for inputs of {shape}{classes}."


def weights_constant(weights_file: str) -> str:
    """The line that names the weights' file beside the Python file."""
    escaped = ascii(weights_file)[1:-1].replace("\\'", "'").replace('"', '\\"')
    return f'WEIGHTS = Path(__file__).with_name("{escaped}")'


def functions(program: Program, weights_file: str | None) -> list[str]:
    """`load`, and what runs as a script."""
    loaded = "load() if WEIGHTS.exists() else Network().eval()"
    return [
        _LOAD.format(default=" = WEIGHTS" if weights_file else "").strip(),
        _MAIN.format(
            network=loaded if weights_file else "Network().eval()",
            shape=", ".join(map(str, (2, *program.input))),
        ).strip(),
    ]


def _shape(shape: tuple[int, ...]) -> str:
    return f"(batch, {', '.join(map(str, shape))})"
