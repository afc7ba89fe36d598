"""Test suites that back ends and user code can inherit, each a contract stated as tests; channels for unit tests."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.testing.channel import Channel

__all__ = ["Channel"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module("gristmill.testing.channel"), name)
