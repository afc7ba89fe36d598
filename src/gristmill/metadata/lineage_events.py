"""Which events say that an execution used an artifact, and which that it made one."""

from __future__ import annotations

from gristmill.proto.metadata_store_pb2 import Event

__all__ = ["INPUT_EVENTS", "OUTPUT_EVENTS"]

INPUT_EVENTS: frozenset[int] = frozenset({Event.INPUT, Event.DECLARED_INPUT, Event.INTERNAL_INPUT})
OUTPUT_EVENTS: frozenset[int] = frozenset(
    {Event.OUTPUT, Event.DECLARED_OUTPUT, Event.INTERNAL_OUTPUT, Event.PENDING_OUTPUT}
)
