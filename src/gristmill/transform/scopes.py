"""Name scopes: they make an analyzer's name, and with it the default name of a vocabulary's file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import tensorflow as tf

__all__ = ["unique_scope"]


@contextlib.contextmanager
def unique_scope(name: str | None, default: str) -> Iterator[str]:
    """Enter the scope ``name`` or ``default``, made unique with ``_1``, ``_2``, …; yields its full name."""
    with tf.compat.v1.name_scope(name, default) as scope:
        yield scope.rstrip("/")
