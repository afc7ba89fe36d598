"""One run of a pipeline in this process, from the first look at the store to the last word about every node."""

from __future__ import annotations

from gristmill.dsl.pipeline import Pipeline
from gristmill.orchestration.partial_run import Selection
from gristmill.orchestration.resumption import Request, begin_run, runs_behind
from gristmill.orchestration.reuse_policy import ReusePolicy
from gristmill.orchestration.run_records import ContextTypes, last_run
from gristmill.orchestration.run_result import RunResult
from gristmill.orchestration.run_settings import DEFAULT_WORKERS, Caching, RunSettings
from gristmill.orchestration.run_walk import Walk
from gristmill.orchestration.session import Target, session_of

__all__ = ["run_pipeline"]


def run_pipeline(pipeline: Pipeline, target: Target, settings: RunSettings) -> RunResult:
    """Run the nodes, independent ones at once; returns when everything has ended and is recorded.

    Failures of nodes are in the result.

    Raises:
        RunError: another process resumes the run that this one would resume.
        KeyboardInterrupt: Ctrl-C or SIGTERM came; everything was stopped and recorded before.
        ConfigError: the settings do not fit the pipeline.
    """
    selection = Selection.of(pipeline, settings.options)
    caching = _caching(pipeline, settings)
    types = ContextTypes.register(target.store)
    previous = last_run(target.store, pipeline.pipeline_name)
    unfinished = [] if previous is None or previous.state == "complete" else [previous]
    run = begin_run(
        target.store,
        types,
        Request(pipeline.pipeline_name, target.root, settings.parameters, [node.id for node in pipeline.components]),
        resume=caching is not None,
        recovered=settings.observer.recovered,
    )
    with session_of(
        run,
        types,
        pipeline=pipeline,
        target=target,
        reuse=ReusePolicy.of_run(target.store, caching, [*unfinished, *runs_behind(target.store, run)]),
        observer=settings.observer,
        parameters=settings.parameters,
    ) as session:
        workers = settings.workers or DEFAULT_WORKERS
        return Walk(session, pipeline.components, selection, workers, target.store_url).run()


def _caching(pipeline: Pipeline, settings: RunSettings) -> bool | None:
    if settings.caching is Caching.FORBIDDEN:
        return None
    return settings.caching is Caching.ON or pipeline.enable_cache
