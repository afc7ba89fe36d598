"""LocalDagRunner: runs a pipeline in this process, on this machine."""

from __future__ import annotations

from collections.abc import Mapping

from gristmill.dsl.pipeline import Pipeline
from gristmill.errors import ConfigError, RunError
from gristmill.metadata import MetadataStore
from gristmill.orchestration.nodes.node_life import points_of
from gristmill.orchestration.nodes.session import Target
from gristmill.orchestration.plans.planning import plan_with
from gristmill.orchestration.plans.run_plan import PlanMade
from gristmill.orchestration.run_place import check_parameters, located_store, resolved_root
from gristmill.orchestration.run_result import RunResult
from gristmill.orchestration.run_settings import RunOptions, RunSettings, overridden
from gristmill.orchestration.runs.pipeline_run import run_pipeline
from gristmill.orchestration.stops.stop_signals import stop_signals_raise, stop_signals_wait

__all__ = ["LocalDagRunner"]


class LocalDagRunner:
    """Runs pipelines in this process: independent nodes at once in threads, each node's engine over all cores.

    Args:
        workers: how many nodes may run at once; 2 by default, because one node's engine already uses all cores.
    """

    def __init__(self, *, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigError("at least one node must be able to run", value=workers)
        self._workers = workers

    def run(
        self,
        pipeline: Pipeline,
        run_options: RunOptions | None = None,
        *,
        parameters: Mapping[str, int | float | str] | None = None,
    ) -> RunResult:
        """Run a pipeline, or the part that ``run_options`` chooses, and record everything in its metadata store.

        A run whose predecessor did not finish goes on where that stopped: nodes that it completed and that would do
        the same again are reused, even where ``enable_cache`` is off.

        Args:
            pipeline: what to run. Without a ``metadata_connection_config`` its metadata is in
                ``<pipeline_root>/metadata.sqlite``.
            run_options: which nodes to run; all by default.
            parameters: values of runtime parameters, by name.

        Returns:
            What became of each node.

        Raises:
            RunError: a node failed; names all that did. Its ``__cause__`` is the first failure.
            KeyboardInterrupt: Ctrl-C or SIGTERM came; everything was stopped and recorded before.
            ConfigError: pipeline and arguments do not fit each other.
        """
        settings = overridden(
            RunSettings(parameters=parameters or {}, options=run_options or RunOptions(), workers=self._workers)
        )
        if settings.only_plan:
            raise PlanMade(plan_with(pipeline, settings))
        check_parameters(pipeline, settings)
        settings.chaos.check(pipeline.pipeline_name, {node.id: points_of(node) for node in pipeline.components})
        root = resolved_root(pipeline, settings)
        config, url = located_store(pipeline.metadata_connection_config, root)
        store = MetadataStore(config)
        try:
            with stop_signals_raise():
                result = run_pipeline(pipeline, Target(store, url, root), settings)
        finally:
            with stop_signals_wait():
                store.close()
        _raise_failures(result)
        return result


def _raise_failures(result: RunResult) -> None:
    if not result.failed:
        return
    first = result.nodes[result.failed[0]]
    named = ", ".join(result.failed)
    raise RunError(
        f"run {result.number} of the pipeline {result.pipeline_name!r} did not finish; failed: {named}",
        failed=result.failed,
        hint="mend the cause and run it again: what is finished is reused.",
    ) from first.error
