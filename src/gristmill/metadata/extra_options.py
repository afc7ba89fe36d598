"""``extra_options``: an argument of every method of ML Metadata's store that has no effect, there or here.

Programs pass it, so the methods take it. What is no ``ExtraOptions`` was meant for another argument, and is refused.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any, TypeVar

from gristmill.metadata import errors

__all__ = ["ExtraOptions", "checks_extra_options"]

_NAME = "extra_options"
Methods = TypeVar("Methods", bound=type)


class ExtraOptions:
    """Options without effect, which ML Metadata publishes to look like a store of its makers.

    Args:
        euc: anything; nothing reads it.
    """

    def __init__(self, euc: object = None) -> None:
        pass


def checks_extra_options(methods: Methods) -> Methods:
    """Class decorator: the methods whose last parameter is ``extra_options`` refuse what is no ``ExtraOptions``.

    They raise InvalidArgumentError then, before they do anything else.
    """
    for name, method in list(vars(methods).items()):
        if isinstance(method, FunctionType) and _last_parameter(method) == _NAME:
            setattr(methods, name, _checked(method))
    return methods


def _last_parameter(method: FunctionType) -> str:
    code = method.__code__
    return code.co_varnames[code.co_argcount - 1] if code.co_argcount else ""


def _checked(method: FunctionType) -> Callable[..., Any]:
    place = method.__code__.co_argcount - 1

    @functools.wraps(method)
    def checked(*arguments: Any, **named: Any) -> Any:
        given = arguments[place] if len(arguments) > place else named.get(_NAME)
        if given is not None and not isinstance(given, ExtraOptions):
            raise errors.InvalidArgumentError(
                f"{_NAME} of {method.__name__} is an ExtraOptions or None",
                value=given,
                hint="leave it out: it has no effect",
            )
        return method(*arguments, **named)

    return checked
