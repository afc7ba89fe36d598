"""Which unfinished run a new one goes on from. Exactly one process gets to resume a run.

A run that failed, was stopped or died is resumed by the next one that is asked for the same: the same pipeline and
root, with the same parameters. The claim is a context named after the resumed run, recorded in one transaction with
the run that resumes: the store refuses a second of that name, so of two processes that try at once one has recorded
nothing at all. A claim is never taken back. Should the run that holds it not finish either, *that* run is resumed next,
by a claim of its own; whether its process still lives is told as of any other (see ``recovery``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from gristmill.errors import RunError
from gristmill.metadata import MetadataStore
from gristmill.metadata.errors import AlreadyExistsError
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import ContextTypes, RunRecord, last_run, open_run, owner_of
from gristmill.orchestration.runs.recovery import close_dead_runs, is_dead
from gristmill.proto import metadata_store_pb2

__all__ = ["Request", "begin_run", "runs_behind", "runs_to_resume"]

_UNFINISHED = ("failed", "canceled")
_ATTEMPTS = 100  # each lost one means that another process has begun a run, and that this has ended meanwhile


@dataclass(frozen=True)
class Request:
    """What a run is asked for.

    Attributes:
        pipeline_name: the pipeline,
        root: its root,
        parameters: and the values of its runtime parameters.
        node_ids: all nodes, in the order of the pipeline.
    """

    pipeline_name: str
    root: str
    parameters: Mapping[str, object]
    node_ids: Sequence[str]

    @property
    def digest(self) -> str:
        """What is equal for runs that may resume each other; nodes do not count, mending a pipeline may change them."""
        asked = json.dumps([self.root, dict(self.parameters)], sort_keys=True)
        return hashlib.sha256(asked.encode()).hexdigest()


def begin_run(
    store: MetadataStore, types: ContextTypes, request: Request, *, resume: bool, recovered: Callable[[list[str]], None]
) -> RunRecord:
    """Close what died, and record a new run, which resumes the last one where that did not finish.

    Args:
        resume: whether it may resume; a run that reuses nothing begins anew.
        recovered: is told what was closed.

    Raises:
        RunError: another process resumes the same run now.
    """
    for _ in range(_ATTEMPTS):
        recovered(close_dead_runs(store))
        last = last_run(store, request.pipeline_name, request.digest) if resume else None
        if last is not None and last.state == "running" and last.resumes:
            raise _resumed_by(last)
        resumed = last if last is not None and last.state in _UNFINISHED else None
        try:
            return open_run(
                store,
                types,
                pipeline_name=request.pipeline_name,
                pipeline_root=request.root,
                node_ids=request.node_ids,
                request=request.digest,
                resumes=0 if resumed is None else resumed.number,
                claim=None if resumed is None else _claim(store, resumed),
            )
        except AlreadyExistsError:
            continue  # another process was faster; its run is the last one now
    raise RunError(f"the last run of {request.pipeline_name} cannot be resumed: others always begin first")


def runs_to_resume(store: MetadataStore, request: Request) -> Iterable[RunRecord]:
    """The runs that would be behind one that began now; nothing is closed or written to know it.

    Raises:
        RunError: another process resumes the same run now.
    """
    last = last_run(store, request.pipeline_name, request.digest)
    if last is None or last.state not in (*_UNFINISHED, "running"):
        return []
    if last.state == "running" and not is_dead(last.context):
        if last.resumes:
            raise _resumed_by(last)
        return []
    return chain([last], runs_behind(store, last))


def runs_behind(store: MetadataStore, run: RunRecord) -> Iterator[RunRecord]:
    """The runs that a run resumes: the one before it, the one that this resumed, and so on."""
    while run.resumes:
        external_id = names.run_external_id(run.pipeline_name, run.resumes)
        [context] = store.get_contexts_by_external_ids([external_id])
        run = RunRecord(context)
        yield run


def _claim(store: MetadataStore, run: RunRecord) -> metadata_store_pb2.Context:
    type_id = store.put_context_type(metadata_store_pb2.ContextType(name=names.RESUMPTION))
    return metadata_store_pb2.Context(type_id=type_id, name=f"{run.pipeline_name}/{run.number}")


def _resumed_by(run: RunRecord) -> RunError:
    owner = owner_of(run.context)
    unseen = "" if owner.is_visible_from_here() else "on another machine, ten minutes of silence count as its death; "
    return RunError(
        f"run {run.resumes} of {run.pipeline_name} is being resumed by run {run.number} ({owner})",
        hint=f"wait for its end; {unseen}`gristmill run --no-cache` begins a run of its own, which reuses nothing.",
    )
