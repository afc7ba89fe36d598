"""Every store on this machine does what the model does, in any order of calls that hypothesis thinks of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest

from gristmill.metadata import MetadataStore
from gristmill.testing.metadata_model import check_against_model


def test_a_store_in_memory_does_what_the_model_does() -> None:
    check_against_model(lambda: MetadataStore("sqlite://"), outlives_closing=False)


def test_a_store_in_a_file_does_what_the_model_does(tmp_path: Path) -> None:
    numbers = count()
    check_against_model(lambda: MetadataStore(tmp_path / f"{next(numbers)}.db"))


@contextmanager
def client() -> Iterator[MetadataStore]:
    """The client of a server on the loopback interface, whose store is in memory."""
    from gristmill.metadata.wire.server import MetadataServer

    with (
        MetadataStore("sqlite://") as served,
        MetadataServer(served, port=0) as server,
        MetadataStore(f"grpc://{server.address}") as client,
    ):
        yield client


def test_a_client_of_a_server_does_what_the_model_does() -> None:
    pytest.importorskip("grpc")
    check_against_model(client)
