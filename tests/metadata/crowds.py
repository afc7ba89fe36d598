"""Crowds of processes that come to one store at the same moment."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from gristmill.metadata import MetadataStore

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "measured" / "metadata_crowd.py"


def crowd(url: str | Path, *, writers: int, writes: int, upgrade: bool = False) -> None:
    """Has processes open a store and store executions; none may fail, and each execution must be there afterwards."""
    options = [f"--writers={writers}", f"--writes={writes}", *["--upgrade"] * upgrade]
    subprocess.run([sys.executable, str(SCRIPT), str(url), *options], check=True)


def check_two_crowds(url: str | Path, *, writers: int, writes: int) -> None:
    """One at a database that is absent, and another at what it made, lose no write."""
    for crowds in (1, 2):
        crowd(url, writers=writers, writes=writes)
        with MetadataStore(url) as store:
            assert len(store.get_executions()) == crowds * writers * writes
            check_whole(store)
            assert len(store.get_contexts()) == 1 + crowds * writers
            assert len(store.get_artifact_types()) == len(store.get_context_types()) == 1


def check_whole(store: MetadataStore) -> None:
    """Every execution has its artifact, its event and its two contexts, and nothing else is there."""
    executions = store.get_executions()
    events = store.get_events_by_execution_ids([e.id for e in executions])
    assert len(executions) == len(events) == len(store.get_artifacts())
    for execution in executions:
        assert len(store.get_contexts_by_execution(execution.id)) == 2
