"""What must be kept when old payloads are deleted: a policy, and the artifacts that it protects.

Always protected is what lies behind a model that was pushed, what the next run would compare with (the newest blessed
model of each pipeline), and all that belongs to a run that is under way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from gristmill.errors import ConfigError
from gristmill.metadata import MetadataStore
from gristmill.metadata.lineage import trace
from gristmill.orchestration.history import list_runs
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.heartbeat import now_ms
from gristmill.orchestration.records.run_records import RunRecord, int_of, text_of
from gristmill.proto import metadata_store_pb2

__all__ = ["Retention", "protected_artifacts"]

_DAY_MS = 24 * 60 * 60 * 1000

_Artifact = metadata_store_pb2.Artifact


@dataclass(frozen=True)
class Retention:
    """What to keep beside what is always kept.

    Attributes:
        runs: the artifacts of so many of the newest runs of each pipeline, those that a run reused included.
        days: artifacts that are at most so many days old; None keeps none for their age.
        pushed: what lies behind so many of the newest models pushed to each place; None means behind all of them.
        artifact_ids: these artifacts, and what they were made from.
    """

    runs: int = 5
    days: float | None = None
    pushed: int | None = None
    artifact_ids: Sequence[int] = field(default_factory=tuple)

    def __post_init__(self) -> None:
        for name in ("runs", "days", "pushed"):
            if (getattr(self, name) or 0) < 0:
                raise ConfigError(f"{name} of a retention must not be negative", value=getattr(self, name))


def protected_artifacts(
    store: MetadataStore, retention: Retention, artifacts: Mapping[int, _Artifact]
) -> dict[int, str]:
    """The artifacts that must stay, and why, by id.

    Args:
        artifacts: all artifacts of the store, by id.

    Raises:
        NotFoundError: an artifact that the retention names does not exist.
    """
    pushed = _pushed_models(artifacts.values(), retention.pushed)
    reasons = [
        ("named", _with_lineage(store, retention.artifact_ids)),
        ("behind a pushed model", _with_lineage(store, pushed)),
        ("the newest blessed model", _newest_blessed(store, artifacts.values())),
        ("of a recent run", _of_runs(store, _recent(list_runs(store), retention.runs))),
        ("young", _young(artifacts.values(), retention.days)),
    ]
    kept: dict[int, str] = {}
    for reason, ids in reasons:
        for artifact_id in ids:
            kept.setdefault(artifact_id, reason)
    return kept


def _with_lineage(store: MetadataStore, ids: Sequence[int]) -> Iterable[int]:
    return trace(store, ids).artifacts if ids else ()


def _pushed_models(artifacts: Iterable[_Artifact], newest: int | None) -> list[int]:
    """Ids of the models that were really pushed; of those at one place the newest."""
    by_place: dict[str, list[int]] = defaultdict(list)
    for artifact in artifacts:
        if int_of(artifact, "pushed") == 1:
            place, _, _ = text_of(artifact, "pushed_destination").rstrip("/").rpartition("/")
            by_place[place].append(artifact.id)
    chosen = [sorted(ids, reverse=True)[:newest] for ids in by_place.values()]
    return list(chain.from_iterable(chosen))


def _newest_blessed(store: MetadataStore, artifacts: Iterable[_Artifact]) -> list[int]:
    """The newest blessing of each pipeline and the model that it is of: the next run's baseline."""
    blessings = {artifact.id: artifact for artifact in artifacts if int_of(artifact, "blessed") == 1}
    newest: list[int] = []
    for context in store.get_contexts_by_type(names.PIPELINE):
        own = [found.id for found in store.get_artifacts_by_context(context.id) if found.id in blessings]
        if own:
            newest += [max(own), int_of(blessings[max(own)], "current_model_id")]
    return newest


def _recent(runs: Sequence[RunRecord], newest: int) -> list[RunRecord]:
    """The newest runs of each pipeline, and all that are under way."""
    of_pipeline: dict[str, list[RunRecord]] = defaultdict(list)
    for run in runs:  # the newest first
        of_pipeline[run.pipeline_name].append(run)
    recent = chain.from_iterable(found[:newest] for found in of_pipeline.values())
    under_way = [run for run in runs if run.state == "running"]
    return list({run.run_id: run for run in [*recent, *under_way]}.values())


def _of_runs(store: MetadataStore, runs: Sequence[RunRecord]) -> set[int]:
    """All that the steps of these runs read and wrote."""
    executions = [each.id for run in runs for each in store.get_executions_by_context(run.context.id)]
    return {event.artifact_id for event in store.get_events_by_execution_ids(executions)} if executions else set()


def _young(artifacts: Iterable[_Artifact], days: float | None) -> list[int]:
    if days is None:
        return []
    since = now_ms() - days * _DAY_MS
    return [artifact.id for artifact in artifacts if artifact.create_time_since_epoch >= since]
