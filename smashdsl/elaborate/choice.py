"""Which network of a file is meant."""

from __future__ import annotations

from smashdsl.diagnostics.diagnostic import Diagnostic, SmashError
from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.elaborate.modules import Module
from smashdsl.elaborate.run import Definition


def choose(module: Module, name: str | None) -> Definition:
    """The network of that name in a module, or its only one.

    Raises:
        SmashError: E206, when there is none or no name says which.
    """
    networks = {network.name: network for network in module.networks()}
    if name is None and len(networks) == 1:
        return Definition(module, next(iter(networks.values())))
    if name in networks:
        return Definition(module, networks[name])
    listed = ", ".join(f"`{known}`" for known in networks) or "no program and no space"
    if name is None:
        problem = f"{module.source.name} defines {listed}"
        raise SmashError(
            Diagnostic("E206", problem, helps=("say which one by its name",) if networks else ())
        )
    close = did_you_mean(name, networks)
    helps = (f"did you mean `{close}`?",) if close else (f"the file defines {listed}",)
    raise SmashError(
        Diagnostic("E206", f"{module.source.name} has no network `{name}`", helps=helps)
    )
