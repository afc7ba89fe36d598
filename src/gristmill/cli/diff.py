"""``gristmill diff RUN RUN``: what differs between two runs, and what came of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.change_texts import moved_text, value_text
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json, state_text
from gristmill.cli.wording import near_paths

if TYPE_CHECKING:
    from rich.console import Console

    from gristmill.orchestration.records.run_records import RunRecord
    from gristmill.report.run_comparison import RunComparison

__all__ = ["diff"]

_SORTS = ("inputs", "parameters", "code", "metrics")


def diff(
    before: Annotated[str, typer.Argument(metavar="RUN", help="The first run: its number, PIPELINE/NUMBER or its id.")],
    after: Annotated[str, typer.Argument(metavar="RUN", help="The second run, or `latest`.")] = "latest",
    store: StoreOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two runs: inputs, parameters, code and metrics of each step."""
    from gristmill.report import compare_runs

    with open_store(store) as opened:
        comparison = compare_runs(opened, before, after)
    if as_json:
        print_json(_json(comparison))
    else:
        _print(comparison)


def _json(comparison: RunComparison) -> dict[str, Any]:
    return {
        "before": comparison.before.run_id,
        "after": comparison.after.run_id,
        "steps": {step_id: asdict(step) for step_id, step in comparison.steps.items()},
    }


def _print(comparison: RunComparison) -> None:
    out = console()
    first, second = _name(comparison.before), _name(comparison.after)
    out.print(f"{first} → {second}", style="bold")
    steps = new_table("step", first, second, "differs in")
    for step_id, step in comparison.steps.items():
        sorts = [sort for sort in _SORTS if getattr(step, sort)]
        steps.add_row(step_id, *(state_text(state or "not there") for state in step.states), ", ".join(sorts))
    out.print(steps)
    for sort in _SORTS:
        _print_changes(out, comparison, sort, (first, second))
    if not any(step.differs for step in comparison.steps.values()):
        out.print("nothing differs")


def _print_changes(out: Console, comparison: RunComparison, sort: str, runs: tuple[str, str]) -> None:
    rows = [(step_id, change) for step_id, step in comparison.steps.items() for change in getattr(step, sort)]
    if not rows:
        return
    more = ("change",) if sort == "metrics" else ()
    table = new_table("step", sort, *runs, *more, right=(*runs, "change") if sort == "metrics" else ())
    for step_id, change in rows:
        moved = [moved_text(change)] if more else []
        table.add_row(step_id, near_paths(change.name), value_text(change.before), value_text(change.after), *moved)
    out.print()
    out.print(table)


def _name(run: RunRecord) -> str:
    return f"{run.pipeline_name}/{run.number}" if run.number else run.run_id
