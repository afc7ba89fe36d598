"""Things that every process loads once, however often they are shipped to it: models, transforms, what a job ships.

Kept as long as somebody holds on to them. The process that ships a thing keeps it here itself, so that workers inside
that process use what is loaded already.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["keep", "loaded_once"]

Thing = TypeVar("Thing")

_things: weakref.WeakValueDictionary[str, Any] = weakref.WeakValueDictionary()
_lock = threading.RLock()  # a thing may be made of others


def keep(key: str, thing: object) -> None:
    """Let ``loaded_once`` find a thing that this process has.

    Args:
        key: unique to it in the world, e.g. a random token.
        thing: of a class whose objects can be referred to weakly.
    """
    with _lock:
        _things[key] = thing


def loaded_once(key: str, load: Callable[[], Thing]) -> Thing:
    """The thing of this key; ``load`` makes it where the process does not have it."""
    with _lock:
        thing: Thing | None = _things.get(key)
        if thing is None:
            thing = load()
            _things[key] = thing
        return thing
