"""What the nodes of a lineage graph are called, and what is worth knowing of each at a glance.

Runs of pipelines leave more in the custom properties of an execution than the store's format asks for: the step's id,
the run's number, how long it took. They are used where they are there; executions that other tools recorded do without.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from gristmill.metadata.lineage import Lineage
from gristmill.proto.metadata_store_pb2 import Artifact, Execution, Value
from gristmill.redaction import without_secrets
from gristmill.time_in_words import duration, moment

__all__ = ["NodeName", "artifact_names", "execution_names"]

# Custom properties that gristmill.orchestration.records.record_names defines; that room lies above this one.
_STEP, _RUN_NUMBER, _SECONDS, _ERROR = "gristmill_node", "gristmill_run_number", "gristmill_seconds", "gristmill_error"

_STATES = {
    Execution.NEW: "new",
    Execution.RUNNING: "running",
    Execution.COMPLETE: "complete",
    Execution.FAILED: "failed",
    Execution.CACHED: "reused",
    Execution.CANCELED: "canceled",
}
_ARTIFACT_STATES = {
    Artifact.PENDING: "pending",
    Artifact.LIVE: "live",
    Artifact.MARKED_FOR_DELETION: "marked for deletion",
    Artifact.DELETED: "deleted",
    Artifact.ABANDONED: "abandoned",
    Artifact.REFERENCE: "reference",
}


@dataclass(frozen=True)
class NodeName:
    """How an artifact or execution is shown.

    Attributes:
        title: the artifact's type, or the step's id.
        note: what tells it from others of that title.
        state: in words; ``reused`` for an execution whose outputs an earlier one made.
        created: local time.
        place: the URI of an artifact, without secrets; empty for executions.
        run: the number of the run; 0 where unknown.
        took: how long it took, in words; empty where unknown.
        error: the message of a failure, without secrets.
    """

    title: str
    note: str
    state: str
    created: str
    place: str = ""
    run: int = 0
    took: str = ""
    error: str = ""

    def in_words(self) -> str:
        """All of it, on a few lines."""
        lines = [f"{self.title} {self.note}", self.place, self.state, self.took, self.created, self.error]
        return "\n".join(line for line in lines if line)


def artifact_names(lineage: Lineage) -> dict[int, NodeName]:
    """How each artifact of a lineage is shown, by id."""
    keys = {edge.artifact_id: str(edge.keys[0]) for edge in lineage.edges if edge.is_output and edge.keys}
    return {number: _artifact_name(cast(Artifact, node.message), keys) for number, node in lineage.artifacts.items()}


def execution_names(lineage: Lineage) -> dict[int, NodeName]:
    """How each execution of a lineage is shown, by id."""
    return {number: _execution_name(cast(Execution, node.message)) for number, node in lineage.executions.items()}


def _artifact_name(message: Artifact, keys: Mapping[int, str]) -> NodeName:
    return NodeName(
        title=message.type,
        note=" · ".join(filter(None, (str(message.id), keys.get(message.id)))),
        state=_ARTIFACT_STATES.get(message.state, ""),
        created=moment(message.create_time_since_epoch),
        place=without_secrets(message.uri),
    )


def _execution_name(message: Execution) -> NodeName:
    properties = message.custom_properties
    run = properties[_RUN_NUMBER].int_value if _RUN_NUMBER in properties else 0
    took = duration(properties[_SECONDS].double_value) if _SECONDS in properties else ""
    state = _STATES.get(message.last_known_state, "")
    facts = [f"run {run}" if run else str(message.id), "≡ reused" if state == "reused" else took]
    if state not in ("reused", "complete", ""):
        facts.append(state)
    return NodeName(
        title=_text(properties, _STEP) or message.type.rpartition(".")[2],
        note=" · ".join(filter(None, facts)),
        state=state,
        created=moment(message.create_time_since_epoch),
        run=int(run),
        took=took,
        error=without_secrets(_text(properties, _ERROR)),
    )


def _text(properties: Mapping[str, Value], name: str) -> str:
    return str(properties[name].string_value) if name in properties else ""
