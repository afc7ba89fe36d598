"""``gristmill run PIPELINE.py``: runs a pipeline file, shows the run, and says at the end what came of it."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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
from gristmill.errors import GristmillError

if TYPE_CHECKING:
    from gristmill.cli.live import LiveRun
    from gristmill.orchestration.run_result import RunResult
    from gristmill.orchestration.run_settings import RunSettings
    from gristmill.orchestration.stops.chaos import Strike

__all__ = ["run"]

_SIGNALED = 128  # shells report a process that a signal ended as this and the signal's number


def run(
    pipeline: PipelineArgument,
    arguments: ArgumentsArgument = None,
    parameter: ParameterOption = None,
    from_nodes: FromOption = None,
    to_nodes: ToOption = None,
    no_cache: NoCacheOption = False,
    workers: Annotated[int | None, typer.Option(min=1, help="How many steps may run at once (2).")] = None,
    tfx_compat: TfxCompatOption = False,
    tfx_shadow: TfxShadowOption = False,
    chaos: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ACTION@NODE:POINT",
            help="Try out a crash: kill, term, int, pause or fail when a step reaches a point of its life. Repeatable.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON, and nothing else.")] = False,
    full_traceback: Annotated[
        bool, typer.Option("--traceback", help="Show whole tracebacks of failures, gristmill's frames included.")
    ] = False,
) -> None:
    """Run a pipeline; steps that would do the same again are reused.

    The file is executed as `python PIPELINE.py` would. If that runs no pipeline, the one that it defines as `pipeline`
    or returns from `create_pipeline()` is run.
    """
    from gristmill.cli.live import LiveRun
    from gristmill.cli.tables import console
    from gristmill.orchestration.stops.chaos import Chaos, Strike

    stand_for_family(tfx_compat, tfx_shadow)
    observer = LiveRun(console(stderr=as_json))
    asked = asked_for(parameter, from_nodes, to_nodes, no_cache)
    struck = Chaos(Strike.parse(text) for text in chaos or ())
    settings = replace(asked, workers=workers, observer=observer, chaos=struck)
    try:
        code = _run(pipeline, arguments or [], settings, observer, as_json=as_json, full_traceback=full_traceback)
    finally:
        if as_json and observer.results:
            _print_json(observer.results)
    _leave(code)


def _run(
    path: Path, arguments: list[str], settings: RunSettings, observer: LiveRun, *, as_json: bool, full_traceback: bool
) -> int:
    """Run the file and tell what came of it; the exit code."""
    from gristmill.cli.pipeline_file import run_pipeline_file
    from gristmill.errors import RunError
    from gristmill.orchestration.run_settings import overriding

    code = 0
    # With --json, what the user's file prints must not end up between the braces.
    output = contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()
    try:
        with output, overriding(settings), settings.chaos.listening():
            run_pipeline_file(path, arguments, lambda: observer.start is not None)
    except RunError as error:
        if not error.failed:
            raise
        code = 1  # each failed step is told below
    except GristmillError as error:
        if not _is_of_a_step(error, observer.results):
            raise
        code = 1
    except KeyboardInterrupt as stop:
        return _SIGNALED + getattr(stop, "number", signal.SIGINT)
    except SystemExit as leaving:  # a file may end in sys.exit(main()); what it ran is told all the same
        code = _exit_code(leaving)
    finally:  # a file that raises, behind a failed context.run for example, has run something all the same
        observer.close()
        for result in observer.results:
            _tell_failures(result, full_traceback)
            observer.print_closing(result)
    if settings.chaos.waiting:
        code = code or 1
        _tell_unreached(settings.chaos.waiting, observer.results)
    return code or int(any(result.failed for result in observer.results))


def _tell_unreached(strikes: Sequence[Strike], results: list[RunResult]) -> None:
    """What did not happen was not survived: say so."""
    states = {node_id: node.state.value for result in results for node_id, node in result.nodes.items()}
    for strike in strikes:
        ended = states.get(strike.node_id)
        why = f"{strike.node_id} ended {ended}" if ended else f"there was no step {strike.node_id!r}"
        print(f"gristmill: {strike} did not happen: {why} without reaching that point", file=sys.stderr)
    print("  Hint: `--no-cache` runs what would be reused; `swept` is reached behind a crash only.", file=sys.stderr)


def _is_of_a_step(error: GristmillError, results: list[RunResult]) -> bool:
    """Whether the file let through what a step of an InteractiveContext failed with."""
    steps = [step.error for result in results for step in result.nodes.values() if step.error is not None]
    return any(error is step or error.__cause__ is step for step in steps)


def _exit_code(leaving: SystemExit) -> int:
    """What Python itself would make of it: text goes to standard error and counts as 1."""
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    print(leaving.code, file=sys.stderr)
    return 1


def _tell_failures(result: RunResult, full_traceback: bool) -> None:
    from gristmill.cli.failure import print_error

    for node_id in result.failed:
        error = result.nodes[node_id].error
        if error is not None:
            print_error(error, subject=node_id, full=full_traceback)


def _print_json(results: list[RunResult]) -> None:
    import json

    from gristmill.cli.run_json import run_result_json

    described = [run_result_json(result) for result in results]
    print(json.dumps(described[0] if len(described) == 1 else described, indent=2))


def _leave(code: int) -> None:
    """End the process; at once, when a stopped step is still inside a call that does not come back."""
    stuck = [thread for thread in threading.enumerate() if thread.name.startswith("node ")]
    if code > _SIGNALED and stuck:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    raise typer.Exit(code)
