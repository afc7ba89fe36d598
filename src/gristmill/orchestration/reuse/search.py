"""Looks for an execution whose outputs can be used again, proves them, and says why not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.artifact_registry import from_store
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint
from gristmill.orchestration.fingerprints.payload import Payload, refusal
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.newest_first import newest_executions
from gristmill.orchestration.records.run_records import int_of, text_of
from gristmill.proto import metadata_store_pb2

__all__ = [
    "CACHE_OFF",
    "FIRST_RUN",
    "Hit",
    "Lookup",
    "find_reusable",
    "last_complete",
    "output_events",
    "outputs_of",
    "outputs_of_all",
    "parts_in_words",
    "paths_of",
    "reason_to_run",
    "refusal_of",
    "reused_execution",
]

FIRST_RUN = "first run"
CACHE_OFF = "nothing changed, but the pipeline's cache is off"  # the one policy that finds nothing by looking

_PARTS_NAMED = 5  # changes listed in a line; a folder of data may have thousands of files
_HISTORY_LOOKED_AT = 50  # executions that are of no use; more of them in a row tell nothing new

_Execution = metadata_store_pb2.Execution
_OUTPUT_EVENTS = (metadata_store_pb2.Event.OUTPUT, metadata_store_pb2.Event.INTERNAL_OUTPUT)


@dataclass(frozen=True)
class Hit:
    """An execution that can stand for the one that would be run.

    Attributes:
        execution: the execution that made the outputs.
        outputs: its outputs, proved.
    """

    execution: metadata_store_pb2.Execution
    outputs: Mapping[str, Sequence[Artifact]]


@dataclass(frozen=True)
class Lookup:
    """What the cache says about a fingerprint.

    Attributes:
        hit: the newest execution that holds up, if any.
        refusals: why executions with this fingerprint were not taken, newest first.
    """

    hit: Hit | None = None
    refusals: Sequence[str] = field(default_factory=tuple)


def find_reusable(
    store: MetadataStore,
    cache_key: str,
    output_keys: Collection[str],
    oldest: int,
    may_use: Callable[[metadata_store_pb2.Execution], bool],
    executor_refusal: Callable[[Mapping[str, Sequence[Artifact]]], str],
) -> Lookup:
    """The newest complete execution with this fingerprint whose stored outputs are what they were.

    Where those of many executions in a row are not, older ones are not looked at.

    Args:
        cache_key: the fingerprint's key.
        output_keys: keys that must be there.
        oldest: executions with ids below this do not come into question.
        may_use: whether one of the others does.
        executor_refusal: why outputs that are what they were may still not be used; empty if they may.
    """
    context = store.get_context_by_type_and_name(names.EXECUTION_CACHE, cache_key)
    if context is None:
        return Lookup()
    refusals: list[str] = []
    for execution in newest_executions(store, context.id):
        if execution.id < oldest or len(refusals) == _HISTORY_LOOKED_AT:
            break
        if execution.last_known_state != _Execution.COMPLETE or not may_use(execution):
            continue
        outputs = outputs_of(store, execution.id)
        harm = _refusal_of_outputs(outputs, output_keys)
        reason = f"the stored outputs cannot be used: {harm}" if harm else executor_refusal(outputs)
        if not reason:
            return Lookup(Hit(execution, outputs), refusals)
        refusals.append(reason)
    return Lookup(None, refusals)


def outputs_of(store: MetadataStore, execution_id: int) -> dict[str, list[Artifact]]:
    """The output artifacts of an execution, by key."""
    found: dict[str, dict[int, Artifact]] = {}
    for _, key, index, artifact in outputs_of_all(store, [execution_id]):
        found.setdefault(key, {})[index] = artifact
    return {key: [items[index] for index in sorted(items)] for key, items in found.items()}


def outputs_of_all(store: MetadataStore, execution_ids: Sequence[int]) -> list[tuple[int, str, int, Artifact]]:
    """The outputs of executions, each with the execution, the key and the index."""
    events = output_events(store, execution_ids)
    artifacts, types = store.get_artifacts_and_types_by_artifact_ids([event.artifact_id for event in events])
    types_by_id = {kind.id: kind for kind in types}
    by_id = {artifact.id: artifact for artifact in artifacts}
    return [
        (event.execution_id, key, index, from_store(message, types_by_id[message.type_id]))
        for event in events
        if (message := by_id.get(event.artifact_id)) is not None
        for key, index in paths_of(event)
    ]


def output_events(store: MetadataStore, execution_ids: Sequence[int]) -> list[metadata_store_pb2.Event]:
    """The events by which executions put out artifacts, in the order of storing."""
    if not execution_ids:
        return []
    return [event for event in store.get_events_by_execution_ids(execution_ids) if event.type in _OUTPUT_EVENTS]


def paths_of(event: metadata_store_pb2.Event) -> list[tuple[str, int]]:
    """The (key, index) pairs of an event's path."""
    steps = list(event.path.steps)
    return [(str(steps[i].key), int(steps[i + 1].index)) for i in range(0, len(steps) - 1, 2)]


def _refusal_of_outputs(outputs: Mapping[str, Sequence[Artifact]], output_keys: Collection[str]) -> str:
    missing = [key for key in output_keys if key not in outputs]
    if missing:
        return f"the store knows no output {missing[0]!r} of it"
    for artifacts in outputs.values():
        for artifact in artifacts:
            if reason := refusal_of(artifact):
                return reason
    return ""


def refusal_of(artifact: Artifact) -> str:
    """Why a stored artifact cannot be used again; empty when its bytes are proved to be those recorded."""
    message = artifact.mlmd_artifact
    if message.state != metadata_store_pb2.Artifact.LIVE:
        state = metadata_store_pb2.Artifact.State.Name(message.state)
        return f"artifact {artifact.id} ({artifact.uri}) is in the state {state}"
    recorded = Payload(text_of(message, names.PAYLOAD_DIGEST), text_of(message, names.MANIFEST))
    return refusal(artifact.uri, recorded, may_be_link=artifact.is_external)


def reason_to_run(earlier: metadata_store_pb2.Execution | None, fingerprint: Fingerprint, lookup: Lookup) -> str:
    """Why nothing was reused, for people: "model.py changed".

    Args:
        earlier: the node's last complete execution.
        fingerprint: of what it would do now.
        lookup: what the cache said.
    """
    if lookup.refusals:
        return lookup.refusals[0]
    if earlier is None:
        return FIRST_RUN
    parts = json.loads(text_of(earlier, names.FINGERPRINT_PARTS) or "{}")
    changes = fingerprint.changes_since(parts)
    if not parts:
        return "no earlier execution tells what decided its outputs"
    if not changes:
        return CACHE_OFF
    return parts_in_words(changes)


def parts_in_words(changes: Sequence[str]) -> str:
    """The parts of a fingerprint that changed, for people."""
    return _in_words([_part_in_words(name) for name in changes]) + " changed"


def _in_words(parts: Sequence[str]) -> str:
    more = len(parts) - _PARTS_NAMED
    return ", ".join(parts[:_PARTS_NAMED]) + (f" and {more} more" if more > 0 else "")


def _part_in_words(part: str) -> str:
    if part.startswith("file "):
        return _short_path(part.removeprefix("file "))
    return part.removeprefix("code ")


def _short_path(uri: str) -> str:
    """A file's name for people: below the working directory without the way there."""
    if not filesystem.is_local(uri):
        return uri
    path = os.path.relpath(filesystem.local_path(uri))
    return uri if path.startswith(os.pardir) else path


def last_complete(
    store: MetadataStore, pipeline_name: str, node_id: str, *, before: int | None = None
) -> metadata_store_pb2.Execution | None:
    """The last execution of a node that came to a good end; None where there is none, or it is long ago.

    One that tells what decided its outputs goes before those that do not, such as the stand-ins of a partial run.

    Args:
        before: look only at executions before the one with this id.
    """
    context = store.get_context_by_type_and_name(names.NODE, names.node_context_name(pipeline_name, node_id))
    if context is None:
        return None
    good: list[metadata_store_pb2.Execution] = []
    for execution in islice(newest_executions(store, context.id, before=before), _HISTORY_LOOKED_AT):
        if execution.last_known_state in (_Execution.COMPLETE, _Execution.CACHED):
            if names.FINGERPRINT_PARTS in execution.custom_properties:
                return execution
            good.append(execution)
    return good[0] if good else None


def reused_execution(execution: metadata_store_pb2.Execution) -> int:
    """The execution that made the outputs of this one: itself, unless it was a reuse."""
    return int_of(execution, names.REUSED_EXECUTION) or int(execution.id)
