"""What ``context.run`` returns, and how it looks in a notebook."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gristmill.display import View
from gristmill.display.elements import details, key_values
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.node import BaseNode
from gristmill.dsl.rich_display import artifacts_table, heading, parameters_part
from gristmill.orchestration.run_result import NodeState
from gristmill.time_in_words import duration

__all__ = ["ExecutionResult"]


@dataclass(frozen=True, repr=False)
class ExecutionResult:
    """What became of a node that a person ran.

    Attributes:
        component: the node. Its ``outputs[key].get()`` are the artifacts of its last run in the context.
        execution_id: its execution in the metadata store; None where there is none, because a condition does not hold.
        state: complete, cached (reused) or skipped; what fails raises.
        reason: why it ran, was reused or was skipped.
        seconds: wall time that it took.
        summary: the lines that it reported about its work.
        inputs: the artifacts that it read, by key.
        outputs: the artifacts that it made or took over, by key.
        exec_properties: its parameters, as recorded.
    """

    component: BaseNode
    execution_id: int | None
    state: NodeState
    reason: str
    seconds: float
    summary: Sequence[str] = ()
    inputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    outputs: Mapping[str, Sequence[Artifact]] = field(default_factory=dict)
    exec_properties: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        lines = [
            "ExecutionResult(",
            f"    component_id: {self.component.id}",
            f"    execution_id: {self.execution_id}",
            f"    state: {self.state.value} ({self.reason}); {duration(self.seconds)}",
        ]
        lines += [f"    summary: {' · '.join(self.summary)}"] if self.summary else []
        for name, artifacts_by_key in (("inputs", self.inputs), ("outputs", self.outputs)):
            lines.append(f"    {name}:" + ("" if artifacts_by_key else " none"))
            lines += [f"        {key}: {list(artifacts)!r}" for key, artifacts in artifacts_by_key.items()]
        return "\n".join([*lines, ")"])

    def view(self) -> View:
        """The result as a view: what became of it, and, to unfold, what it read, made and was told."""
        facts = [
            (".execution_id", str(self.execution_id)),
            (".component", repr(self.component)),
            ("state", f"{self.state.value} ({self.reason})"),
            ("took", duration(self.seconds)),
            *([("summary", " · ".join(self.summary))] if self.summary else []),
        ]
        body = key_values(facts)
        body += details(heading(".component.inputs", self.inputs), artifacts_table(self.inputs))
        body += details(heading(".component.outputs", self.outputs), artifacts_table(self.outputs), open=True)
        body += details(heading(".exec_properties", self.exec_properties), parameters_part(self.exec_properties))
        return View(f"ExecutionResult of {self.component.id}", body)

    def _repr_html_(self) -> str:
        return self.view()._repr_html_()
