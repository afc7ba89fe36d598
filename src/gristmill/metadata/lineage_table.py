"""A lineage as a table: one row an artifact, plain values that pandas, polars or a spreadsheet takes."""

from __future__ import annotations

from gristmill.metadata.lineage import Lineage
from gristmill.metadata.lineage_names import artifact_names, execution_names

__all__ = ["COLUMNS", "lineage_table"]

COLUMNS = ("hops", "artifact", "type", "state", "created", "step", "run", "execution", "uri")


def lineage_table(lineage: Lineage) -> list[dict[str, str | int | None]]:
    """The artifacts of a lineage, nearest first; the keys of each row are ``COLUMNS``.

    ``hops`` counts events from the start (an artifact that a step read for the start's making is two away); ``created``
    is local time; ``step``, ``run`` and ``execution`` are those that made the artifact, None where that is not in the
    lineage or unknown. URIs are without secrets.
    """
    names, steps = artifact_names(lineage), execution_names(lineage)
    makers: dict[int, int] = {}
    for edge in lineage.edges:
        if edge.is_output:  # those that only took it over again come later
            makers[edge.artifact_id] = min(edge.execution_id, makers.get(edge.artifact_id, edge.execution_id))
    rows: list[dict[str, str | int | None]] = []
    for key, name in names.items():
        step = steps.get(makers.get(key, -1))
        values = (
            lineage.artifacts[key].hops,
            key,
            name.title,
            name.state,
            name.created,
            step.title if step else None,
            (step.run or None) if step else None,
            makers.get(key),
            name.place,
        )
        rows.append(dict(zip(COLUMNS, values, strict=True)))
    return rows
