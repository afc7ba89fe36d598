"""Refuses code whose sources were edited since this process loaded it.

A kernel lives for days. Python does not load a module anew because its file was edited, so what would run is the old
code, and it would be recorded under the new text: a later run would take its outputs for those of the new code.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from weakref import WeakKeyDictionary

from gristmill.errors import ConfigError, Place

__all__ = ["check_as_loaded"]

# The sources of each thing as this process first looked at them, as near to its import as we can get; of a module, with
# its spec: a reload keeps the module and gives it another spec.
_first_seen: WeakKeyDictionary[object, tuple[object, dict[str, bytes | str]]] = WeakKeyDictionary()


def check_as_loaded(loaded: object, name: str, file: Path, code: Mapping[str, bytes | str]) -> None:
    """Compare the sources of a class, a function or a module with those that were seen when it was loaded.

    Raises:
        ConfigError: they are others now.
    """
    spec = getattr(loaded, "__spec__", None)
    first_spec, first_code = _first_seen.setdefault(loaded, (spec, dict(code)))
    if first_spec is not spec:
        _first_seen[loaded] = spec, dict(code)
    elif first_code != code:
        raise ConfigError(
            f"the sources of {name} were edited since it was imported: what would run is not what they say",
            place=Place(uri=str(file)),
            hint="importlib.reload its module and make the component anew, or restart the kernel.",
        )
