"""The base of all expressions: operators that build trees, and the walk over a tree."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gristmill.dsl.placeholder.scope import Scope
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.dsl.placeholder.predicate import Predicate
    from gristmill.dsl.placeholder.serialization import ListSerializationFormat, ProtoSerializationFormat

__all__ = ["Placeholder", "resolve", "structure", "sub_expressions"]


@dataclass(frozen=True, eq=False)
class Placeholder:
    """Base of all expressions. Python's ``==``, ``<`` … build a :class:`Predicate`; ``+`` joins text."""

    def value_in(self, scope: Scope) -> Any:
        """The value of this expression; None where it rests on an artifact that is not there."""
        raise NotImplementedError

    def __add__(self, other: object) -> Placeholder:
        return Concatenation((self, other))

    def __radd__(self, other: object) -> Placeholder:
        return Concatenation((other, self))

    def b64encode(self, url_safe: bool = True) -> Placeholder:
        """The value in base64, as text; with ``-`` and ``_`` instead of ``+`` and ``/`` where url_safe."""
        return Base64(self, url_safe)

    def serialize(self, serialization_format: ProtoSerializationFormat) -> Placeholder:
        """The value, a message or JSON value, in the given format."""
        from gristmill.dsl.placeholder.serialization import Serialized  # it builds on this module

        return Serialized(self, serialization_format)

    def serialize_list(self, serialization_format: ListSerializationFormat) -> Placeholder:
        """The value, a list of primitives, as one text."""
        from gristmill.dsl.placeholder.serialization import SerializedList  # it builds on this module

        return SerializedList(self, serialization_format)

    def __eq__(self, other: object) -> Predicate:  # type: ignore[override]
        return _compare("==", self, other)

    def __ne__(self, other: object) -> Predicate:  # type: ignore[override]
        return _compare("!=", self, other)

    def __lt__(self, other: object) -> Predicate:
        return _compare("<", self, other)

    def __le__(self, other: object) -> Predicate:
        return _compare("<=", self, other)

    def __gt__(self, other: object) -> Predicate:
        return _compare(">", self, other)

    def __ge__(self, other: object) -> Predicate:
        return _compare(">=", self, other)

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        raise ConfigError(
            "a placeholder has no truth value while the pipeline is being defined",
            value=self,
            hint="use logical_and, logical_or, logical_not and Cond instead of and, or, not and if",
        )

    def __iter__(self) -> Iterator[Any]:
        raise ConfigError(
            "a placeholder cannot be iterated over while the pipeline is being defined",
            value=self,
            hint="refer to its parts: placeholder[0]",
        )

    def __format__(self, spec: str) -> str:
        raise ConfigError(
            "a placeholder cannot be formatted into text while the pipeline is being defined",
            value=self,
            hint="join text and placeholders with +, or with placeholders.join([...])",
        )


@dataclass(frozen=True, eq=False)
class Concatenation(Placeholder):
    """Text put together from constants and expressions."""

    items: tuple[object, ...]

    def __post_init__(self) -> None:
        for item in self.items:
            if not isinstance(item, str | Placeholder):
                raise ConfigError(
                    "placeholders can be added to text and to each other only",
                    value=item,
                    hint=f"write it as text: {str(item)!r}",
                )

    def value_in(self, scope: Scope) -> str | None:
        values = [resolve(item, scope) for item in self.items]
        return None if any(value is None for value in values) else "".join(as_text(value) for value in values)


@dataclass(frozen=True, eq=False)
class Base64(Placeholder):
    """A value in base64."""

    of: Placeholder
    url_safe: bool

    def value_in(self, scope: Scope) -> str | None:
        value = self.of.value_in(scope)
        if value is None:
            return None
        content = value if isinstance(value, bytes) else as_text(value).encode("utf-8")
        encode = base64.urlsafe_b64encode if self.url_safe else base64.b64encode
        return encode(content).decode("ascii")


def as_text(value: Any) -> str:
    """A resolved value as part of a text.

    Raises:
        ConfigError: the value is a list, dict, message or artifact, which has no obvious text.
    """
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, str | bool | int | float):
        return str(value)
    raise ConfigError(
        "only text, numbers and booleans can become a part of a text",
        value=value,
        hint="choose a field or an index, or serialize it with serialize() or serialize_list()",
    )


def resolve(expression: object, scope: Scope) -> Any:
    """The value of an expression in a scope; a value that is no expression is its own value.

    Raises:
        ConfigError: the scope does not have what the expression refers to.
    """
    return expression.value_in(scope) if isinstance(expression, Placeholder) else expression


def sub_expressions(expression: object) -> Iterator[Placeholder]:
    """The expression and all expressions inside it, outermost first."""
    if isinstance(expression, Placeholder):
        yield expression
        for field in dataclasses.fields(expression):
            yield from sub_expressions(getattr(expression, field.name))
    elif isinstance(expression, tuple | list):
        for item in expression:
            yield from sub_expressions(item)
    elif isinstance(expression, Mapping):
        yield from sub_expressions(list(expression.values()))


def structure(expression: object) -> object:
    """A value that is equal for two expressions exactly when they are built alike over the same channels."""
    if isinstance(expression, Placeholder):
        fields = dataclasses.fields(expression)
        return (type(expression).__name__, *(structure(getattr(expression, field.name)) for field in fields))
    if isinstance(expression, tuple | list):
        return (type(expression).__name__, *(structure(item) for item in expression))
    if isinstance(expression, Mapping):
        return ("mapping", *((key, structure(item)) for key, item in sorted(expression.items())))
    if isinstance(expression, str | bytes | int | float | bool | None):
        return (type(expression).__name__, expression)
    return ("object", id(expression))


def _compare(operator: str, left: Placeholder, right: object) -> Predicate:
    from gristmill.dsl.placeholder.predicate import Comparison  # it builds on this module

    return Comparison(operator, left, right)
