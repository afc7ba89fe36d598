"""Errors about what a preprocessing_fn passes to analyzers and mappers."""

from __future__ import annotations

from gristmill.errors import ConfigError

__all__ = ["ArgumentTypeError"]


class ArgumentTypeError(ConfigError, TypeError):
    """An argument has a type or dtype that the function does not take; a TypeError, as the field's code expects."""
