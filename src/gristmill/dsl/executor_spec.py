"""ExecutorSpec: which code does a component's work."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from gristmill.dsl.executor import BaseExecutor
from gristmill.errors import ConfigError

__all__ = ["BeamExecutorSpec", "ExecutorClassSpec", "ExecutorSpec"]


class ExecutorSpec:
    """Base of the executor specs."""


class ExecutorClassSpec(ExecutorSpec):
    """The work is done by a Python class.

    Args:
        executor_class: a subclass of BaseExecutor.
    """

    def __init__(self, executor_class: type[BaseExecutor]) -> None:
        # Asked for first: a name of the TFX family without behaviour says there what to use instead.
        works = callable(getattr(executor_class, "Do", None))
        if not (works and inspect.isclass(executor_class) and issubclass(executor_class, BaseExecutor)):
            raise ConfigError(
                "an executor must be a subclass of BaseExecutor",
                value=executor_class,
                hint="derive it from gristmill.dsl.executor.BaseExecutor and write Do(...)",
            )
        self.executor_class = executor_class

    @property
    def class_path(self) -> str:
        """The dotted path of the executor class."""
        return f"{self.executor_class.__module__}.{self.executor_class.__qualname__}"

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    __hash__ = object.__hash__


class BeamExecutorSpec(ExecutorClassSpec):
    """The work is done by a Python class that passes data through the engine, which may be Beam.

    Attributes:
        beam_pipeline_args: flags for the engine, behind those of the pipeline.
    """

    def __init__(self, executor_class: type[BaseExecutor], beam_pipeline_args: Sequence[Any] = ()) -> None:
        super().__init__(executor_class)
        self.beam_pipeline_args = list(beam_pipeline_args)
