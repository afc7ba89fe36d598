"""The views of a run's artifacts, as many as a page of a sensible size holds.

The largest are left out first, so that statistics of a thousand features do not push out the evaluation.
"""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from gristmill.artifact_views import artifact_view
from gristmill.display.elements import notice
from gristmill.dsl.artifact import Artifact
from gristmill.report.run_facts import RunFacts
from gristmill.size_in_words import bytes_in_words

__all__ = ["artifact_bodies"]


def artifact_bodies(facts: RunFacts, max_bytes: int) -> tuple[Mapping[str, Mapping[int, Markup]], int]:
    """What is shown of the outputs of each step, and how many views were left out for their size.

    Args:
        facts: the run. An artifact that several steps gave is shown at the one that made it.
        max_bytes: of all views together.

    Returns:
        By the step's id, bodies by the artifact's id.
    """
    owners = {artifact.id: (step.id, artifact) for step in facts.steps for _, artifact in step.output_artifacts()
              if facts.makers[artifact.id] == step.id}  # fmt: skip
    bodies = {number: artifact_view(artifact).body for number, (_, artifact) in owners.items()}
    sizes = {number: len(body.encode()) for number, body in bodies.items()}
    left_out = 0
    used = 0
    shown: dict[str, dict[int, Markup]] = {step.id: {} for step in facts.steps}
    for number in sorted(bodies, key=lambda number: sizes[number]):
        step_id, artifact = owners[number]
        used += sizes[number]
        if used > max_bytes:
            left_out += 1
            bodies[number] = _left_out(artifact, sizes[number])
        shown[step_id][number] = bodies[number]
    return shown, left_out


def _left_out(artifact: Artifact, size: int) -> Markup:
    return notice(
        f"This view has {bytes_in_words(size)} and was left out, so that the page stays light. "
        f"artifact_views.artifact_view shows artifact {artifact.id} by itself.",
        "warning",
    )
