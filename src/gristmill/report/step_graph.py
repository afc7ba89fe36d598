"""The steps of a run as a graph: an arrow leads from what wrote an artifact to what read it."""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup

from gristmill.display.graph import Edge, Node, directed_graph
from gristmill.redaction import without_secrets
from gristmill.report.run_facts import RunFacts, StepFacts
from gristmill.report.step_states import state_of
from gristmill.time_in_words import duration

__all__ = ["step_graph"]


def step_graph(facts: RunFacts, anchor: Callable[[str], str]) -> Markup:
    """The graph.

    Args:
        facts: the run.
        anchor: where a click on the step of that id leads.
    """
    nodes = [_node(step, anchor(step.id)) for step in facts.steps]
    return directed_graph(nodes, _edges(facts), label="Steps of the run")


def _node(step: StepFacts, anchor: str) -> Node:
    state = state_of(step.record.state)
    took = duration(step.seconds) if step.record.state in ("complete", "failed", "canceled") else ""
    told = [step.id, state.word, without_secrets(step.record.reason), *map(without_secrets, step.record.summary)]
    return Node(
        id=step.id,
        label=step.id,
        note=" · ".join(filter(None, (f"{state.mark} {state.word}", took))),
        link=f"#{anchor}",
        tooltip="\n".join(filter(None, told)),
        state=state.kind,
    )


def _edges(facts: RunFacts) -> list[Edge]:
    """Arrows along the artifacts of this run; a step that was not run hangs on the one that it waited for."""
    known = {step.id for step in facts.steps}
    givers: dict[int, list[str]] = {}
    for step in facts.steps:
        for _, artifact in step.output_artifacts():
            givers.setdefault(artifact.id, []).append(step.id)
    edges: dict[tuple[str, str], list[str]] = {}
    for step in facts.steps:
        for key, artifacts in step.inputs.items():
            for giver in {giver for artifact in artifacts for giver in givers.get(artifact.id, ()) if giver != step.id}:
                edges.setdefault((giver, step.id), []).append(key)
        blocker = step.record.reason.partition(" ")[0]  # "Trainer failed"
        if step.record.state == "blocked" and blocker in known:
            edges.setdefault((blocker, step.id), []).append("waited for")
    return [Edge(source, target, ", ".join(sorted(keys))) for (source, target), keys in edges.items()]
