"""Placeholders, as pipelines write them."""

from __future__ import annotations

from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.functions import dirname, join, join_path, make_dict, make_list, make_proto
from gristmill.dsl.placeholder.predicate import logical_and, logical_not, logical_or
from gristmill.dsl.placeholder.properties import (
    EnvironmentVariablePlaceholder,
    ExecPropertyPlaceholder,
    InvocationPlaceholder,
    RuntimeInfoPlaceholder,
)
from gristmill.dsl.placeholder.serialization import ListSerializationFormat, ProtoSerializationFormat

__all__ = [
    "ListSerializationFormat",
    "ProtoSerializationFormat",
    "dirname",
    "environment_variable",
    "exec_property",
    "execution_invocation",
    "input",
    "join",
    "join_path",
    "logical_and",
    "logical_not",
    "logical_or",
    "make_dict",
    "make_list",
    "make_proto",
    "output",
    "runtime_info",
]


def input(key: str) -> ArtifactListPlaceholder:
    """The artifacts of the node's input ``key``: ``input("model")[0].uri``."""
    return ArtifactListPlaceholder.of_input(key)


def output(key: str) -> ArtifactListPlaceholder:
    """The artifacts of the node's output ``key``: ``output("model")[0].uri``."""
    return ArtifactListPlaceholder.of_output(key)


def exec_property(key: str) -> ExecPropertyPlaceholder:
    """The node's parameter ``key``; its fields and items by ``.name`` and ``[index]``."""
    return ExecPropertyPlaceholder(key)


def execution_invocation() -> InvocationPlaceholder:
    """The invocation of the executor: ``execution_invocation().pipeline_run_id``."""
    return InvocationPlaceholder("execution_invocation")


def runtime_info(key: str) -> RuntimeInfoPlaceholder:
    """Platform-dependent configuration: executor_spec, platform_config or pipeline_platform_config."""
    return RuntimeInfoPlaceholder(key)


def environment_variable(name: str) -> EnvironmentVariablePlaceholder:
    """The value of an environment variable where the node runs."""
    return EnvironmentVariablePlaceholder(name)
