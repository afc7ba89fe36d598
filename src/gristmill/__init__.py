"""gristmill: production machine-learning pipelines, from raw rows to a validated, served model.

    import gristmill as tfx

    examples = tfx.components.CsvExampleGen(input_base="data")

The parts are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill import components, dsl, extensions, orchestration, proto, testing, types, utils

__all__ = ["__version__", "components", "dsl", "extensions", "orchestration", "proto", "testing", "types", "utils"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib import metadata  # costs more than the rest of this module; few ask

        return metadata.version("gristmill")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return importlib.import_module(f"gristmill.{name}")


def __dir__() -> list[str]:
    return __all__
