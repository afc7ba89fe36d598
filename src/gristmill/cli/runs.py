"""``gristmill runs``: the runs in a store."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json, state_text
from gristmill.cli.wording import duration, moment
from gristmill.did_you_mean import did_you_mean
from gristmill.errors import ConfigError

if TYPE_CHECKING:
    from gristmill.orchestration.records.run_records import RunRecord

__all__ = ["runs"]

_SHOWN = 20  # a screenful


def runs(
    pipeline: Annotated[str | None, typer.Argument(help="Only the runs of this pipeline.")] = None,
    store: StoreOption = None,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="At most so many, the newest.")] = _SHOWN,
    as_json: JsonOption = False,
) -> None:
    """List the runs, newest first."""
    from gristmill.orchestration.history import pipeline_names
    from gristmill.orchestration.records.run_records import newest_runs

    with open_store(store) as opened:
        wanted = limit + 1  # one more tells whether there are older ones
        found = list(islice(newest_runs(opened, pipeline, at_once=wanted), wanted))
        if pipeline is not None and not found:
            known = pipeline_names(opened)
            raise ConfigError("the store has no run of that pipeline", value=pipeline,
                              hint=did_you_mean(pipeline, known, "its pipelines"))  # fmt: skip
    shown = found[:limit]
    if as_json:
        print_json([run_json(run) for run in shown])
        return
    any_resumes = any(run.resumes for run in shown)
    table = new_table("run", "pipeline", "state", "started", "took", *["resumes"] * any_resumes, right=("run", "took"))
    for run in shown:
        table.add_row(
            str(run.number or ""),
            run.pipeline_name,
            state_text(run.state),
            moment(run.started_ms),
            duration(run.seconds),
            *[f"run {run.resumes}" if run.resumes else ""] * any_resumes,
        )
    console().print(table if found else "no runs yet")
    if len(found) > len(shown):
        console().print(f"older ones: --limit {10 * limit}", style="dim")


def run_json(run: RunRecord) -> dict[str, Any]:
    """A run as a JSON value."""
    return {
        "run": run.number,
        "run_id": run.run_id,
        "pipeline": run.pipeline_name,
        "state": run.state,
        "resumes": run.resumes or None,
        "reason": run.reason,
        "started": run.started_ms,
        "seconds": run.seconds,
        "pipeline_root": run.pipeline_root,
    }
