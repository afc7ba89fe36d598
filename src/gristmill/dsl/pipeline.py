"""A Pipeline: nodes, in an order in which each runs after those that it needs.

Making one checks the whole graph: unique ids, no cycle, every connected node listed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Any

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.base_component import BaseComponent
from gristmill.dsl.checked_call import CheckedCall
from gristmill.dsl.connections import check_sources, connect
from gristmill.dsl.executor_spec import BeamExecutorSpec
from gristmill.dsl.node import BaseNode
from gristmill.dsl.placeholder.expression import sub_expressions
from gristmill.dsl.runtime_parameter import RuntimeParameter
from gristmill.dsl.topology import in_running_order
from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["MAX_NAME_LENGTH", "ExecutionMode", "Pipeline", "check_pipeline_name"]

# The family's limit: the name becomes part of resource names on platforms that allow 63 characters (RFC 1123 labels).
MAX_NAME_LENGTH = 63


class ExecutionMode(enum.IntEnum):
    """How a pipeline runs: every node once (SYNC), or each whenever it has new input (ASYNC, not supported)."""

    SYNC = 1
    ASYNC = 2


class Pipeline(metaclass=CheckedCall):
    """A checked graph of nodes.

    Args:
        pipeline_name: names the pipeline in the metadata store; at most 63 characters.
        pipeline_root: the directory that holds all outputs; may be a RuntimeParameter.
        metadata_connection_config: a ``metadata_store_pb2.ConnectionConfig`` or a database URL; None lets the runner
            choose.
        components: the nodes, in any order.
        enable_cache: whether nodes whose inputs, parameters and code are unchanged are reused.
        beam_pipeline_args: flags for the engine, for all nodes that take them.
        execution_mode: only SYNC.
        platform_config: not supported.
        inputs: not supported (pipelines within pipelines).
        outputs: not supported (pipelines within pipelines).
        dsl_context_registry: not supported.

    Raises:
        ConfigError: an id is used twice or equals the pipeline's name, nodes form a cycle, a node is connected to one
            that is not listed, or an input is connected to nothing.
    """

    def __init__(
        self,
        pipeline_name: str,
        pipeline_root: str | RuntimeParameter = "",
        metadata_connection_config: Any = None,
        components: Iterable[BaseNode] = (),
        enable_cache: bool = False,
        beam_pipeline_args: Sequence[Any] | None = None,
        platform_config: Any = None,
        execution_mode: ExecutionMode = ExecutionMode.SYNC,
        inputs: Any = None,
        outputs: Any = None,
        dsl_context_registry: Any = None,
    ) -> None:
        check_pipeline_name(pipeline_name)
        _refuse(platform_config, "platform_config", "there are no platforms to configure")
        _refuse(inputs, "inputs", "run the inner pipeline's nodes in the outer one")
        _refuse(outputs, "outputs", "run the inner pipeline's nodes in the outer one")
        _refuse(dsl_context_registry, "dsl_context_registry", "leave it out")
        if execution_mode != ExecutionMode.SYNC:
            _refuse(execution_mode, "execution_mode", "run a SYNC pipeline from a scheduler")
        self.pipeline_name = pipeline_name
        self.pipeline_root = pipeline_root
        self.metadata_connection_config = metadata_connection_config
        self.enable_cache = enable_cache
        self.beam_pipeline_args = list(beam_pipeline_args or [])
        self.execution_mode = execution_mode
        self._nodes = self._checked(components)

    def __repr__(self) -> str:
        return f"Pipeline({self.pipeline_name!r}, {[node.id for node in self._nodes]})"

    @property
    def id(self) -> str:
        """The pipeline's name."""
        return self.pipeline_name

    @property
    def components(self) -> list[BaseNode]:
        """The nodes, each behind all that it needs; otherwise in the order in which they were given."""
        return list(self._nodes)

    def node(self, node_id: str) -> BaseNode:
        """The node of that id; ConfigError where there is none."""
        for node in self._nodes:
            if node.id == node_id:
                return node
        raise ConfigError(
            f"the pipeline {self.pipeline_name!r} has no node {node_id!r}",
            hint=did_you_mean(node_id, [node.id for node in self._nodes], "nodes"),
        )

    @property
    def runtime_parameters(self) -> list[str]:
        """Names of the runtime parameters that the nodes, their conditions and the root refer to; each once."""
        nodes = ((node.conditions, node.exec_properties) for node in self._nodes)
        parts = sub_expressions([self.pipeline_root, *(part for pair in nodes for part in pair)])
        return list(dict.fromkeys(part.name for part in parts if isinstance(part, RuntimeParameter)))

    def upstream_of(self, node: BaseNode) -> list[BaseNode]:
        """The pipeline's nodes that must have run before the given one."""
        return node.upstream_nodes

    def downstream_of(self, node: BaseNode) -> list[BaseNode]:
        """The pipeline's nodes that need the given one."""
        return [other for other in self._nodes if node in other.upstream_nodes]

    def engine_args(self, node: BaseNode) -> list[Any]:
        """Flags for the engine of one node: the pipeline's, then the node's own."""
        own: Sequence[Any] = ()
        if isinstance(node, BaseComponent) and isinstance(node.executor_spec, BeamExecutorSpec):
            own = node.executor_spec.beam_pipeline_args
        return [*self.beam_pipeline_args, *own]

    def _checked(self, components: Iterable[BaseNode]) -> list[BaseNode]:
        nodes = self._distinct(components)
        by_id: dict[str, BaseNode] = {}
        for node in nodes:
            self._check_id(node, by_id)
            by_id[node.id] = node
        for node in nodes:
            connect(node, by_id)
        for node in nodes:
            self._check_listed(node, by_id)
        return in_running_order(nodes, self.pipeline_name)

    def _distinct(self, components: Iterable[BaseNode]) -> list[BaseNode]:
        if not isinstance(components, Iterable):
            raise ConfigError(
                f"the components of pipeline {self.pipeline_name!r} must be a list of nodes",
                value=components,
                hint="write components=[…]",
            )
        given = list(components)
        for node in given:
            self._check_kind(node)
        return list(dict.fromkeys(given))

    def _check_kind(self, node: object) -> None:
        if isinstance(node, Pipeline):
            raise NotSupportedError(
                "a pipeline cannot be a node of another pipeline",
                value=node.pipeline_name,
                hint="list its nodes in the outer pipeline",
            )
        if not isinstance(node, BaseNode):
            raise ConfigError(
                f"the components of pipeline {self.pipeline_name!r} must be nodes",
                value=node,
                hint="list the component objects, not their classes, outputs or channels",
            )

    def _check_id(self, node: BaseNode, by_id: dict[str, BaseNode]) -> None:
        if node.id in by_id:
            raise ConfigError(
                f"two nodes of pipeline {self.pipeline_name!r} have the id {node.id!r}",
                hint="name one of them: .with_id('…')",
            )
        if node.id == self.pipeline_name:
            raise ConfigError(
                "a node must not have the pipeline's name as its id",
                value=node.id,
                hint="rename the node with .with_id('…'), or the pipeline",
            )

    def _check_listed(self, node: BaseNode, by_id: dict[str, BaseNode]) -> None:
        for upstream in node.upstream_nodes:
            if by_id.get(upstream.id) is not upstream:
                raise ConfigError(
                    f"{node.id} needs {upstream.id}, which is not among the components of the pipeline",
                    value=self.pipeline_name,
                    hint=f"add it to components=[…]: {upstream!r}",
                )
        check_sources(node)


def check_pipeline_name(name: object) -> None:
    """Refuse what is no name for a pipeline.

    Raises:
        ConfigError: it is no text, empty or too long.
    """
    if not isinstance(name, str) or not name or len(name) > MAX_NAME_LENGTH:
        raise ConfigError(
            f"a pipeline's name has 1 to {MAX_NAME_LENGTH} characters",
            value=name,
            hint="name it after what it makes, for example 'taxi'",
        )


def _refuse(value: object, name: str, hint: str) -> None:
    if value is not None:
        raise NotSupportedError(f"Pipeline({name}=…) is not supported", value=value, hint=hint)
