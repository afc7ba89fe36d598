"""The run as the store knows it: a ``pipeline_run`` context, numbered, with its owner, state and nodes."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.metadata.errors import AlreadyExistsError, NotFoundError
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.heartbeat import now_ms
from gristmill.orchestration.records.newest_first import literal, newest_contexts, newest_executions
from gristmill.orchestration.records.process_identity import ProcessIdentity, current_process
from gristmill.proto import metadata_store_pb2

__all__ = [
    "ContextTypes",
    "RunRecord",
    "close_run",
    "int_of",
    "is_own_run",
    "last_run",
    "leave_run",
    "newest_runs",
    "open_run",
    "owner_of",
    "reopen_run",
    "set_owner",
    "text_of",
]

Node = metadata_store_pb2.Context | metadata_store_pb2.Execution | metadata_store_pb2.Artifact

_NUMBERING_ATTEMPTS = (
    1000  # two runs that start together collide once; so many collisions mean that something is broken
)
_LATELY = 10  # contexts: a run may add some of its fingerprints, and other pipelines their runs; also runs of one


_own_runs: set[str] = set()  # ids of the runs that this process works on now


@dataclass(frozen=True)
class ContextTypes:
    """Ids of the context types in one store."""

    pipeline: int
    pipeline_run: int
    node: int
    execution_cache: int

    @classmethod
    def register(cls, store: MetadataStore) -> ContextTypes:
        """Make sure that the types are there."""
        kinds = (names.PIPELINE, names.PIPELINE_RUN, names.NODE, names.EXECUTION_CACHE)
        return cls(*(store.put_context_type(metadata_store_pb2.ContextType(name=kind)) for kind in kinds))


@dataclass(frozen=True)
class RunRecord:
    """One run in the store.

    Attributes:
        context: the ``pipeline_run`` context.
    """

    context: metadata_store_pb2.Context

    @property
    def run_id(self) -> str:
        return str(self.context.name)

    @property
    def pipeline_name(self) -> str:
        return text_of(self.context, names.PIPELINE_NAME)

    @property
    def pipeline_root(self) -> str:
        return text_of(self.context, names.PIPELINE_ROOT)

    @property
    def number(self) -> int:
        return int_of(self.context, names.NUMBER)

    @property
    def resumes(self) -> int:
        """The number of the unfinished run of this pipeline that it goes on from; 0 where it begins anew."""
        return int_of(self.context, names.RESUMES)

    @property
    def state(self) -> str:
        """``running``, ``complete``, ``failed`` or ``canceled``; empty for a run that another tool recorded."""
        return text_of(self.context, names.RUN_STATE)

    @property
    def reason(self) -> str:
        return text_of(self.context, names.REASON)

    @property
    def started_ms(self) -> int:
        """Milliseconds since 1970-01-01 UTC."""
        return int_of(self.context, names.STARTED) or int(self.context.create_time_since_epoch)

    @property
    def seconds(self) -> float | None:
        """How long it took; None while it runs, or when its end was not seen."""
        finished = int_of(self.context, names.FINISHED)
        return (finished - self.started_ms) / 1000 if finished else None

    @property
    def node_ids(self) -> list[str]:
        """All nodes, in the order of the pipeline."""
        return [str(node_id) for node_id in json.loads(text_of(self.context, names.NODE_IDS) or "[]")]

    @property
    def not_run(self) -> dict[str, tuple[str, str]]:
        """State and reason of the nodes that have no execution."""
        recorded = json.loads(text_of(self.context, names.NOT_RUN) or "{}")
        return {str(node_id): (str(state), str(reason)) for node_id, (state, reason) in recorded.items()}


def open_run(
    store: MetadataStore,
    types: ContextTypes,
    *,
    pipeline_name: str,
    pipeline_root: str,
    node_ids: Sequence[str],
    request: str = "",
    resumes: int = 0,
    claim: metadata_store_pb2.Context | None = None,
) -> RunRecord:
    """Record a new run in the state ``running``, under the next free number of its pipeline.

    Args:
        request: the digest of what was asked for.
        resumes: the number of the run that it goes on from.
        claim: a context that is recorded in the same transaction: so there is never one without the other.

    Raises:
        AlreadyExistsError: another run has recorded the claim.
        RunError: no free number was found, which cannot happen in a healthy store.
    """
    previous = last_run(store, pipeline_name)
    first = 1 if previous is None else previous.number + 1
    for number in range(first, first + _NUMBERING_ATTEMPTS):
        context = _new_context(types, pipeline_name, pipeline_root, node_ids, number)
        if request:
            context.custom_properties[names.REQUEST].string_value = request
        if resumes:
            context.custom_properties[names.RESUMES].int_value = resumes
        _own_runs.add(context.name)  # before others can see it, and find that nobody works on it
        try:
            context_id = store.put_contexts([context] if claim is None else [context, claim])[0]
        except AlreadyExistsError:
            _own_runs.discard(context.name)
            if claim is not None and store.get_context_by_type_and_name(names.RESUMPTION, claim.name) is not None:
                raise
            continue  # another run of this pipeline took the number, or started in the same microsecond
        return RunRecord(store.get_contexts_by_id([context_id])[0])  # with its time by the store's clock
    raise RunError(f"the pipeline {pipeline_name!r} has no free run number after {first}")


def reopen_run(store: MetadataStore, run: RunRecord, node_ids: Sequence[str]) -> None:
    """Record that this process goes on with a run that had ended; it has these nodes now."""
    _own_runs.add(run.run_id)
    properties = run.context.custom_properties
    for name in (names.FINISHED, names.REASON, names.NOT_RUN):
        properties.pop(name, None)
    properties[names.NODE_IDS].string_value = json.dumps(list(node_ids))
    properties[names.RUN_STATE].string_value = "running"
    set_owner(run.context, current_process())
    store.put_contexts([run.context])


def _new_context(
    types: ContextTypes, pipeline_name: str, pipeline_root: str, node_ids: Sequence[str], number: int
) -> metadata_store_pb2.Context:
    context = metadata_store_pb2.Context(
        type_id=types.pipeline_run,
        name=datetime.datetime.now().isoformat(),
        external_id=names.run_external_id(pipeline_name, number),
    )
    properties = context.custom_properties
    properties[names.PIPELINE_NAME].string_value = pipeline_name
    properties[names.PIPELINE_ROOT].string_value = pipeline_root
    properties[names.NODE_IDS].string_value = json.dumps(list(node_ids))
    properties[names.NUMBER].int_value = number
    properties[names.RUN_STATE].string_value = "running"
    properties[names.STARTED].int_value = now_ms()
    set_owner(context, current_process())
    return context


def last_run(store: MetadataStore, pipeline_name: str, request: str = "") -> RunRecord | None:
    """The newest run of a pipeline, or None; with a request, the newest that was asked for just that."""

    def is_wanted(run: RunRecord) -> bool:
        return run.pipeline_name == pipeline_name and request in ("", text_of(run.context, names.REQUEST))

    lately = (RunRecord(found) for found in islice(newest_contexts(store), _LATELY) if found.type == names.PIPELINE_RUN)
    of_pipeline = islice(newest_runs(store, pipeline_name), _LATELY)
    # Few runs are asked for what none of the last ones was: these are found by the index on their property.
    asked = f"custom_properties.{names.REQUEST}.string_value = {literal(request)}"
    of_request = map(RunRecord, newest_contexts(store, passing=asked) if request else ())
    return next(filter(is_wanted, chain(lately, of_pipeline, of_request)), None)


def newest_runs(
    store: MetadataStore, pipeline_name: str | None = None, *, at_once: int = _LATELY
) -> Iterator[RunRecord]:
    """The runs in a store, or those of a pipeline, newest first; they are read as far as they are looked at.

    Args:
        pipeline_name: the pipeline; None for all.
        at_once: about so many are wanted.
    """
    if pipeline_name is None:
        contexts = newest_contexts(store, first_page=at_once)
        yield from (RunRecord(found) for found in contexts if found.type == names.PIPELINE_RUN)
        return
    for first in range(_highest_number(store, pipeline_name), 0, -at_once):
        yield from _numbered(store, pipeline_name, range(first, max(first - at_once, 0), -1))


def _highest_number(store: MetadataStore, pipeline_name: str) -> int:
    """The number of a pipeline's newest run; 0 where there is none.

    It is that of the newest execution, unless runs behind it have ended before they had one.
    """
    context = store.get_context_by_type_and_name(names.PIPELINE, pipeline_name)
    executions = [] if context is None else newest_executions(store, context.id)
    highest = next(filter(None, (int_of(execution, names.NUMBER) for execution in executions)), 0)
    while further := _numbered(store, pipeline_name, range(highest + 1, highest + 1 + _LATELY)):
        highest = further[0].number
    return highest


def _numbered(store: MetadataStore, pipeline_name: str, numbers: Iterable[int]) -> list[RunRecord]:
    """Those of the runs that there are, newest first; a number is skipped where two runs began in one microsecond."""
    try:
        found = store.get_contexts_by_external_ids([names.run_external_id(pipeline_name, each) for each in numbers])
    except NotFoundError:
        return []
    return [RunRecord(context) for context in reversed(found)]


def is_own_run(run_id: str) -> bool:
    """Whether this process works on the run now; one of its runs that it does not work on lost its thread."""
    return run_id in _own_runs


def leave_run(run: RunRecord) -> None:
    """This process works on the run no more."""
    _own_runs.discard(run.run_id)


def close_run(
    store: MetadataStore, run: RunRecord, state: str, reason: str, not_run: Mapping[str, tuple[str, str]]
) -> None:
    """Record a run's end."""
    properties = run.context.custom_properties
    properties[names.RUN_STATE].string_value = state
    properties[names.FINISHED].int_value = now_ms()
    if reason:
        properties[names.REASON].string_value = reason
    if not_run:
        properties[names.NOT_RUN].string_value = json.dumps(dict(not_run))
    store.put_contexts([run.context])


def set_owner(node: metadata_store_pb2.Context | metadata_store_pb2.Execution, owner: ProcessIdentity) -> None:
    """Write down who runs this, with a first heartbeat."""
    properties = node.custom_properties
    properties[names.HOST].string_value = owner.host
    properties[names.MACHINE].string_value = owner.machine
    properties[names.PID].int_value = owner.pid
    properties[names.PROCESS_START].string_value = owner.started
    properties[names.HEARTBEAT].int_value = now_ms()


def owner_of(node: metadata_store_pb2.Context | metadata_store_pb2.Execution) -> ProcessIdentity:
    """Who runs this, as it was written down."""
    return ProcessIdentity(
        host=text_of(node, names.HOST),
        machine=text_of(node, names.MACHINE),
        pid=int_of(node, names.PID),
        started=text_of(node, names.PROCESS_START),
    )


def text_of(node: Node, name: str) -> str:
    """A text custom property; empty where it was not set."""
    return str(node.custom_properties[name].string_value) if name in node.custom_properties else ""


def int_of(node: Node, name: str) -> int:
    """An integer custom property; 0 where it was not set."""
    return int(node.custom_properties[name].int_value) if name in node.custom_properties else 0
