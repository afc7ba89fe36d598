"""Names the file of the rows in which a fault was found."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

from gristmill.errors import DataError, Place
from gristmill.io.shard import Shard

__all__ = ["faults_named"]


@contextlib.contextmanager
def faults_named(shard: Shard) -> Iterator[None]:
    """A ``DataError`` of an accumulator or a map function, which see rows and not files, gets the file of the shard."""
    try:
        yield
    except DataError as error:
        place = error.place or Place()
        if place.uri is None:
            error.place = replace(place, uri=shard.uri)
        raise
