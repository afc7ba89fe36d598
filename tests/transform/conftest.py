"""These tests need the ``tensorflow`` extra; without it they are not collected."""

import importlib.util

collect_ignore_glob = ["test_*.py"]
if importlib.util.find_spec("tensorflow") is not None:
    import gristmill.io.tensors  # noqa: F401 - before tensorflow, whose start-up chatter it switches off

    collect_ignore_glob = []
