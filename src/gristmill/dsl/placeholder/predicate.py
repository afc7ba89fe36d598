"""Predicates: expressions that are true or false, for conditions."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gristmill.dsl.placeholder.expression import Placeholder, resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

__all__ = [
    "Comparison",
    "Conjunction",
    "Disjunction",
    "Negation",
    "Predicate",
    "logical_and",
    "logical_not",
    "logical_or",
]

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, eq=False)
class Predicate(Placeholder):
    """Base of the expressions that are true or false."""

    def value_in(self, scope: Scope) -> bool:
        raise NotImplementedError


@dataclass(frozen=True, eq=False)
class Comparison(Predicate):
    """Two values compared."""

    operator: str
    left: object
    right: object

    def value_in(self, scope: Scope) -> bool:
        left, right = resolve(self.left, scope), resolve(self.right, scope)
        try:
            return bool(_OPERATORS[self.operator](left, right))
        except TypeError as error:
            raise ConfigError(
                f"{type(left).__name__} and {type(right).__name__} cannot be compared with {self.operator}",
                value=(left, right),
                hint="a value None comes from an input that holds no artifact",
            ) from error


@dataclass(frozen=True, eq=False)
class Conjunction(Predicate):
    """True where both are."""

    left: Predicate
    right: Predicate

    def value_in(self, scope: Scope) -> bool:
        return self.left.value_in(scope) and self.right.value_in(scope)


@dataclass(frozen=True, eq=False)
class Disjunction(Predicate):
    """True where at least one is."""

    left: Predicate
    right: Predicate

    def value_in(self, scope: Scope) -> bool:
        return self.left.value_in(scope) or self.right.value_in(scope)


@dataclass(frozen=True, eq=False)
class Negation(Predicate):
    """True where the other is not."""

    of: Predicate

    def value_in(self, scope: Scope) -> bool:
        return not self.of.value_in(scope)


def logical_and(left: Predicate, right: Predicate) -> Predicate:
    """Both hold."""
    return Conjunction(_predicate(left), _predicate(right))


def logical_or(left: Predicate, right: Predicate) -> Predicate:
    """At least one holds."""
    return Disjunction(_predicate(left), _predicate(right))


def logical_not(predicate: Predicate) -> Predicate:
    """The predicate does not hold."""
    return Negation(_predicate(predicate))


def _predicate(value: object) -> Predicate:
    if not isinstance(value, Predicate):
        raise ConfigError("a logical operator takes predicates", value=value, hint="compare the placeholder first")
    return value
