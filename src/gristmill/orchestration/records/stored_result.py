"""How the end of a node is put into words, and read back from the store."""

from __future__ import annotations

import json

from gristmill.errors import GristmillError
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import int_of, text_of
from gristmill.orchestration.stops.cancellation import Interrupted
from gristmill.proto import metadata_store_pb2
from gristmill.redaction import without_secrets

__all__ = ["SAME_AS", "message_of", "reason_to_reuse", "run_number_of", "seconds_of", "summary_of"]

SAME_AS = "same inputs, parameters and code as"


def message_of(error: BaseException) -> str:
    """What is recorded of an error: its text without secrets, and its kind where the text does not explain itself."""
    if isinstance(error, Interrupted):
        return "stopped from outside"
    if isinstance(error, GristmillError):
        return str(error)
    return without_secrets(f"{type(error).__name__}: {error}") if str(error) else type(error).__name__


def reason_to_reuse(execution: metadata_store_pb2.Execution) -> str:
    """Why this execution stands for a new one."""
    return f"{SAME_AS} run {run_number_of(execution)}"


def summary_of(execution: metadata_store_pb2.Execution) -> list[str]:
    """The lines that the executor reported."""
    return [str(line) for line in json.loads(text_of(execution, names.SUMMARY) or "[]")]


def seconds_of(execution: metadata_store_pb2.Execution) -> float | None:
    """How long it took; None where that was not recorded."""
    if names.SECONDS not in execution.custom_properties:
        return None
    return float(execution.custom_properties[names.SECONDS].double_value)


def run_number_of(execution: metadata_store_pb2.Execution) -> int:
    """The number of the run that it belongs to; 0 where that was not recorded."""
    return int_of(execution, names.NUMBER)
