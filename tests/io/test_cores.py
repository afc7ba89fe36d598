"""Work is spread over the cores that the process may use."""

from __future__ import annotations

import os

import pytest

from gristmill.io.cores import usable_cores


def test_a_process_that_is_bound_to_cores_uses_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 3}, raising=False)
    assert usable_cores() == 2


def test_a_system_without_bound_processes_uses_all_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 5)
    assert usable_cores() == 5
