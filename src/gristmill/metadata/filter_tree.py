"""The filter language: what a filter says, as a tree. ``at`` is the place in the text, counted from 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = [
    "Arithmetic",
    "Between",
    "Call",
    "Cast",
    "Comparison",
    "Distinct",
    "Expression",
    "IsNull",
    "IsTruth",
    "Like",
    "Literal",
    "Logical",
    "Membership",
    "Name",
    "Not",
    "children",
]


@dataclass(frozen=True)
class Literal:
    """A number, string, truth value or NULL."""

    value: int | float | str | bool | None
    at: int


@dataclass(frozen=True)
class Name:
    """A name with its dotted parts."""

    parts: tuple[str, ...]
    at: int


@dataclass(frozen=True)
class Call:
    """``function(arguments)``; ``||`` is a call of CONCAT."""

    function: str
    arguments: tuple[Expression, ...]
    at: int


@dataclass(frozen=True)
class Cast:
    """``CAST(operand AS type)``."""

    operand: Expression
    type: str
    at: int


@dataclass(frozen=True)
class Arithmetic:
    """``left operator right`` with + - * /; a unary minus is ``0 - right``."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Comparison:
    """``left operator right`` with = != < <= > >=."""

    operator: str
    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Distinct:
    """``left IS DISTINCT FROM right``: NULL is a value like others."""

    left: Expression
    right: Expression
    at: int


@dataclass(frozen=True)
class Between:
    """``operand BETWEEN low AND high``."""

    operand: Expression
    low: Expression
    high: Expression
    at: int


@dataclass(frozen=True)
class Like:
    """``operand LIKE pattern``."""

    operand: Expression
    pattern: Expression
    at: int


@dataclass(frozen=True)
class Membership:
    """``operand [NOT] IN (options)``."""

    operand: Expression
    options: tuple[Expression, ...]
    negated: bool
    at: int


@dataclass(frozen=True)
class IsNull:
    """``operand IS NULL``."""

    operand: Expression
    at: int


@dataclass(frozen=True)
class IsTruth:
    """``operand IS TRUE``, or ``IS FALSE``: never NULL."""

    operand: Expression
    value: bool
    at: int


@dataclass(frozen=True)
class Not:
    """``NOT operand``."""

    operand: Expression
    at: int


@dataclass(frozen=True)
class Logical:
    """Two or more parts joined by AND or OR."""

    operator: str
    parts: tuple[Expression, ...]
    at: int


Expression = (
    Literal
    | Name
    | Call
    | Cast
    | Arithmetic
    | Comparison
    | Distinct
    | Between
    | Like
    | Membership
    | IsNull
    | IsTruth
    | Not
    | Logical
)


def children(tree: Expression) -> Iterator[Expression]:
    """The expressions that an expression is made of."""
    for part in vars(tree).values():
        for each in part if isinstance(part, tuple) else (part,):
            if isinstance(each, Expression):
                yield each
