"""Executors do the work of a component; an ExecutionContext is what the runner lends them for it."""

from __future__ import annotations

import logging
import shutil
import tempfile
import weakref
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from gristmill.errors import NotSupportedError
from gristmill.redaction import without_secrets_within

if TYPE_CHECKING:
    from gristmill.dsl.artifact import Artifact
    from gristmill.engine.contract import Engine, Progress, ProgressCallback

__all__ = ["BaseBeamExecutor", "BaseExecutor", "ExecutionContext"]

_log = logging.getLogger(__name__)


@dataclass
class ExecutionContext:
    """What an executor may use while it works.

    Attributes:
        engine: passes data through accumulators and map functions.
        progress: takes reports of how far the work has come.
        work_dir: a directory for scratch files, on this machine; removed when the node has finished.
        node_id: the node.
        pipeline_name: the pipeline.
        run_id: the run.
        summary: lines for people about what was done, shown by the command line and stored with the execution.
    """

    engine: Engine
    progress: ProgressCallback
    work_dir: str
    node_id: str = ""
    pipeline_name: str = ""
    run_id: str = ""
    summary: list[str] = field(default_factory=list)

    def report(self, text: str) -> None:
        """Add a line for people about what was done, e.g. ``"18 features of 2 splits"``."""
        self.summary.append(text)


class BaseExecutor(ABC):
    """Base of all executors.

    Args:
        context: what the runner lends. Without one, the executor works on the local engine, with a scratch directory
            of its own that lives as long as the executor.
    """

    Context: ClassVar[type[ExecutionContext]] = ExecutionContext  # the TFX family's name for the type of ``context``

    def __init__(self, context: ExecutionContext | None = None) -> None:
        self._given_context = context

    @property
    def context(self) -> ExecutionContext:
        """Engine, progress callback and scratch directory."""
        if self._given_context is None:
            self._given_context = self._default_context()
        return self._given_context

    @abstractmethod
    def Do(
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Do the work: read the inputs, write each output's payload under its ``uri``, set its properties.

        Args:
            input_dict: the input artifacts by key; an optional input that is not there is missing or an empty list.
            output_dict: the output artifacts by key; directories for their payloads exist.
            exec_properties: the parameters by key; messages, lists and dicts as JSON text; None where left out.
        """

    @classmethod
    def external_inputs(cls, exec_properties: dict[str, Any]) -> list[str]:
        """The files from outside the pipeline that ``Do`` would read with these parameters; none by default.

        An executor that reads such files names them here, so that its node runs again when one of them changes.

        Args:
            exec_properties: the parameters by key, as ``Do`` receives them.

        Returns:
            URIs of files.
        """
        del exec_properties
        return []

    @classmethod
    def user_modules(cls, exec_properties: dict[str, Any]) -> list[str]:
        """The user's modules that ``Do`` would import because these parameters name them; none by default.

        The code of the executor itself, a ``module_file`` and functions like ``run_fn`` count without being named here.

        Args:
            exec_properties: the parameters by key, as ``Do`` receives them.

        Returns:
            Dotted names, as ``import`` takes them.
        """
        del exec_properties
        return []

    @classmethod
    def reuse_refusal(cls, exec_properties: dict[str, Any], outputs: Mapping[str, Sequence[Artifact]]) -> str:
        """Why an earlier execution that did the same must not stand for a new one; empty, as by default, if it may.

        The runner proves by itself that the outputs' payloads are what they were. An executor whose work has an effect
        elsewhere (a model copied to where it is served) says here when that is undone, so that its node runs again.

        Args:
            exec_properties: the parameters by key, as ``Do`` receives them.
            outputs: the earlier execution's output artifacts by key.

        Returns:
            A clause for people, such as ``"serving/7 was deleted"``.
        """
        del exec_properties, outputs
        return ""

    def _get_tmp_dir(self) -> str:
        """A directory for scratch files: the TFX family's name for ``context.work_dir``."""
        return self.context.work_dir

    def _log_startup(
        self, inputs: dict[str, list[Artifact]], outputs: dict[str, list[Artifact]], exec_properties: dict[str, Any]
    ) -> None:
        """Log what ``Do`` was called with: the executors of the TFX family begin with it."""
        shown = without_secrets_within(exec_properties)
        _log.debug("%s: inputs %s, outputs %s, %s", type(self).__name__, inputs, outputs, shown)

    def _default_context(self) -> ExecutionContext:
        from gristmill.engine.local import LocalEngine  # only an executor without a runner needs it

        scratch = tempfile.mkdtemp(prefix="gristmill-")
        weakref.finalize(self, shutil.rmtree, scratch, ignore_errors=True)
        return ExecutionContext(engine=LocalEngine(), progress=_ignore_progress, work_dir=scratch)


class BaseBeamExecutor(BaseExecutor):
    """An executor that passes data through the engine."""

    def _make_beam_pipeline(self) -> Any:
        """Not supported: executors hand accumulators and map functions to the engine, which may run them on Beam."""
        raise NotSupportedError(
            "executors do not build Beam pipelines themselves",
            value=type(self).__name__,
            hint="call self.context.engine.aggregate(...) or .map(...)",
        )


def _ignore_progress(progress: Progress) -> None:
    del progress
