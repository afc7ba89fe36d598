"""Deletes payloads that nothing needs any more: first a plan, then the work, which may be killed at any instant.

Only payloads that a run wrote below its pipeline root are deleted. Their artifacts stay in the store, in the state
DELETED, and with them the lineage. All that is to go is first marked MARKED_FOR_DELETION in one transaction; then, one
after the other, files are removed and the artifact becomes DELETED. Whoever is killed in between leaves marks, and the
next plan takes these up.

No run is disturbed: one that is under way when the marks are made stops the deletion, and the marks are taken back; one
that begins later finds the marks, and reuses nothing that has one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gristmill.errors import ConfigError, UnsafePathError
from gristmill.io import filesystem
from gristmill.metadata import MetadataStore
from gristmill.orchestration.history import list_runs
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.retention import Retention, protected_artifacts
from gristmill.orchestration.runs.recovery import live_runs
from gristmill.proto import metadata_store_pb2

__all__ = ["GarbagePlan", "Payload", "collect_garbage", "plan_garbage"]

_Artifact = metadata_store_pb2.Artifact
_WITH_PAYLOAD = frozenset({_Artifact.LIVE, _Artifact.MARKED_FOR_DELETION})
_PARTS_OF_A_PAYLOAD = 3  # <root>/<node>/<key>/<execution>


@dataclass(frozen=True)
class Payload:
    """One folder of outputs, and the artifacts that lie in it.

    Attributes:
        uri: the folder.
        artifacts: the artifacts in it; nearly always one.
        size: bytes of all its files; 0 where they are gone.
    """

    uri: str
    artifacts: Sequence[_Artifact]
    size: int


@dataclass(frozen=True)
class GarbagePlan:
    """What would be deleted, and what stays.

    Attributes:
        payloads: what nothing needs, the largest first.
        kept: how many artifacts with a payload stay, by reason.
    """

    payloads: Sequence[Payload]
    kept: Mapping[str, int]

    @property
    def size(self) -> int:
        """Bytes that would be freed."""
        return sum(payload.size for payload in self.payloads)


def plan_garbage(store: MetadataStore, retention: Retention, pipeline_name: str | None = None) -> GarbagePlan:
    """Find the payloads that may go. Changes nothing.

    Args:
        retention: what to keep.
        pipeline_name: delete only what this pipeline made.

    Raises:
        NotFoundError: an artifact that the retention names does not exist.
    """
    artifacts = {artifact.id: artifact for artifact in store.get_artifacts()}
    protected = protected_artifacts(store, retention, artifacts)
    candidates = artifacts.keys() if pipeline_name is None else _of_pipeline(store, pipeline_name)
    folders = _folders(artifacts.values(), {run.pipeline_root for run in list_runs(store)})
    doomed = {
        folder: found
        for folder, found in folders.items()
        if not any(artifact.id in protected or artifact.id not in candidates for artifact in found)
    }
    payloads = [Payload(folder, found, _size(folder)) for folder, found in doomed.items()]
    kept = Counter(
        protected.get(artifact.id, "of another pipeline")
        for folder, found in folders.items()
        for artifact in found
        if folder not in doomed
    )
    return GarbagePlan(sorted(payloads, key=lambda payload: -payload.size), kept)


def collect_garbage(
    store: MetadataStore, plan: GarbagePlan, on_payload: Callable[[Payload], None] = lambda payload: None
) -> None:
    """Delete what the plan names.

    Args:
        on_payload: called after each payload that was deleted.

    Raises:
        ConfigError: a run is under way; nothing was deleted.
        OSError: files could not be removed; what was marked stays so, and the next collection goes on with it.
    """
    doomed = [artifact for payload in plan.payloads for artifact in payload.artifacts]
    _set_state(store, doomed, _Artifact.MARKED_FOR_DELETION)
    if running := live_runs(store):
        _set_state(store, [artifact for artifact in doomed if artifact.state == _Artifact.LIVE], _Artifact.LIVE)
        named = ", ".join(f"run {run.number} of {run.pipeline_name}" for run in running)
        raise ConfigError(
            "nothing is deleted while a run is under way", value=named, hint="collect garbage again when it has ended."
        )
    for payload in plan.payloads:
        filesystem.remove_tree(payload.uri)
        _set_state(store, payload.artifacts, _Artifact.DELETED)
        on_payload(payload)


def _set_state(store: MetadataStore, artifacts: Sequence[_Artifact], state: int) -> None:
    changed = [_Artifact(id=artifact.id, type_id=artifact.type_id, state=state) for artifact in artifacts]  # type: ignore[arg-type]
    if changed:
        store.put_artifacts(changed, field_mask_paths=["state"])


def _of_pipeline(store: MetadataStore, pipeline_name: str) -> set[int]:
    context = store.get_context_by_type_and_name(names.PIPELINE, pipeline_name)
    if context is None:
        raise ConfigError("the store knows no such pipeline", value=pipeline_name, hint="`gristmill runs` lists them.")
    return {artifact.id for artifact in store.get_artifacts_by_context(context.id)}


def _folders(artifacts: Iterable[_Artifact], roots: Iterable[str]) -> dict[str, list[_Artifact]]:
    """The artifacts that lie in payload folders of these roots, by folder."""
    folders: dict[str, list[_Artifact]] = defaultdict(list)
    for artifact in artifacts:
        if artifact.state not in _WITH_PAYLOAD:
            continue
        for root in roots:
            if folder := _payload_folder(root, artifact.uri):
                folders[folder].append(artifact)
    return folders


def _payload_folder(root: str, uri: str) -> str | None:
    """The folder of one execution's output in which a URI lies; None where it lies elsewhere."""
    try:
        below = filesystem.relative(root, uri).split("/")
        is_payload = len(below) >= _PARTS_OF_A_PAYLOAD and below[_PARTS_OF_A_PAYLOAD - 1].isdecimal()
        return filesystem.join(root, *below[:_PARTS_OF_A_PAYLOAD]) if is_payload else None
    except UnsafePathError:
        return None


def _size(folder: str) -> int:
    try:
        return sum(filesystem.file_status(filesystem.join(folder, name)).size for name in filesystem.walk_files(folder))
    except FileNotFoundError:
        return 0
