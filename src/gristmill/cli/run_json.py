"""Runs, nodes and artifacts as JSON values, for ``--json``."""

from __future__ import annotations

from typing import Any

from gristmill.dsl.artifact import Artifact
from gristmill.orchestration.run_result import NodeResult, NodeState, RunResult

__all__ = ["artifact_json", "run_result_json"]


def run_result_json(result: RunResult) -> dict[str, Any]:
    """A run that has just ended."""
    return {
        "pipeline": result.pipeline_name,
        "run": result.number,
        "run_id": result.run_id,
        "state": result.state,
        "seconds": round(result.seconds, 3),
        "nodes": [_node_json(node) for node in result.nodes.values()],
    }


def _node_json(node: NodeResult) -> dict[str, Any]:
    return {
        "id": node.node_id,
        "state": node.state.value,
        "reason": node.reason,
        "error": node.reason if node.state is NodeState.FAILED else "",
        "seconds": round(node.seconds, 3),
        "summary": list(node.summary),
        "execution_id": node.execution_id,
        "outputs": {
            key: [artifact_json(artifact) for artifact in artifacts] for key, artifacts in node.outputs.items()
        },
    }


def artifact_json(artifact: Artifact) -> dict[str, Any]:
    """An artifact: where it is and what it is."""
    return {"id": artifact.id, "type": artifact.type_name, "uri": artifact.uri}
