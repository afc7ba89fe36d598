"""The shipped suite on PostgreSQL and on MySQL (MariaDB)."""

from __future__ import annotations

import pytest

from gristmill.metadata import MetadataStore
from gristmill.testing.metadata import MetadataStoreSuite

pytestmark = pytest.mark.database


class TestStoreOnAServer(MetadataStoreSuite):
    @pytest.fixture
    def store(self, empty_store: MetadataStore) -> MetadataStore:
        return empty_store
