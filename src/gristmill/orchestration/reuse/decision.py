"""Whether a component runs or an earlier execution stands for it, and why; decided alike for runs and for plans."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from gristmill.disk_faults import disk_faults_named
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.user_code import user_code
from gristmill.metadata import MetadataStore
from gristmill.orchestration.fingerprints.external_inputs import FileIdentity, external_files, from_json
from gristmill.orchestration.fingerprints.fingerprint import Fingerprint
from gristmill.orchestration.fingerprints.node_executor import executor_class_of, is_users
from gristmill.orchestration.records import record_names as names
from gristmill.orchestration.records.run_records import text_of
from gristmill.orchestration.records.stored_result import reason_to_reuse
from gristmill.orchestration.reuse.node_fingerprint import fingerprint_of
from gristmill.orchestration.reuse.policy import ReusePolicy
from gristmill.orchestration.reuse.search import Hit, Lookup, find_reusable, last_complete, reason_to_run
from gristmill.proto import metadata_store_pb2

__all__ = ["Decider", "Decision", "guard"]


@dataclass(frozen=True)
class Decision:
    """What was decided, and what it rests on.

    Attributes:
        fingerprint: of what the node would do now.
        files: what it reads from outside the pipeline, by URI.
        earlier: its last complete execution.
        hit: what is reused; None when it runs.
        reason: why it runs, or why it is reused, for people.
    """

    fingerprint: Fingerprint
    files: Mapping[str, FileIdentity]
    earlier: metadata_store_pb2.Execution | None
    hit: Hit | None
    reason: str


@dataclass(frozen=True)
class Decider:
    """Decides for the components of one run. It reads the store, and writes nothing.

    Attributes:
        store: the metadata.
        pipeline_name: the pipeline.
        root: the pipeline root.
        policy: which earlier executions may be reused.
    """

    store: MetadataStore
    pipeline_name: str
    root: str
    policy: ReusePolicy

    def decide(
        self, node: BaseComponent, inputs: Mapping[str, Sequence[Artifact]], exec_properties: Mapping[str, Any]
    ) -> Decision:
        """Run or reuse.

        Args:
            node: the component.
            inputs: its input artifacts.
            exec_properties: its parameters, placeholders resolved.

        Raises:
            Exception: whatever cannot be read that decides the outputs.
        """
        earlier = last_complete(self.store, self.pipeline_name, node.id)
        fingerprint, files = self.fingerprint(node, inputs, exec_properties, earlier)
        lookup = self.look_up(node, exec_properties, fingerprint.key)
        if lookup.hit is not None:
            return Decision(fingerprint, files, earlier, lookup.hit, reason_to_reuse(lookup.hit.execution))
        reason = self.policy.forbids(node) or reason_to_run(earlier, fingerprint, lookup)
        return Decision(fingerprint, files, earlier, None, reason)

    def fingerprint(
        self,
        node: BaseComponent,
        inputs: Mapping[str, Sequence[Artifact]],
        exec_properties: Mapping[str, Any],
        earlier: metadata_store_pb2.Execution | None,
    ) -> tuple[Fingerprint, dict[str, FileIdentity]]:
        """The fingerprint of what the node would do now, and the files from outside that are part of it."""
        known = from_json(text_of(earlier, names.EXTERNAL_FILES)) if earlier is not None else {}
        files = external_files(executor_class_of(node), exec_properties, known)
        return fingerprint_of(self.pipeline_name, node, inputs, exec_properties, files), files

    def look_up(self, node: BaseComponent, exec_properties: Mapping[str, Any], cache_key: str) -> Lookup:
        """What may stand for an execution with this fingerprint."""
        oldest = self.policy.oldest(node)
        if oldest is None:
            return Lookup()
        executor_class = executor_class_of(node)

        def executor_refusal(outputs: Mapping[str, Sequence[Artifact]]) -> str:
            with guard(executor_class, self.root):
                return executor_class.reuse_refusal(dict(exec_properties), outputs)

        return find_reusable(
            self.store,
            cache_key,
            node.outputs,
            oldest=oldest,
            may_use=lambda found: self.policy.allows(node, found),
            executor_refusal=executor_refusal,
        )


def guard(executor_class: type[BaseExecutor], folder: str) -> AbstractContextManager[None]:
    """Around calls into an executor: what a user's raises is told as the user's, a full disk with the folder."""
    users = is_users(executor_class)
    return user_code(executor_class.__name__) if users else disk_faults_named(folder, reads=True)
