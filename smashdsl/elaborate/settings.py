"""The settings of a network: `encoding { … }`, and `train { … }` whose values may be draws."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from smashdsl.diagnostics.similar import did_you_mean
from smashdsl.diagnostics.span import Span
from smashdsl.elaborate.blocks import Blocks
from smashdsl.elaborate.report import Stop
from smashdsl.elaborate.values import Scope, described
from smashdsl.ir.training import TRAIN_SETTINGS, TrainSetting
from smashdsl.syntax import nodes
from smashdsl.syntax.walk import holds

ENCODING_SETTINGS = ("unit", "compression")


class Settings(Blocks):
    """Elaborates settings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.encoding: dict[str, int] = {}
        self.train: dict[str, float] = {}

    def _encoding(self, node: nodes.Encoding, scope: Scope) -> None:
        for setting in node.settings:
            if setting.name in ENCODING_SETTINGS:
                value = self.whole(setting.value, scope, f"`{setting.name}`", 1)
                self.encoding[setting.name] = value
            else:
                self._unknown(setting, ENCODING_SETTINGS)

    def _train(self, node: nodes.Train, scope: Scope) -> None:
        """Its draws are called `train.lr` and so on, and reach all parts of the network."""
        depth = len(self.binding)
        for setting in node.settings:
            known = TRAIN_SETTINGS.get(setting.name)
            if known is None:
                self._unknown(setting, TRAIN_SETTINGS)
                continue
            self.binding.append("train")
            try:
                self.train[known.name] = self._train_value(known, setting, scope)
            except Stop:
                continue
            finally:
                del self.binding[depth:]

    def _train_value(self, known: TrainSetting, setting: nodes.Setting, scope: Scope) -> float:
        value = self.evaluate_as(known.name, setting.value, scope)
        return self._train_checked(known, value, setting.value.span)

    def _train_checked(self, known: TrainSetting, value: Any, span: Span) -> float:
        try:
            return train_number(known, value)
        except ValueError as error:
            self.report.fail("E303", span, str(error))

    def _train_first(self, node: nodes.Network) -> None:
        """Report a `train` part behind a section, which its draws could not reach."""
        for number, statement in enumerate(node.body):
            if isinstance(statement, nodes.Train) and holds(node.body[:number], nodes.Section):
                word = Span(statement.span.source, statement.span.start, statement.span.start + 5)
                problem = "`train` must stand before the stem and the blocks"
                helps = ("what it draws conditions the weights of every layer",)
                self.report.error("E205", word, problem, helps=helps)

    def _unknown(self, setting: nodes.Setting, known: Iterable[str]) -> None:
        close = did_you_mean(setting.name, known)
        listed = ", ".join(f"`{name}`" for name in known)
        helps = [f"did you mean `{close}`?"] if close else []
        self.report.error(
            "E308", setting.name_span, f"there is no setting `{setting.name}`",
            helps=(*helps, f"the settings are {listed}"),
        )  # fmt: skip


def train_number(known: TrainSetting, value: Any) -> float:
    """A training setting's value in normal form.

    Raises:
        ValueError: it is none; the message is for people.
    """
    try:
        return known.checked(value)
    except ValueError as error:
        problem = f"`{known.name}` must be {error}, but this is {described(value)}"
        raise ValueError(problem) from None
