"""``gristmill show RUN``: the steps of a run, what they did, and what they wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.runs import run_json
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json, state_text
from gristmill.cli.wording import duration, moment, near_path, near_paths

if TYPE_CHECKING:
    from rich.table import Table

    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.history import NodeRecord
    from gristmill.orchestration.records.run_records import RunRecord

__all__ = ["RunArgument", "node_json", "show"]

_WIDE = 120  # columns in which the keys of outputs and their paths stand side by side

RunArgument = Annotated[
    str, typer.Argument(metavar="RUN", help="A run: its number, PIPELINE/NUMBER, its id, or `latest`.")
]


def show(run: RunArgument = "latest", store: StoreOption = None, as_json: JsonOption = False) -> None:
    """Show the steps of a run: state, time, what they did, and what they wrote."""
    from gristmill.orchestration.history import find_run, node_records

    with open_store(store) as opened:
        found = find_run(opened, run)
        nodes = node_records(opened, found)
        if as_json:
            print_json({**run_json(found), "nodes": [node_json(opened, node) for node in nodes]})
        else:
            _print(opened, found, nodes)


def node_json(store: MetadataStore, node: NodeRecord) -> dict[str, Any]:
    """A node as a JSON value."""
    from gristmill.cli.run_json import artifact_json

    return {
        "id": node.node_id,
        "state": node.state,
        "reason": node.reason,
        "error": node.error,
        "seconds": None if node.seconds is None else round(node.seconds, 3),
        "summary": list(node.summary),
        "execution_id": None if node.execution is None else node.execution.id,
        "attempts": node.attempts,
        "outputs": {
            key: [artifact_json(artifact) for artifact in artifacts] for key, artifacts in node.outputs(store).items()
        },
    }


def _decision(node: NodeRecord) -> str:
    verb = {"complete": "ran: ", "cached": "reused: "}.get(node.state, "")
    return verb + node.reason if node.reason else ""


def _print(store: MetadataStore, run: RunRecord, nodes: list[NodeRecord]) -> None:
    out = console()
    took = f" · {duration(run.seconds)}" if run.seconds is not None else ""
    resumes = f" · resumes run {run.resumes}" if run.resumes else ""
    out.print(
        f"{run.pipeline_name} · run {run.number}{resumes} · {run.state}{took} · {moment(run.started_ms)}", style="bold"
    )
    if run.reason:
        out.print(run.reason, style="yellow")
    steps = new_table("step", "state", "took", "what it did", right=("took",))
    for node in nodes:
        what = node.error.partition("\n")[0] or " · ".join(node.summary) or _decision(node)
        steps.add_row(node.node_id, state_text(node.state), duration(node.seconds), near_paths(what))
    out.print(steps)
    artifacts = _artifacts(store, nodes, with_keys=out.width >= _WIDE)
    if artifacts.row_count:
        out.print()
        out.print(artifacts)


def _artifacts(store: MetadataStore, nodes: list[NodeRecord], *, with_keys: bool) -> Table:
    """What the steps wrote; paths tell step and key as well, so that a narrow terminal does without these."""
    table = new_table("artifact", "type", *(["of"] if with_keys else []), "where", right=("artifact",))
    for node in nodes:
        for key, artifacts in node.outputs(store).items():
            for artifact in artifacts:
                of = [f"{node.node_id}[{key}]"] if with_keys else []
                table.add_row(str(artifact.id), artifact.type_name, *of, near_path(artifact.uri))
    return table
