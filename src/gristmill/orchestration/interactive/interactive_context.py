"""InteractiveContext: runs a pipeline step by step, in a notebook or any Python.

    context = InteractiveContext(pipeline_name="taxi", pipeline_root="pipeline_root")
    example_gen = CsvExampleGen(input_base="data")
    context.run(example_gen)
    context.show(example_gen.outputs["examples"])

Each step is run, reused, recorded and recovered exactly as in a pipeline (``interactive_run``).
"""

from __future__ import annotations

import datetime
import logging
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gristmill.display import View, show
from gristmill.dsl.node import BaseNode
from gristmill.dsl.pipeline import check_pipeline_name
from gristmill.errors import ConfigError, NotSupportedError
from gristmill.orchestration.interactive.execution_result import ExecutionResult
from gristmill.orchestration.interactive.export import Exported, check_runner, export_pipeline, running_notebook
from gristmill.orchestration.interactive.failure import error_to_raise, told_stop
from gristmill.orchestration.interactive.interactive_run import Asked, InteractiveRun
from gristmill.orchestration.interactive.item_view import Showable, item_view
from gristmill.orchestration.interactive.progress import LineObserver
from gristmill.orchestration.interactive.skip_for_export import register_skip_for_export
from gristmill.orchestration.metadata import sqlite_metadata_connection_config
from gristmill.orchestration.observer import RunObserver
from gristmill.orchestration.run_place import absolute_root, located_store
from gristmill.orchestration.run_result import NodeState
from gristmill.orchestration.run_settings import Caching, RunOptions, RunSettings, overridden

__all__ = ["InteractiveContext"]

_log = logging.getLogger(__name__)


class InteractiveContext:
    """Runs nodes one by one and keeps what they made, in memory and in a metadata store.

    All nodes that one context runs belong to one run of its pipeline in the store: ``gristmill runs``, ``show``,
    ``why``, ``lineage`` and ``report`` tell about it as about any other.

    Args:
        pipeline_name: names the pipeline in the store; ``interactive-<time>`` where it is not given. What was run under
            one name is reused by later contexts of that name, root and store.
        pipeline_root: the directory that holds all outputs; where it is not given, a temporary one, which is logged.
        metadata_connection_config: a ``metadata_store_pb2.ConnectionConfig``, path or URL of the store; where it is not
            given, ``metadata.sqlite`` in the pipeline root.
        beam_pipeline_args: flags for the engine, for all nodes.

    Attributes:
        pipeline_name: the pipeline's name.
        pipeline_root: the pipeline root, absolute.
        metadata_connection_config: opens the store: what was given, or a ``ConnectionConfig`` of its file.
        beam_pipeline_args: flags for the engine.

    Raises:
        ConfigError: the name is no name for a pipeline, or the store would not outlast a step.
    """

    def __init__(
        self,
        pipeline_name: str | None = None,
        pipeline_root: str | os.PathLike[str] | None = None,
        metadata_connection_config: Any = None,
        beam_pipeline_args: Sequence[Any] | None = None,
    ) -> None:
        self.pipeline_name = pipeline_name or f"interactive-{datetime.datetime.now().isoformat().replace(':', '_')}"
        check_pipeline_name(self.pipeline_name)
        self.beam_pipeline_args = list(beam_pipeline_args or [])
        self._given = (pipeline_name, pipeline_root, metadata_connection_config)
        self.pipeline_root = _root(pipeline_root, self.pipeline_name)
        config, url = located_store(metadata_connection_config, self.pipeline_root)
        self.metadata_connection_config = (
            config if metadata_connection_config else sqlite_metadata_connection_config(url)
        )
        if not url:
            raise ConfigError(
                "the store of an interactive context must be a database that lasts: each step opens it anew",
                value=metadata_connection_config,
                hint="leave metadata_connection_config out: the store is then a file in the pipeline root.",
            )
        self._run = InteractiveRun(self.pipeline_name, self.pipeline_root, self.metadata_connection_config, url)
        for sentence in self._run.recover():
            _log.warning("%s", sentence)
        register_skip_for_export()

    def __repr__(self) -> str:
        number = f"run {self._run.number}" if self._run.number else "nothing run yet"
        return f"InteractiveContext({self.pipeline_name!r}, {number}, store {self._run.store_url!r})"

    def run(
        self,
        component: BaseNode,
        enable_cache: bool = True,
        beam_pipeline_args: Sequence[Any] | None = None,
    ) -> ExecutionResult:
        """Run a component, importer or resolver, or reuse what an earlier execution made that did the same.

        Afterwards its channels hold artifacts: ``component.outputs[key].get()``. A line in the cell, or on standard
        error outside of notebooks, shows how far it is.

        Args:
            component: what to run. The nodes that it reads from must have been run in this context before.
            enable_cache: whether something may be reused.
            beam_pipeline_args: flags for the engine, in place of the context's.

        Raises:
            ConfigError: a node that it depends on has not been run, or failed.
            Exception: the component failed; what it raised, without frames of ours where the error tells all itself.
            KeyboardInterrupt: it was interrupted; it was stopped and recorded before.
        """
        if not isinstance(component, BaseNode):
            raise ConfigError(
                "context.run takes a node", value=component, hint="a component, an Importer or a Resolver object"
            )
        line = LineObserver()
        settings = _settings(line)
        asked = Asked(
            reuse=enable_cache and settings.caching is not Caching.FORBIDDEN,
            engine_args=self.beam_pipeline_args if beam_pipeline_args is None else beam_pipeline_args,
            parameters=settings.parameters,
            observer=settings.observer,
        )
        try:
            ran = self._run.run(component, asked)
        except KeyboardInterrupt as stop:
            raise told_stop(component, stop) from None
        finally:
            line.close()
        result = ran.result
        if result.state is NodeState.FAILED:
            raise error_to_raise(component, result)
        return ExecutionResult(
            component=component,
            execution_id=result.execution_id,
            state=result.state,
            reason=result.reason,
            seconds=result.seconds,
            summary=result.summary,
            inputs=ran.inputs,
            outputs=result.outputs,
            exec_properties=ran.exec_properties,
        )

    def show(self, item: Showable) -> None:
        """Show what a channel, a component, an execution result or artifacts hold: statistics, schema, metrics, …

        Outside of notebooks it says how to save the view; see ``view``.

        Raises:
            ConfigError: the component has not been run, or the item is something else.
        """
        show(self.view(item))

    def view(self, item: Showable) -> View:
        """What ``show`` shows, as a view: ``context.view(item).save("page.html")``.

        Raises:
            ConfigError: the component has not been run, or the item is something else.
        """
        return item_view(item)

    def export_to_pipeline(
        self,
        notebook_filepath: str | os.PathLike[str] | None = None,
        export_filepath: str | os.PathLike[str] | None = None,
        runner_type: str = "local",
    ) -> None:
        """Write the notebook's code as a pipeline file: its code cells, and a pipeline of the nodes that were run.

        Left out are cells that begin with ``%%skip_for_export`` or another cell magic, lines that begin with ``!`` or
        ``%``, and what uses this context.

        Args:
            notebook_filepath: the notebook, saved; where it is not given, the one that runs, if the front end tells.
            export_filepath: the Python file; where it is not given, ``<notebook>_pipeline.py`` beside the notebook.
            runner_type: ``"local"``; ``"beam"`` is the same: steps run on this machine, and their data where
                ``beam_pipeline_args`` say.

        Raises:
            ConfigError: nothing was run, a node is bound to no name of the notebook, or a cell that is exported needs
                one that is not.
            NotSupportedError: the runner does not exist here.
        """
        check_runner(runner_type)
        notebook = Path(notebook_filepath) if notebook_filepath is not None else running_notebook()
        beside = notebook.with_name(f"{notebook.stem}_pipeline.py")
        name, root, store = self._given
        exported = Exported(
            context=self,
            nodes=self._run.finished_nodes,
            pipeline_name=name or "",
            pipeline_root=self.pipeline_root if root is not None else "",
            store_url=self._run.store_url if store else "",
            beam_pipeline_args=self.beam_pipeline_args,
        )
        export_pipeline(exported, notebook, Path(export_filepath) if export_filepath is not None else beside)


def _root(given: str | os.PathLike[str] | None, pipeline_name: str) -> str:
    if given is not None:
        return absolute_root(os.fspath(given))
    made = tempfile.mkdtemp(prefix=f"{pipeline_name}-")
    _log.warning("no pipeline_root was given: outputs and metadata.sqlite are in the temporary folder %s", made)
    return made


def _settings(observer: RunObserver) -> RunSettings:
    """What is to hold for a run: what `gristmill run` says, where it runs the file that this is in, counts more."""
    settings = overridden(RunSettings(observer=observer))
    if settings.only_plan:
        raise NotSupportedError(
            "a file that runs its steps in an InteractiveContext cannot be planned: each step needs what ran before",
            hint="plan a pipeline; context.export_to_pipeline makes one.",
        )
    if settings.options != RunOptions():
        raise ConfigError(
            "--from and --to choose among the nodes of a pipeline; an InteractiveContext runs one at a time",
            value=settings.options,
            hint="run the whole file.",
        )
    return settings
