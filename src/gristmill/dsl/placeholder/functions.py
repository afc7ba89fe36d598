"""Functions over placeholders: join text and paths, make lists, dicts and messages."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf import json_format, message

from gristmill.dsl.placeholder.expression import Concatenation, Placeholder, as_text, resolve
from gristmill.dsl.placeholder.scope import Scope
from gristmill.dsl.placeholder.serialization import plain
from gristmill.errors import ConfigError

__all__ = ["dirname", "join", "join_path", "make_dict", "make_list", "make_proto"]


@dataclass(frozen=True, eq=False)
class ListPlaceholder(Placeholder):
    """A list; items that are not there are left out."""

    items: tuple[object, ...]

    def value_in(self, scope: Scope) -> list[Any]:
        values = [resolve(item, scope) for item in self.items]
        return [value for value in values if value is not None]


@dataclass(frozen=True, eq=False)
class DictPlaceholder(Placeholder):
    """A dict; entries whose key or value is not there are left out."""

    entries: tuple[tuple[object, object], ...]

    def value_in(self, scope: Scope) -> dict[str, Any]:
        resolved = [(resolve(key, scope), resolve(value, scope)) for key, value in self.entries]
        return {as_text(key): value for key, value in resolved if key is not None and value is not None}


@dataclass(frozen=True, eq=False)
class MessagePlaceholder(Placeholder):
    """A message: a base with some fields replaced."""

    base: message.Message
    fields: Mapping[str, object]

    def value_in(self, scope: Scope) -> message.Message:
        values = {name: plain(resolve(value, scope)) for name, value in self.fields.items()}
        result = type(self.base)()
        result.CopyFrom(self.base)
        try:
            json_format.ParseDict({name: value for name, value in values.items() if value is not None}, result)
        except json_format.ParseError as error:
            raise ConfigError(
                f"the fields do not make a {type(self.base).__name__}", value=values, hint=str(error)
            ) from error
        return result


@dataclass(frozen=True, eq=False)
class PathPlaceholder(Placeholder):
    """Path segments joined with ``/``."""

    items: tuple[object, ...]

    def value_in(self, scope: Scope) -> str | None:
        values = [resolve(item, scope) for item in self.items]
        return None if any(value is None for value in values) else posixpath.join(*(as_text(value) for value in values))


@dataclass(frozen=True, eq=False)
class DirnamePlaceholder(Placeholder):
    """The directory part of a path."""

    of: Placeholder

    def value_in(self, scope: Scope) -> str | None:
        value = self.of.value_in(scope)
        return None if value is None else posixpath.dirname(as_text(value))


def join(placeholders: Sequence[object], separator: str = "") -> Placeholder | str:
    """Text put together from constants and expressions, with a separator between them."""
    items: list[object] = []
    for index, item in enumerate(placeholders):
        items += [separator, item] if separator and index else [item]
    if not any(isinstance(item, Placeholder) for item in items):
        return "".join(as_text(item) for item in items)
    return Concatenation(tuple(items))


def join_path(*args: object) -> Placeholder:
    """A path put together from segments, with ``/`` between them."""
    if not args:
        raise ConfigError("join_path() needs at least one segment", hint="join_path(placeholder, 'name')")
    return PathPlaceholder(args)


def dirname(placeholder: Placeholder) -> Placeholder:
    """The directory part of a path: what is before its last ``/``."""
    return DirnamePlaceholder(placeholder)


def make_list(placeholders: Iterable[object]) -> Placeholder:
    """A list of constants and expressions."""
    return ListPlaceholder(tuple(placeholders))


def make_dict(entries: Mapping[Any, object] | Sequence[tuple[object, object]]) -> Placeholder:
    """A dict of constants and expressions; given as pairs, its keys may be expressions too."""
    pairs = entries.items() if isinstance(entries, Mapping) else entries
    return DictPlaceholder(tuple((key, value) for key, value in pairs))


def make_proto(base: message.Message, **fields: object) -> Placeholder:
    """A message like ``base``, with these fields set from constants, expressions, lists and dicts of them.

    Raises:
        ConfigError: the message has no field of a given name.
    """
    known = {field.name for field in base.DESCRIPTOR.fields}
    for name in fields:
        if name not in known:
            hint = "its fields: " + ", ".join(sorted(known))
            raise ConfigError(f"{type(base).__name__} has no field {name!r}", hint=hint)
    return MessagePlaceholder(base, {name: _expression(value) for name, value in fields.items()})


def _expression(value: object) -> object:
    if isinstance(value, Mapping):
        return make_dict({key: _expression(item) for key, item in value.items()})
    return make_list([_expression(item) for item in value]) if isinstance(value, list | tuple) else value
