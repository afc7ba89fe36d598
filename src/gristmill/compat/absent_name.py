"""A name that users of the family know and whose behaviour is not here: it imports, and says so when it is used."""

from __future__ import annotations

from abc import ABCMeta
from typing import Any, NoReturn

from gristmill.errors import NotSupportedError

__all__ = ["absent_name", "is_absent"]


class _AbsentType(ABCMeta):
    """The type of absent names. They can be imported, named in annotations and derived from; not called or read."""

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        cls._refuse()

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):  # what Python itself and IDEs ask of any class
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        cls._refuse()

    def _refuse(cls) -> NoReturn:
        absent = next(base for base in cls.__mro__ if "_absent_hint" in vars(base))
        raise NotSupportedError(
            f"{absent.__module__}.{absent.__name__} has no counterpart in gristmill",
            hint=vars(absent)["_absent_hint"],
        )


def absent_name(module: str, name: str, hint: str) -> type:
    """A stand-in for ``module.name``.

    Args:
        module: the family's module.
        name: the name in it.
        hint: what to use instead.
    """
    body = {"__module__": module, "__doc__": f"Not available; instead: {hint}", "_absent_hint": hint}
    return _AbsentType(name, (), body)


def is_absent(value: object) -> bool:
    """Whether a value stands for a name without behaviour."""
    return isinstance(value, _AbsentType)
