"""The shipped suite and the model on PostgreSQL and on MySQL (MariaDB)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from gristmill.metadata import MetadataStore
from gristmill.testing.metadata import MetadataStoreSuite
from gristmill.testing.metadata_model import check_against_model

pytestmark = pytest.mark.database


class TestStoreOnAServer(MetadataStoreSuite):
    @pytest.fixture
    def store(self, empty_store: MetadataStore) -> MetadataStore:
        return empty_store


def test_a_store_on_a_server_does_what_the_model_does(emptying: Callable[[], MetadataStore]) -> None:
    check_against_model(lambda: nullcontext(emptying()), examples=15)
