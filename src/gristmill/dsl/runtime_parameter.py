"""A parameter whose value is given when a pipeline is run, not when it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from gristmill.dsl.placeholder.expression import Placeholder
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

__all__ = ["RuntimeParameter"]

_TYPES = (int, float, str)


@dataclass(frozen=True, eq=False)
class RuntimeParameter(Placeholder):
    """A named value that a run supplies; usable as a parameter, in nested parameters and in the pipeline root.

    Attributes:
        name: unique within the pipeline.
        ptype: int, float or str; a value given as text is converted. None means str.
        default: used where the run does not give a value.
        description: for people.
    """

    name: str
    ptype: type | None = None
    default: int | float | str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        if self.ptype is not None and self.ptype not in _TYPES:
            raise ConfigError(
                "a runtime parameter is int, float or str",
                value=self.ptype,
                hint="RuntimeParameter('steps', ptype=int)",
            )
        if self.default is not None:
            self._checked(self.default, "its default")

    def value_in(self, scope: Scope) -> Any:
        given = scope.runtime_parameters.get(self.name, self.default)
        if given is None:
            raise ConfigError(
                f"the runtime parameter {self.name!r} has no value", hint="give one for the run, or declare a default"
            )
        return self._checked(given, "the value of the run")

    def _checked(self, value: Any, what: str) -> Any:
        expected = self.ptype or str
        rule = f"the runtime parameter {self.name!r} is {expected.__name__}; {what} is not"
        if isinstance(value, bool) or not isinstance(value, _TYPES):
            raise ConfigError(rule, value=value, hint="give it as a number or text")
        if isinstance(value, str) and expected is not str:
            try:
                return expected(value)
            except ValueError as error:
                raise ConfigError(rule, value=value, hint=f"for example {self.name}={expected()!r}") from error
        if isinstance(value, expected) or (expected is float and isinstance(value, int)):
            return expected(value)
        raise ConfigError(rule, value=value, hint=f"for example {self.name}={expected()!r}")
