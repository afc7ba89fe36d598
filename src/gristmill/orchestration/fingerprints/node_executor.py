"""Which class does a component's work, and whose code that is."""

from __future__ import annotations

from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.executor import BaseExecutor
from gristmill.dsl.executor_spec import ExecutorClassSpec
from gristmill.errors import NotSupportedError
from gristmill.orchestration.fingerprints.code_identity import code_of_definition
from gristmill.orchestration.fingerprints.definition_code import Code

__all__ = ["code_of_executor", "executor_class_of", "is_users"]


def executor_class_of(node: BaseComponent) -> type[BaseExecutor]:
    """The class that does the node's work in this process.

    Raises:
        NotSupportedError: the work is done in some other way than by a Python class.
    """
    spec = node.executor_spec
    if isinstance(spec, ExecutorClassSpec):
        return spec.executor_class
    raise NotSupportedError(
        f"{node.id}: only executors that are Python classes run here",
        value=type(spec).__name__,
        hint="write the step as a @component function, or as a component with an ExecutorClassSpec.",
    )


def code_of_executor(node: BaseComponent) -> Code:
    """The user's sources behind the executor; empty where it is one of gristmill's own."""
    executor_class = executor_class_of(node)
    # A component function's executor is made by us; what counts is the function.
    return code_of_definition(getattr(executor_class, "FUNCTION", executor_class))


def is_users(executor_class: type[BaseExecutor]) -> bool:
    """Whether the class was not written by us, so that what it raises is the user's."""
    return executor_class.__module__.partition(".")[0] != "gristmill"
