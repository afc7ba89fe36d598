"""Filters of which the model knows without a database whether they hold: each is a text and its truth.

A filter speaks of rows: its node, properties, neighbours. It holds when it is true for one choice of a row for each of
them. Truth has three values: None is that of a comparison with what has no value.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

__all__ = [
    "Condition",
    "Row",
    "all_of",
    "any_of",
    "compared",
    "equal_fields",
    "is_null",
    "like",
    "named",
    "negated",
    "within",
]

Row = Mapping[str, Any]
"""The fields of a node, property or edge; None where one has no value."""
Rows = Mapping[str, Row]
Truth = bool | None

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Condition:
    """A filter.

    Attributes:
        text: how it is written.
        owners: of whom it speaks: ``""`` is the node, the others are ``properties.NAME``, ``contexts_a`` and so on.
        truth: for one row of each owner.
    """

    text: str
    owners: frozenset[str] = field(repr=False)
    truth: Callable[[Rows], Truth] = field(repr=False)

    def holds(self, rows_of: Callable[[str], Sequence[Row]]) -> bool:
        """Whether a node passes.

        Args:
            rows_of: the rows of an owner.
        """
        owners = sorted(self.owners)
        choices = product(*(rows_of(owner) for owner in owners))
        return any(self.truth(dict(zip(owners, chosen, strict=True))) is True for chosen in choices)


def compared(name: str, sign: str, value: float | str | bool) -> Condition:
    """A comparison with a constant; strings compare by code points."""
    return _of_field(f"{name} {sign} {_literal(value)}", name, lambda found: _OPERATORS[sign](found, value))


def equal_fields(one: str, other: str) -> Condition:
    """Whether two fields of the node are equal."""

    def truth(rows: Rows) -> Truth:
        left, right = rows[""][one], rows[""][other]
        return None if left is None or right is None else left == right

    return Condition(f"{one} = {other}", frozenset({""}), truth)


def within(name: str, values: Sequence[int | str], *, negated: bool = False) -> Condition:
    """IN, or NOT IN."""
    sign, options = "NOT IN" if negated else "IN", ", ".join(map(_literal, values))
    return _of_field(f"{name} {sign} ({options})", name, lambda found: (found in values) != negated)


def like(name: str, pattern: str) -> Condition:
    """LIKE, with a pattern of letters, ``%`` and ``_``."""
    parts = {"%": ".*", "_": "."}
    regex = re.compile("".join(parts.get(letter, re.escape(letter)) for letter in pattern), re.DOTALL)
    return _of_field(f"{name} LIKE {_literal(pattern)}", name, lambda found: regex.fullmatch(found) is not None)


def is_null(name: str, *, negated: bool = False) -> Condition:
    """IS NULL, or IS NOT NULL."""
    owner, field_name = _split(name)
    return Condition(
        f"{name} IS {'NOT ' if negated else ''}NULL",
        frozenset({owner}),
        lambda rows: (rows[owner][field_name] is None) != negated,
    )


def named(name: str, sign: str, values: Sequence[str], enum: Any) -> Condition:
    """A state or event type compared with one name, or by IN with several. One never set differs from every name."""
    owner, field_name = _split(name)
    numbers = [enum.Value(value) for value in values]
    text = f"({', '.join(values)})" if sign.endswith("IN") else " ".join(values)

    def truth(rows: Rows) -> Truth:
        found = rows[owner][field_name]
        if sign in ("!=", "NOT IN"):
            return found not in numbers
        return None if found is None else found in numbers

    return Condition(f"{name} {sign} {text}", frozenset({owner}), truth)


def all_of(parts: Sequence[Condition]) -> Condition:
    """AND."""
    return _joined("AND", parts, lambda truths: _first_of(truths, False, None, otherwise=True))


def any_of(parts: Sequence[Condition]) -> Condition:
    """OR."""
    return _joined("OR", parts, lambda truths: _first_of(truths, True, None, otherwise=False))


def negated(part: Condition) -> Condition:
    """NOT."""

    def truth(rows: Rows) -> Truth:
        found = part.truth(rows)
        return None if found is None else not found

    return Condition(f"NOT ({part.text})", part.owners, truth)


def _of_field(text: str, name: str, test: Callable[[Any], bool]) -> Condition:
    owner, field_name = _split(name)

    def truth(rows: Rows) -> Truth:
        found = rows[owner][field_name]
        return None if found is None else test(found)

    return Condition(text, frozenset({owner}), truth)


def _joined(word: str, parts: Sequence[Condition], truth_of: Callable[[list[Truth]], Truth]) -> Condition:
    text = f" {word} ".join(f"({part.text})" for part in parts)
    owners = frozenset().union(*(part.owners for part in parts))
    return Condition(text, owners, lambda rows: truth_of([part.truth(rows) for part in parts]))


def _first_of(truths: Iterable[Truth], *wanted: Truth, otherwise: Truth) -> Truth:
    return next((truth for truth in wanted if truth in truths), otherwise)


def _split(name: str) -> tuple[str, str]:
    owner, _, field_name = name.rpartition(".")
    return owner.replace("`", ""), field_name


def _literal(value: float | str | bool) -> str:
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return repr(value)
