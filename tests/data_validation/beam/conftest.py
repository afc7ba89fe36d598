"""These tests need the ``beam`` extra; without it they are not collected."""

from __future__ import annotations

import importlib.util

collect_ignore_glob = [] if importlib.util.find_spec("apache_beam") else ["test_*.py"]
