"""Runs a Beam pipeline, and tells how far it has come."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import apache_beam as beam
from apache_beam.runners.runner import PipelineState

from gristmill.errors import GristmillError

__all__ = ["run_to_end"]

_POLL_SECONDS = 0.5  # often enough for a progress bar, seldom enough for an object store


def run_to_end(pipeline: beam.Pipeline, watch: Callable[[], None], stop: Callable[[], None]) -> None:
    """Run the pipeline until it ends.

    Args:
        pipeline: the job.
        watch: called now and then, in this thread, while the job runs; when it raises, the job is stopped.
        stop: lets workers skip what they have not begun, for runners that cannot cancel.

    Raises:
        GristmillError: the runner failed, as told by its own exception.
    """
    running: list[Any] = []
    with ThreadPoolExecutor(1, thread_name_prefix="gristmill-beam") as thread:
        end = thread.submit(_run, pipeline, running)
        try:
            while not wait([end], _POLL_SECONDS).done:
                watch()
        except BaseException:
            stop()
            _cancel(running, end)
            raise
        end.result()


def _run(pipeline: beam.Pipeline, running: list[Any]) -> None:
    try:
        result = pipeline.run()
        running.append(result)
        state = result.wait_until_finish()
    except Exception as error:
        raise GristmillError(
            "the Beam runner could not finish the job",
            value=_last_line(error),
            hint="the runner's own message is above it (--full shows it); workers need gristmill and their extras",
        ) from error
    if state is not None and state != PipelineState.DONE:
        raise GristmillError("the Beam job did not finish", value=f"its state is {state}", hint="see the runner's log")


def _cancel(running: list[Any], end: Future[None]) -> None:
    while not running and not end.done():
        time.sleep(_POLL_SECONDS / 10)
    for result in running:
        if not end.done():
            with contextlib.suppress(Exception):  # a runner that cannot cancel has been told to skip the rest
                result.cancel()


def _last_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[-1] if lines else ''}"
