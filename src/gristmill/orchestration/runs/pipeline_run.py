"""One run of a pipeline in this process, from the first look at the store to the last word about every node."""

from __future__ import annotations

from itertools import chain

from gristmill.dsl.pipeline import Pipeline
from gristmill.orchestration.nodes.partial_run import Selection
from gristmill.orchestration.nodes.session import Target, session_of
from gristmill.orchestration.records.run_records import ContextTypes, RunRecord, last_run
from gristmill.orchestration.reuse.policy import ReusePolicy
from gristmill.orchestration.run_result import RunResult
from gristmill.orchestration.run_settings import DEFAULT_WORKERS, Caching, RunSettings
from gristmill.orchestration.runs.resumption import Request, begin_run, runs_behind
from gristmill.orchestration.runs.run_walk import Walk

__all__ = ["caching_of", "request_of", "run_pipeline", "unfinished_in"]


def run_pipeline(pipeline: Pipeline, target: Target, settings: RunSettings) -> RunResult:
    """Run the nodes, independent ones at once; returns when everything has ended and is recorded.

    Failures of nodes are in the result.

    Raises:
        RunError: another process resumes the run that this one would resume.
        KeyboardInterrupt: Ctrl-C or SIGTERM came; everything was stopped and recorded before.
        ConfigError: the settings do not fit the pipeline.
    """
    selection = Selection.of(pipeline, settings.options)
    caching = caching_of(pipeline, settings)
    types = ContextTypes.register(target.store)
    previous = last_run(target.store, pipeline.pipeline_name)
    unfinished = unfinished_in(previous)
    run = begin_run(
        target.store,
        types,
        request_of(pipeline, target.root, settings),
        resume=caching is not None,
        recovered=settings.observer.recovered,
    )
    with session_of(
        run,
        types,
        pipeline=pipeline,
        target=target,
        reuse=ReusePolicy.of_run(target.store, caching, chain(unfinished, runs_behind(target.store, run))),
        observer=settings.observer,
        parameters=settings.parameters,
    ) as session:
        workers = settings.workers or DEFAULT_WORKERS
        return Walk(session, pipeline.components, selection, workers, target.store_url).run()


def request_of(pipeline: Pipeline, root: str, settings: RunSettings) -> Request:
    """What a run with these settings asks for."""
    return Request(pipeline.pipeline_name, root, settings.parameters, [node.id for node in pipeline.components])


def unfinished_in(previous: RunRecord | None) -> list[RunRecord]:
    """The run before, unless it came to a good end."""
    return [] if previous is None or previous.state == "complete" else [previous]


def caching_of(pipeline: Pipeline, settings: RunSettings) -> bool | None:
    """Whether the cache is on, for a ReusePolicy; None forbids any reuse."""
    if settings.caching is Caching.FORBIDDEN:
        return None
    return settings.caching is Caching.ON or pipeline.enable_cache
