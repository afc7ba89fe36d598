"""``gristmill why RUN NODE``: why a step ran, was reused, was skipped, or failed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from gristmill.cli.change_texts import value_text
from gristmill.cli.show import RunArgument, node_json
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json, state_text
from gristmill.cli.wording import duration, near_paths
from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore
    from gristmill.orchestration.history import NodeRecord
    from gristmill.orchestration.records.run_records import RunRecord
    from gristmill.report.run_comparison import Change

__all__ = ["why"]

_DIGEST_SHOWN = 12  # hex digits: enough to compare by eye

_VERBS = {
    "complete": "ran",
    "cached": "was reused",
    "skipped": "was skipped",
    "blocked": "was not run",
    "failed": "failed",
    "canceled": "was stopped",
    "running": "is running",
    "waiting": "is waiting",
}


def why(
    run: RunArgument,
    node: Annotated[str, typer.Argument(metavar="NODE", help="The id of the step.")],
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what was decided about a step, and what the decision rests on."""
    from gristmill.orchestration.history import find_run, node_records

    with open_store(store) as opened:
        found = find_run(opened, run)
        records = node_records(opened, found)
        record = next((record for record in records if record.node_id == node), None)
        if record is None:
            raise ConfigError(
                f"run {found.number} of {found.pipeline_name!r} has no step of that name",
                value=node,
                hint=did_you_mean(node, [record.node_id for record in records], "its steps"),
            )
        earlier, changes = _changes(opened, found, record)
        if as_json:
            described = {"run": found.number, "fingerprint": _fingerprint(record), "changed_since_run": earlier}
            changed = [asdict(change) for change in changes]
            print_json({**node_json(opened, record), **described, "changes": changed})
        else:
            _print(found, record)
            _print_changes(found, earlier, changes)
            _print_fingerprint(record)


def _changes(store: MetadataStore, run: RunRecord, record: NodeRecord) -> tuple[int | None, list[Change]]:
    """The run in which the step last came to a good end before, and what differs from it; none for a reuse."""
    from gristmill.orchestration.history import NodeRecord
    from gristmill.orchestration.records.record_names import NUMBER
    from gristmill.orchestration.records.run_records import int_of
    from gristmill.orchestration.reuse.search import last_complete
    from gristmill.report.run_comparison import changes_of_step

    if record.execution is None or record.state == "cached":
        return None, []
    earlier = last_complete(store, run.pipeline_name, record.node_id, before=record.execution.id)
    number = 0 if earlier is None else int_of(earlier, NUMBER)
    if not number or number == run.number:
        return None, []
    return number, changes_of_step(store, NodeRecord(record.node_id, "complete", execution=earlier), record)


def _fingerprint(record: NodeRecord) -> dict[str, str]:
    """The parts of what decided its outputs, by name."""
    from gristmill.orchestration.records.record_names import FINGERPRINT_PARTS
    from gristmill.orchestration.records.run_records import text_of

    text = "" if record.execution is None else text_of(record.execution, FINGERPRINT_PARTS)
    return {str(name): str(digest) for name, digest in json.loads(text or "{}").items()}


def _print(run: RunRecord, record: NodeRecord) -> None:
    out = console()
    verb = state_text(record.state)
    verb.plain = _VERBS.get(record.state, record.state)
    line = Text.assemble((record.node_id, "bold"), " ", verb, f" in run {run.number} of {run.pipeline_name}")
    if record.reason and not record.error:
        line.append(f": {near_paths(record.reason)}")
    out.print(line)
    if record.reason and record.error:
        out.print(f"  it was run because: {near_paths(record.reason)}")
    for summary in record.summary:
        out.print(f"  {near_paths(summary)}")
    if record.error:
        out.print(Text(record.error, "red"))
    if record.execution is not None:
        attempts = f", {record.attempts} attempts" if record.attempts > 1 else ""
        took = f", {duration(record.seconds)}" if record.seconds is not None else ""
        out.print(f"execution {record.execution.id}{took}{attempts}", style="dim")
        if made_by := _reused_execution(record):
            out.print(f"its outputs are those of execution {made_by}; their files are as they were recorded then")


def _reused_execution(record: NodeRecord) -> int:
    from gristmill.orchestration.records.record_names import REUSED_EXECUTION
    from gristmill.orchestration.records.run_records import int_of

    return 0 if record.execution is None else int_of(record.execution, REUSED_EXECUTION)


def _print_changes(run: RunRecord, earlier: int | None, changes: list[Change]) -> None:
    if not changes:
        return
    table = new_table("what changed", f"run {earlier}", f"run {run.number}")
    for change in changes:
        table.add_row(near_paths(change.name), value_text(change.before), value_text(change.after))
    console().print()
    console().print(table)


def _print_fingerprint(record: NodeRecord) -> None:
    out, parts = console(), _fingerprint(record)
    if parts:
        table = new_table("its outputs are decided by", "sha256")
        for name, digest in parts.items():
            table.add_row(name, digest[:_DIGEST_SHOWN])
        out.print()
        out.print(table)
