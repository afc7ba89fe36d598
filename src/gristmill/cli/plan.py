"""``gristmill plan PIPELINE.py``: what ``gristmill run`` would do now, and why, without doing any of it."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gristmill.cli.run_options import (
    ArgumentsArgument,
    FromOption,
    NoCacheOption,
    ParameterOption,
    PipelineArgument,
    TfxCompatOption,
    TfxShadowOption,
    ToOption,
    asked_for,
    stand_for_family,
)

if TYPE_CHECKING:
    from gristmill.orchestration.plans.run_plan import RunPlan
    from gristmill.orchestration.run_settings import RunSettings

__all__ = ["plan"]


def plan(
    pipeline: PipelineArgument,
    arguments: ArgumentsArgument = None,
    parameter: ParameterOption = None,
    from_nodes: FromOption = None,
    to_nodes: ToOption = None,
    no_cache: NoCacheOption = False,
    tfx_compat: TfxCompatOption = False,
    tfx_shadow: TfxShadowOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON, and nothing else.")] = False,
) -> None:
    """Say what a run would do, and why. No step is run, and nothing is written.

    The file is executed as by `gristmill run`, up to its first pipeline. A step behind one that would run is decided
    when that one has run: it is reused where what it reads comes out the same.
    """
    from gristmill.cli.plan_lines import plan_lines
    from gristmill.cli.tables import console, print_json
    from gristmill.orchestration.plans.run_plan import PlannedState

    stand_for_family(tfx_compat, tfx_shadow)
    settings = asked_for(parameter, from_nodes, to_nodes, no_cache)
    # With --json, what the user's file prints must not end up between the braces.
    with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
        made = _plan(pipeline, arguments or [], settings)
    if as_json:
        print_json(_plan_json(made))
    else:
        terminal = console()
        for line in plan_lines(terminal, made):
            terminal.print(line)
    if made.of_state(PlannedState.FAILS):
        raise typer.Exit(1)


def _plan(path: Path, arguments: list[str], settings: RunSettings) -> RunPlan:
    from gristmill.cli.pipeline_file import run_pipeline_file
    from gristmill.errors import ConfigError
    from gristmill.orchestration.plans.run_plan import PlanMade
    from gristmill.orchestration.run_settings import overriding

    try:
        with overriding(replace(settings, only_plan=True)):
            run_pipeline_file(path, arguments, has_run=lambda: False)
    except PlanMade as answer:
        return answer.plan
    except SystemExit as leaving:
        raise ConfigError("the file ended before it ran a pipeline", value=f"sys.exit({leaving.code!r})") from None
    raise ConfigError("the file ran no pipeline", value=str(path))


def _plan_json(made: RunPlan) -> dict[str, Any]:
    return {
        "pipeline": made.pipeline_name,
        "run": made.number,
        "nodes": [
            {
                "id": node.node_id,
                "state": node.state.value,
                "reason": node.reason,
                "depends_on": list(node.depends_on),
                "summary": list(node.summary),
                "execution_id": node.execution_id,
            }
            for node in made.nodes.values()
        ],
    }
