"""The shipped suite on SQLite, in a file and in memory."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gristmill.metadata import ConnectionConfig, MetadataStore, sqlite_config
from gristmill.testing.metadata import MetadataStoreSuite


class TestStoreInAFile(MetadataStoreSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[MetadataStore]:
        with MetadataStore(sqlite_config(tmp_path / "metadata.db")) as store:
            yield store


class TestStoreInMemory(MetadataStoreSuite):
    @pytest.fixture
    def store(self) -> Iterator[MetadataStore]:
        config = ConnectionConfig()
        config.fake_database.SetInParent()
        with MetadataStore(config) as store:
            yield store
