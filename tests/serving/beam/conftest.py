"""These tests need the ``beam`` and ``tensorflow`` extras; without them they are not collected."""

from __future__ import annotations

import importlib.util

missing = [name for name in ("apache_beam", "tensorflow") if importlib.util.find_spec(name) is None]
collect_ignore_glob = ["test_*.py"] if missing else []
