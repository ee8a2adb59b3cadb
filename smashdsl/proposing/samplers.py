"""`optuna:…`: samplers of Optuna, told and asked through its interface (the extra `optuna`).

A sampler is made for each proposal, with a seed of its own, and is told of the history: what it
proposes follows from these. Samplers that keep a state of their own, as that of CMA-ES does, cannot
be asked this way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from itertools import count
from statistics import NormalDist
from typing import Any, ClassVar

from smashdsl.api import Program, Space
from smashdsl.check.fixed import varying_place
from smashdsl.diagnostics.diagnostic import Diagnostic, Note, SmashError
from smashdsl.elaborate.draws import Options
from smashdsl.elaborate.run import elaborate
from smashdsl.proposing.candidates import Candidates
from smashdsl.proposing.parameters import Parameter, Parameters, Value
from smashdsl.proposing.past import Past, score
from smashdsl.proposing.proposer import Trial
from smashdsl.space.choosers import GenomeChooser
from smashdsl.space.sampling import repair
from smashdsl.training.ranges import require_range

MUTATIONS = 4  # of a program that is known already, which are proposed in its place
COSTS = ("none", "params", "flops", "depth")


class Sampler(Candidates):
    """Proposes what a sampler suggests for the draws of a space whose programs all make the same.

    The first programs are random ones, as the space draws them. What breaks a requirement of the
    space is repaired; where the sampler suggests what is known, mutations of that are proposed.

    Args:
        startup: how many programs are random.
        cost: what to minimise beside the score, if anything: `params`, `flops` or `depth`. The
            sampler then looks for all trade-offs.
    """

    sampler: ClassVar[str]

    def __init__(self, space: Space, seed: int = 0, startup: int = 10, cost: str = "none") -> None:
        super().__init__(space, seed)
        self.startup, self.cost = startup, cost
        require_range(self, "startup", 1)
        if cost not in COSTS:
            raise ValueError(f"cost is one of {', '.join(COSTS)}, not {cost!r}")
        self.optuna = _optuna(self.name)
        self.parameters = Parameters(_draws(space, self.name))
        self._distributions = {each.name: self._distribution(each) for each in self.parameters.all}
        self._told = self._study(), Past(), 0  # a study, and how much of which history it knows

    def make(self, seed: int) -> Any:
        """A sampler of Optuna."""
        return getattr(self.optuna.samplers, self.sampler)(seed=seed)

    def marks(self, place: int) -> dict[str, Any]:
        """What the sampler would have noted itself of the trial number `place`."""
        return {}

    def candidates(self, past: Past, number: int) -> Iterator[Program]:
        if len(past.trials) < self.startup or not self._distributions:
            yield from self.samples(number)
        proposed: set[str] = set()
        for place in count():
            seed = self.derive(number, place)
            program = self._program(self.ask(past, seed), seed)
            if program is None:
                return
            if program.hash not in past.by_hash and program.hash not in proposed:
                proposed.add(program.hash)
                yield program
                continue
            for other in range(MUTATIONS):
                mutation = self.mutated(program.genome, self.derive(number, place, other), None)
                if mutation is None:
                    return
                proposed.add(mutation.hash)
                yield mutation

    def ask(self, past: Past, seed: int) -> dict[str, Value]:
        """What a sampler made with a seed suggests after a history."""
        study = self._told_of(past)
        study.sampler = self.make(seed % 2**32)
        trial = study.ask(fixed_distributions=self._distributions)
        study.tell(trial, state=self.optuna.trial.TrialState.FAIL)  # it is told with the history
        return dict(trial.params)

    def _program(self, values: dict[str, Value], seed: int) -> Program | None:
        definition = self.space.definition
        made = elaborate(definition, GenomeChooser(self.parameters.genome(values, seed)))
        repaired = made if made.unmet is None else repair(definition, made, seed)
        return None if repaired is None else Program(repaired, self.space)

    def _told_of(self, past: Past) -> Any:
        study, of, known = self._told
        if of is not past:
            study, known = self._study(), 0
        self.tell(study, past.trials, known)
        self._told = study, past, len(past.trials)
        return study

    def tell(self, study: Any, trials: Sequence[Trial], known: int = 0) -> None:
        """Add all trials to a study but those that it knows."""
        for place, trial in enumerate(trials[known:], known):
            params = self.parameters.values(trial.genome)
            if params is not None:
                study.add_trial(
                    self.optuna.trial.create_trial(
                        params=params, distributions=self._distributions,
                        values=self.goals(trial), system_attrs=self.marks(place),
                    )
                )  # fmt: skip

    def goals(self, trial: Trial) -> list[float]:
        """What is maximised, and what is minimised."""
        reached = score(trial)
        return [reached] if self.cost == "none" else [reached, float(getattr(trial, self.cost))]

    def _study(self) -> Any:
        directions = ["maximize"] if self.cost == "none" else ["maximize", "minimize"]
        with _quiet(self.optuna):
            return self.optuna.create_study(directions=directions, sampler=self.make(0))

    def _distribution(self, parameter: Parameter) -> Any:
        kinds = self.optuna.distributions
        interval = parameter.interval
        if interval is not None:
            return kinds.FloatDistribution(interval.low, interval.high, log=interval.log)
        if parameter.ordered:
            return kinds.IntDistribution(0, parameter.count - 1)
        return kinds.CategoricalDistribution(tuple(range(parameter.count)))


class Tpe(Sampler):
    """The tree-structured Parzen estimator (Bergstra et al. 2011)."""

    name = "optuna:tpe"
    about = "Optuna's tree-structured Parzen estimator, for spaces with a fixed set of draws"
    sampler = "TPESampler"


class Nsga2(Sampler):
    """The genetic algorithm NSGA-II (Deb et al. 2002).

    Args:
        population: of each generation; programs of the first are random.
    """

    name = "optuna:nsga2"
    about = "Optuna's genetic algorithm for several goals, for a fixed set of draws"
    sampler = "NSGAIISampler"

    def __init__(
        self, space: Space, seed: int = 0, population: int = 25, cost: str = "flops"
    ) -> None:
        self.population = population
        require_range(self, "population", 2)
        super().__init__(space, seed, population, cost)

    def make(self, seed: int) -> Any:
        return self.optuna.samplers.NSGAIISampler(population_size=self.population, seed=seed)

    def marks(self, place: int) -> dict[str, Any]:
        return {"NSGAIISampler:generation": place // self.population}

    def tell(self, study: Any, trials: Sequence[Trial], known: int = 0) -> None:
        """Parents are chosen as soon as a generation is complete: the sampler has them in another
        order when it chooses than when it has chosen before."""
        super().tell(study, trials, known)
        for number in range(known // self.population + 1, len(trials) // self.population + 1):
            study.sampler.get_parent_population(study, number)


class Gp(Sampler):
    """Bayesian optimisation with a Gaussian process, of the best and the latest programs.

    The process sees normal quantiles in place of scores, which may lie as they will.
    """

    name = "optuna:gp"
    about = "Optuna's Gaussian process, for spaces with a fixed set of draws"
    sampler = "GPSampler"
    MOST: ClassVar[int] = 50  # trials of either kind, as time grows with their cube

    def _told_of(self, past: Past) -> Any:
        chosen = {id(trial): trial for trial in (*past.best(self.MOST), *past.trials[-self.MOST :])}
        levels = sorted({score(trial) for trial in chosen.values()})
        normal = {
            level: NormalDist().inv_cdf((place + 0.5) / len(levels))
            for place, level in enumerate(levels)
        }
        study = self._study()
        told = [replace(trial, score=normal[score(trial)]) for trial in chosen.values()]
        self.tell(study, told)
        return study


class UniformSampler(Sampler):
    """Optuna's random sampler, as a control: every option is equally likely, whatever weights the
    space gives."""

    name = "optuna:random"
    about = "Optuna's random sampler: a control, for spaces with a fixed set of draws"
    sampler = "RandomSampler"


SAMPLERS = (Tpe, Nsga2, Gp, UniformSampler)


def _optuna(name: str) -> Any:
    try:
        return import_module("optuna")
    except ImportError as error:
        problem = f"the proposer `{name}` needs the package `optuna`: {error}"
        helps = ("pip install 'smashdsl[optuna]'",)
        raise SmashError(Diagnostic("E938", problem, helps=helps)) from error


def _draws(space: Space, name: str) -> Mapping[str, Options]:
    if space.draws is not None:
        return space.draws
    place = varying_place(space.definition)
    raise SmashError(
        Diagnostic(
            "E988",
            f"`{name}` needs a space whose programs all make the same draws",
            space.definition.network.name_span,
            notes=(Note("not every program makes this draw, or with the same options", place),),
            helps=("`evolution` and `local` take any space",),
        )
    )


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Within, Optuna does not say what it does."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
