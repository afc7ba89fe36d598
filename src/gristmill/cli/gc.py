"""``gristmill gc``: deletes payloads that nothing needs any more. Without ``--delete`` it only says which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.find_artifact import find_artifact
from gristmill.cli.store_location import StoreOption, open_store
from gristmill.cli.tables import JsonOption, console, new_table, print_json
from gristmill.cli.wording import moment, near_path
from gristmill.size_in_words import bytes_in_words

if TYPE_CHECKING:
    from gristmill.orchestration.garbage import GarbagePlan

__all__ = ["gc"]

_SHOWN = 20  # a screenful of payloads; --json lists all


def gc(
    store: StoreOption = None,
    keep_runs: Annotated[
        int, typer.Option("--keep-runs", min=0, metavar="N", help="Keep what the N newest runs of each pipeline used.")
    ] = 5,
    keep_days: Annotated[
        float | None, typer.Option("--keep-days", min=0, metavar="DAYS", help="Keep what is not older.")
    ] = None,
    keep_pushed: Annotated[
        int | None,
        typer.Option(
            "--keep-pushed",
            min=0,
            metavar="N",
            help="Keep what lies behind the N newest models of each place (all).",
        ),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", metavar="ARTIFACT", help="Keep this, and what it was made from. Repeatable."),
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option("--pipeline", metavar="NAME", help="Delete only what this pipeline made.")
    ] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Delete, instead of saying what would be deleted.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Delete payloads that nothing needs. What is behind a pushed model, or the next run's baseline, is kept.

    The records stay: artifacts whose payloads were deleted are in the state DELETED, and lineage still tells of them.
    """
    from gristmill.orchestration.garbage import collect_garbage, plan_garbage
    from gristmill.orchestration.retention import Retention

    with open_store(store) as opened:
        named = [find_artifact(opened, text).id for text in keep or ()]
        plan = plan_garbage(opened, Retention(keep_runs, keep_days, keep_pushed, named), pipeline)
        if delete:
            collect_garbage(opened, plan)
    if as_json:
        print_json(_json(plan, deleted=delete))
    else:
        _print(plan, deleted=delete)


def _json(plan: GarbagePlan, *, deleted: bool) -> dict[str, Any]:
    payloads = [
        {"uri": payload.uri, "bytes": payload.size, "artifacts": [artifact.id for artifact in payload.artifacts]}
        for payload in plan.payloads
    ]
    return {"deleted": deleted, "bytes": plan.size, "payloads": payloads, "kept": dict(plan.kept)}


def _print(plan: GarbagePlan, *, deleted: bool) -> None:
    out = console()
    if plan.payloads:
        table = new_table("artifact", "type", "made", "size", "where", right=("artifact", "size"))
        for payload in plan.payloads[:_SHOWN]:
            first = payload.artifacts[0]
            made = moment(first.create_time_since_epoch)
            table.add_row(str(first.id), first.type, made, bytes_in_words(payload.size), near_path(payload.uri))
        out.print(table)
    if len(plan.payloads) > _SHOWN:
        out.print(f"and {len(plan.payloads) - _SHOWN:,} smaller ones: --json lists all", style="dim")
    kept = ", ".join(f"{count:,} {reason}" for reason, count in plan.kept.items())
    out.print(f"artifacts kept: {kept or 'none'}")
    verb = "deleted" if deleted else "would be deleted"
    out.print(f"{verb}: {len(plan.payloads):,} folders, {bytes_in_words(plan.size)}", style="bold")
    if plan.payloads and not deleted:
        out.print("nothing was deleted: do it with --delete", style="dim")
