"""What travels to the workers: accumulators, readers, map functions, sinks, and the sources of the user's modules.

Beam's own pickling makes bytes of them, which the workers read from the job's workspace: a vocabulary or a graph may be
too large for a pipeline's description. Their SHA-256 travels with the pipeline: unpickling runs code, and others may be
able to write to a folder that all workers share. A worker first makes the user's modules importable and only then
unpickles, since the bytes name modules that a worker does not have.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from apache_beam.internal import pickler

from gristmill.errors import ConfigError

__all__ = ["SourceFinder", "Sources", "digest_of", "pack", "unpack"]


class Sources(Protocol):
    """Sources of modules: plain data, of a class that the workers have."""

    def install(self) -> None:
        """Make the modules importable in this process; those that are importable already stay as they are."""


SourceFinder = Callable[[bytes], Sources]
"""Finds the sources of the user's modules that a pickle names: ``gristmill.dsl.user_sources.sources_named_in``."""


@dataclass(frozen=True)
class _Parcel:
    """Pickled objects, and what must be installed before they are unpickled."""

    sources: Sources | None
    cargo: bytes


def pack(cargo: object, find_sources: SourceFinder | None = None) -> bytes:
    """Bytes from which another process gets the objects.

    Raises:
        ConfigError: something in them cannot be shipped.
    """
    packed = _pickled(cargo)
    sources = find_sources(zlib.decompress(base64.b64decode(packed))) if find_sources is not None else None
    return _pickled(_Parcel(sources, packed))


def digest_of(packed: bytes) -> str:
    """The SHA-256 of what ``pack`` made, in hexadecimal digits."""
    return hashlib.sha256(packed).hexdigest()


def unpack(data: bytes, digest: str) -> Any:
    """The objects that ``pack`` was given. Runs code: only that of whoever gave the digest.

    Args:
        data: the bytes, from wherever they lay.
        digest: of the bytes that ``pack`` made, from a place that only the job itself writes to.

    Raises:
        ConfigError: they are other bytes. Nothing of them has run.
    """
    if not hmac.compare_digest(digest_of(data), digest):
        raise ConfigError(
            "what a worker unpickles must be what the job has packed, and these are other bytes",
            value=f"SHA-256 {digest_of(data)} and not {digest}",
            hint="something else writes to the job's folder: set --temp_location to one that only the job may write to",
        )
    parcel: _Parcel = pickler.loads(data, use_zlib=True)
    if parcel.sources is not None:
        parcel.sources.install()
    return pickler.loads(parcel.cargo, use_zlib=True)


def _pickled(value: object) -> bytes:
    try:
        packed: bytes = pickler.dumps(value, enable_trace=False, use_zlib=True)
    except Exception as error:
        raise ConfigError(
            "what runs on workers must be shippable to them",
            value=f"{type(error).__name__}: {error}",
            hint="give its class __getstate__ and __setstate__ that leave out locks, open files and native handles",
        ) from error
    return packed
