"""What the store's methods take, checked by the names of their parameters before anything is done.

Python would let a call through whose arguments are of the wrong kind: an execution put as an artifact, the text of a
path where a list of paths belongs, an id as text. Some of it would do something else, the rest fail somewhere inside.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterable, Mapping
from types import FunctionType
from typing import Any, TypeVar

from gristmill.metadata import errors
from gristmill.metadata.extra_options import ExtraOptions
from gristmill.metadata.kinds import ARTIFACT, CONTEXT, EXECUTION
from gristmill.metadata.listing import ListOptions, OrderByField
from gristmill.proto.metadata_store_pb2 import (
    Artifact,
    Association,
    Attribution,
    Context,
    Event,
    Execution,
    LineageSubgraphQueryOptions,
    ParentContext,
)

__all__ = ["checks_arguments"]

Methods = TypeVar("Methods", bound=type)
Check = Callable[[str, Any], Any]
"""Gives the argument, iterables as lists; takes what to call it."""


def checks_arguments(methods: Methods) -> Methods:
    """Class decorator: methods raise InvalidArgumentError for arguments that are not of the kind of their parameter."""
    for name, method in list(vars(methods).items()):
        if isinstance(method, FunctionType) and not name.startswith("_"):
            setattr(methods, name, _checked(method))
    return methods


def _checked(method: FunctionType) -> Callable[..., Any]:
    parameters = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    checks = [(name, _CHECKS[name]) for name in sorted(parameters, key="extra_options".__ne__) if name in _CHECKS]

    @functools.wraps(method)
    def checked(self: Any, *arguments: Any, **named: Any) -> Any:
        given = {**dict(zip(parameters, arguments, strict=False)), **named}
        if len(given) != len(arguments) + len(named):
            return method(self, *arguments, **named)  # which Python refuses
        for name, check in checks:
            if name in given:
                given[name] = check(f"{name} of {method.__name__}", given[name])
        return method(self, **given)

    return checked


def _wrong(what: str, rule: str, given: object, hint: str | None = None) -> errors.InvalidArgumentError:
    return errors.InvalidArgumentError(f"{what} must be {rule}", value=given, hint=hint)


def _extra_options(what: str, given: Any) -> Any:
    if given is not None and not isinstance(given, ExtraOptions):
        raise _wrong(what, "an ExtraOptions, or None", given, "leave it out: it has no effect")
    return given


def _message(kind: type) -> Check:
    def check(what: str, given: Any) -> Any:
        if not isinstance(given, kind):
            hint = "messages are those of gristmill.metadata, or of ml_metadata.proto after gristmill.compat.install()"
            raise _wrong(what, f"a message {kind.__name__}", _named(given), hint)
        return given

    return check


def _named(given: object) -> str:
    return f"{type(given).__module__}.{type(given).__name__}"


def _optional(check: Check) -> Check:
    return lambda what, given: None if given is None else check(what, given)


def _list_of(check: Check) -> Check:
    def check_all(what: str, given: Any) -> list[Any]:
        if isinstance(given, str | bytes) or not isinstance(given, Iterable):
            raise _wrong(what, "a list, or another iterable", given)
        return [check(f"each of {what}", each) for each in given]

    return check_all


def _tuple_of(*checks: Check) -> Check:
    def check_each(what: str, given: Any) -> tuple[Any, ...]:
        if not isinstance(given, tuple | list) or len(given) != len(checks):
            raise _wrong(what, f"a tuple of {len(checks)}", _named(given))
        return tuple(check(what, each) for check, each in zip(checks, given, strict=True))

    return check_each


def _text(what: str, given: Any) -> str:
    if not isinstance(given, str):
        raise _wrong(what, "a text", given)
    return given


def _integer(what: str, given: Any) -> int:
    try:
        return operator.index(given)  # also of numpy's integers
    except TypeError:
        raise _wrong(what, "an integer", given) from None


def _list_options(what: str, given: Any) -> ListOptions:
    if not isinstance(given, ListOptions):
        raise _wrong(what, "a ListOptions", given)
    _optional(_integer)(f"limit in the {what}", given.limit)
    _optional(_text)(f"filter_query in the {what}", given.filter_query)
    if given.order_by is not None and not isinstance(given.order_by, OrderByField):
        raise _wrong(f"order_by in the {what}", "an OrderByField", given.order_by)
    return given


_KINDS = (ARTIFACT, EXECUTION, CONTEXT)
_CHECKS: Mapping[str, Check] = {
    "extra_options": _extra_options,
    **{f"{kind.name}_type": _message(kind.type) for kind in _KINDS},
    **{f"{kind.name}s": _list_of(_message(kind.node)) for kind in _KINDS},
    "contexts": _optional(_list_of(_message(Context))),
    **{f"{kind.name}_ids": _list_of(_integer) for kind in _KINDS},
    **{f"{kind.name}_id": _integer for kind in _KINDS},
    **{f"{kind.name}_name": _text for kind in _KINDS},
    "execution": _message(Execution),
    "events": _list_of(_message(Event)),
    "attributions": _list_of(_message(Attribution)),
    "associations": _list_of(_message(Association)),
    "parent_contexts": _list_of(_message(ParentContext)),
    "artifact_and_events": _list_of(_tuple_of(_optional(_message(Artifact)), _optional(_message(Event)))),
    "event_edges": _list_of(_tuple_of(_optional(_integer), _optional(_integer), _message(Event))),
    "query_options": _message(LineageSubgraphQueryOptions),
    "field_mask_paths": _optional(_list_of(_text)),
    "type_ids": _list_of(_integer),
    "type_name": _text,
    "type_version": _optional(_text),
    "external_ids": _list_of(_text),
    "uri": _text,
    "list_options": _optional(_list_options),
}
"""By the name of the parameter, which means the same in every method."""
