"""Calls of a class whose arguments do not fit end in an error that names the argument, and the one that was meant."""

from __future__ import annotations

import abc
import inspect
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError

__all__ = ["ArgumentsError", "CheckedCall"]


class ArgumentsError(ConfigError, TypeError):
    """A class was called with arguments that it does not take, or without one that it needs; a TypeError as well."""


class CheckedCall(abc.ABCMeta):
    """The metaclass of what users put their pipelines together from; of the kind that abstract classes have."""

    @property
    def __signature__(cls) -> inspect.Signature:
        """The signature of ``__init__``, which a metaclass with a call of its own would hide."""
        of_init = inspect.signature(inspect.getattr_static(cls, "__init__"))
        return of_init.replace(parameters=list(of_init.parameters.values())[1:])

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().__call__(*args, **kwargs)
        except TypeError as error:
            traceback = error.__traceback__
            if isinstance(error, ConfigError) or (traceback is not None and traceback.tb_next is not None):
                raise  # from inside: the arguments fit
            raise _misfit(cls, args, kwargs, error) from None


def _misfit(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any], error: TypeError) -> TypeError:
    parameters = inspect.signature(cls).parameters
    known = list(parameters)
    for name in kwargs:
        if name not in known:
            return ArgumentsError(
                f"{cls.__name__} has no parameter {name!r}",
                value=kwargs[name],
                hint=did_you_mean(name, known, "its parameters"),
            )
    given = {*known[: len(args)], *kwargs}
    needed = [
        name for name, parameter in parameters.items() if name not in given and parameter.default is parameter.empty
    ]
    if needed:
        return ArgumentsError(
            f"{cls.__name__} needs {', '.join(map(repr, needed))}", hint=f"pass {'=…, '.join(needed)}=…"
        )
    return ArgumentsError(f"{cls.__name__}: {error}", hint=f"its parameters are: {', '.join(known)}")
