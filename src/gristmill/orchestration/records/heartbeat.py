"""Keeps saying in the store that this process still works on a run.

A later process that can look at this one asks the operating system. One on another machine cannot, and goes by the
heartbeat: so a slow step is never taken for dead while its process beats.
"""

from __future__ import annotations

import logging
import threading
import time

from gristmill.metadata import MetadataStore
from gristmill.metadata.errors import StatusError
from gristmill.orchestration.records.record_names import HEARTBEAT
from gristmill.proto import metadata_store_pb2

__all__ = ["BEAT_SECONDS", "SILENCE_SECONDS", "Heartbeat", "now_ms"]

BEAT_SECONDS = 15.0  # seldom enough to cost nothing, often enough that a person sees life in the store
SILENCE_SECONDS = 600.0  # forty beats: longer than a stalled disk, a suspended laptop's nap or a failing-over database

_log = logging.getLogger(__name__)
_MASK = [f"custom_properties.{HEARTBEAT}"]


def now_ms() -> int:
    """Milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


class Heartbeat:
    """A thread that renews the heartbeat of one run and of the executions that it runs now. A context manager."""

    def __init__(self, store: MetadataStore, run: metadata_store_pb2.Context) -> None:
        self._store = store
        self._run = run
        self._executions: dict[int, metadata_store_pb2.Execution] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat_until_stopped, name="gristmill heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def add(self, execution: metadata_store_pb2.Execution) -> None:
        """Beat for this execution from now on."""
        with self._lock:
            self._executions[execution.id] = execution

    def discard(self, execution_id: int) -> None:
        """Beat for this execution no more. A beat that is under way ends first."""
        with self._lock:
            self._executions.pop(execution_id, None)

    def live_executions(self) -> list[metadata_store_pb2.Execution]:
        """The executions that it beats for."""
        with self._lock:
            return list(self._executions.values())

    def beat(self) -> None:
        """Write one beat."""
        with self._lock:  # held while writing, so that no beat comes after an execution was closed
            now = now_ms()
            executions = [_execution_beat(execution, now) for execution in self._executions.values()]
            if executions:
                self._store.put_executions(executions, field_mask_paths=_MASK)
            self._store.put_contexts([_run_beat(self._run, now)], field_mask_paths=_MASK)

    def _beat_until_stopped(self) -> None:
        while not self._stop.wait(BEAT_SECONDS):
            try:
                self.beat()
            except StatusError as error:
                # A store that is away for a moment must not end the run; the next beat tries again.
                _log.warning("heartbeat was not written: %s", error)


def _execution_beat(execution: metadata_store_pb2.Execution, now: int) -> metadata_store_pb2.Execution:
    """A message with the execution's identity and its new heartbeat."""
    message = metadata_store_pb2.Execution(id=execution.id, type_id=execution.type_id)
    message.custom_properties[HEARTBEAT].int_value = now
    return message


def _run_beat(run: metadata_store_pb2.Context, now: int) -> metadata_store_pb2.Context:
    message = metadata_store_pb2.Context(id=run.id, type_id=run.type_id, name=run.name)
    message.custom_properties[HEARTBEAT].int_value = now
    return message
