"""Names of the family's extensions for Google Cloud. They resolve; making one says what to use here instead."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.extensions import google_cloud_ai_platform, google_cloud_big_query

__all__ = ["google_cloud_ai_platform", "google_cloud_big_query"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"{__name__}.{name}")


def __dir__() -> list[str]:
    return __all__
