"""The family's names in this process, for the time of a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import gristmill.compat


@pytest.fixture
def family(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Names only: other tests may have loaded TensorFlow with Keras 3 into this process."""
    monkeypatch.setenv("TF_USE_LEGACY_KERAS", "0")
    gristmill.compat.install()
    yield
    gristmill.compat.uninstall()
