"""What travels to the workers: accumulators, readers, map functions, sinks, and the sources of the user's modules.

Beam's own pickling carries them. The cargo is pickled once, by the driver, into bytes; a worker first makes the user's
modules importable and only then unpickles, since the bytes name modules that a worker does not have. Whichever steps
of a job run in one process share what was unpickled there.
"""

from __future__ import annotations

import base64
import secrets
import threading
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from apache_beam.internal import pickler

from gristmill.errors import ConfigError

__all__ = ["Shipment", "SourceFinder", "Sources", "ship"]


class Sources(Protocol):
    """Sources of modules: plain data, of a class that the workers have."""

    def install(self) -> None:
        """Make the modules importable in this process; those that are importable already stay as they are."""


SourceFinder = Callable[[bytes], Sources]
"""Finds the sources of the user's modules that a pickle names: ``gristmill.dsl.user_sources.sources_named_in``."""


class _Opened:
    """What a shipment holds, unpickled in this process."""

    def __init__(self, cargo: Any) -> None:
        self.cargo = cargo


_opened: weakref.WeakValueDictionary[str, _Opened] = weakref.WeakValueDictionary()
_lock = threading.RLock()


@dataclass(frozen=True)
class Shipment:
    """Packed objects.

    Attributes:
        number: tells shipments apart.
        sources: what they need to be unpacked; None for code that is installed everywhere.
        packed: the objects, by Beam's pickling.
    """

    number: str
    sources: Sources | None
    packed: bytes

    def open(self) -> _Opened:
        """Unpack, once in each process as long as somebody holds on to the result."""
        with _lock:
            opened = _opened.get(self.number)
            if opened is None:
                if self.sources is not None:
                    self.sources.install()
                opened = _Opened(pickler.loads(self.packed, use_zlib=True))
                _opened[self.number] = opened
            return opened


def ship(cargo: object, find_sources: SourceFinder | None = None) -> Shipment:
    """Pack an object for workers.

    Raises:
        ConfigError: something in it cannot be shipped.
    """
    try:
        packed = pickler.dumps(cargo, enable_trace=False, use_zlib=True)
    except Exception as error:
        raise ConfigError(
            "what runs on workers must be shippable to them",
            value=f"{type(error).__name__}: {error}",
            hint="give the class __getstate__ and __setstate__ that leave out locks, open files and native handles",
        ) from error
    sources = find_sources(zlib.decompress(base64.b64decode(packed))) if find_sources is not None else None
    return Shipment(secrets.token_hex(8), sources, packed)
