"""Fixtures that every room's tests may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Machines are shared and noisy: how long an example takes says nothing about the code. CI takes the same examples in
# every run, so that it judges the change alone; a developer's runs search on.
settings.register_profile("gristmill", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gristmill")

CHECKOUT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference data: $GRISTMILL_SHARED, else `shared` beside the checkout; skips where there is none."""
    folder = Path(os.environ.get("GRISTMILL_SHARED", CHECKOUT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip("no reference data beside this checkout; set GRISTMILL_SHARED")
    return folder
