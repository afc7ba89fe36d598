"""A node of a pipeline: something with an id, input channels, output channels and parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Self

from gristmill.did_you_mean import did_you_mean
from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel, Channel, OutputChannel, output_channels
from gristmill.dsl.checked_call import CheckedCall
from gristmill.dsl.condition import active_conditions
from gristmill.dsl.node_options import NodeExecutionOptions
from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.expression import sub_expressions
from gristmill.errors import ConfigError, NotSupportedError, UnknownKeyError

__all__ = ["BaseNode"]

_LONGEST_ID = 255  # bytes in a file's name on the file systems of Linux, macOS and Windows


class BaseNode(metaclass=CheckedCall):
    """Base of components, importers and resolvers.

    Args:
        inputs: the channels that the node reads, by key.
        outputs: the type of each output, by key: an artifact class, or a Channel with properties for what it produces.
        exec_properties: the parameters; values may be placeholders.

    Attributes:
        READS_HISTORY: whether inputs may be channels without a producer: artifacts of any earlier run.
        inputs: the channels that the node reads, by key.
        outputs: the channels that the node feeds, by key.
        exec_properties: the parameters, as the executor receives them, or placeholders for them.
        conditions: predicates that must all hold for the node to run.
        enable_cache: True or False overrides the pipeline's setting for this node; None follows it.
        execution_options: retries, time limit, optional success.
        made: the artifacts of its last run in an InteractiveContext, by output key; None before, and after a failure.
    """

    READS_HISTORY: ClassVar[bool] = False

    def __init__(
        self,
        inputs: Mapping[str, BaseChannel],
        outputs: Mapping[str, type[Artifact] | Channel],
        exec_properties: Mapping[str, Any],
    ) -> None:
        self._id: str | None = None
        self._explicit_upstream: list[BaseNode] = []
        self._downstream: list[BaseNode] = []
        self.inputs = dict(inputs)
        self.outputs = _Outputs({key: self._output(key, declared) for key, declared in outputs.items()})
        self.outputs.node = self
        self.exec_properties = dict(exec_properties)
        self.conditions = active_conditions()
        self.enable_cache: bool | None = None
        self.execution_options = NodeExecutionOptions()
        self.made: Mapping[str, Sequence[Artifact]] | None = None
        for producer in self._producers():
            producer._downstream.append(self)

    def _output(self, key: str, declared: type[Artifact] | Channel) -> OutputChannel:
        if isinstance(declared, Channel):
            return OutputChannel(
                declared.type, self, key, declared.additional_properties, declared.additional_custom_properties
            )
        return OutputChannel(declared, self, key)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(id={self.id!r})"

    def _repr_html_(self) -> str:
        """The node as the result of a notebook cell."""
        from gristmill.dsl.rich_display import node_view  # notebooks only

        return node_view(self)._repr_html_()

    @property
    def id(self) -> str:
        """The node's name within the pipeline: the class name unless ``with_id`` gave another."""
        return self._id or type(self).__name__

    @property
    def type(self) -> str:
        """The dotted path of the node's class: the name of its execution type in the metadata store."""
        return f"{type(self).__module__}.{type(self).__qualname__}"

    def with_id(self, id: str) -> Self:
        """Name the node; needed where one class appears twice in a pipeline.

        Raises:
            ConfigError: the id cannot be the name of a folder, which it becomes under the pipeline's root.
        """
        if not _names_a_folder(id):
            raise ConfigError(
                "a node's id must do as the name of a folder: printable, without slashes, no dot in front, "
                f"at most {_LONGEST_ID} bytes",
                value=id,
                hint="for example StatisticsGen.train",
            )
        self._id = id
        return self

    def with_node_execution_options(self, node_execution_options: NodeExecutionOptions) -> Self:
        """Set retries, the time limit and whether the node's success is optional."""
        self.execution_options = node_execution_options
        return self

    def with_platform_config(self, config: object) -> Self:
        """Not supported: nodes run on this machine, or on Beam by ``with_beam_pipeline_args``."""
        raise NotSupportedError(
            f"{self.id}: there are no platforms to configure",
            value=config,
            hint="use with_beam_pipeline_args for work that runs on a cluster",
        )

    def add_upstream_node(self, node: BaseNode) -> None:
        """Run this node after the other, although it reads nothing from it."""
        if node not in self._explicit_upstream:
            self._explicit_upstream.append(node)
            node._downstream.append(self)

    def add_upstream_nodes(self, nodes: Iterable[BaseNode]) -> None:
        """Run this node after the others."""
        for node in nodes:
            self.add_upstream_node(node)

    def add_downstream_node(self, node: BaseNode) -> None:
        """Run the other node after this one, although it reads nothing from it."""
        node.add_upstream_node(self)

    def add_downstream_nodes(self, nodes: Iterable[BaseNode]) -> None:
        """Run the other nodes after this one."""
        for node in nodes:
            self.add_downstream_node(node)

    @property
    def referred_channels(self) -> list[BaseChannel]:
        """The channels that conditions and dynamic parameters refer to by ``channel.future()``, each once."""
        found: list[BaseChannel] = []
        for part in sub_expressions([*self.conditions, *self.exec_properties.values()]):
            if isinstance(part, ArtifactListPlaceholder) and part.channel is not None and part.channel not in found:
                found.append(part.channel)
        return found

    @property
    def upstream_nodes(self) -> list[BaseNode]:
        """The nodes that must have run before: producers of inputs and conditions, and those added; each once."""
        return _each_once([*self._producers(), *self._explicit_upstream])

    @property
    def downstream_nodes(self) -> list[BaseNode]:
        """The nodes that read from this one or were added behind it, whether or not a pipeline lists them."""
        return _each_once(self._downstream)

    def _producers(self) -> list[BaseNode]:
        channels = output_channels([*self.inputs.values(), *self.referred_channels])
        return [channel.producer for channel in channels]


class _Outputs(dict[str, OutputChannel]):
    """The outputs of a node by key; a key that it does not have is told with those that it has."""

    node: BaseNode

    def __missing__(self, key: str) -> OutputChannel:
        raise UnknownKeyError(f"{self.node.id} has no output {key!r}", hint=did_you_mean(str(key), self, "its outputs"))


def _names_a_folder(id: str) -> bool:
    if not id or not id.isprintable() or id.startswith("."):
        return False
    return not any(separator in id for separator in "/\\") and len(id.encode("utf-8")) <= _LONGEST_ID


def _each_once(nodes: Iterable[BaseNode]) -> list[BaseNode]:
    return list(dict.fromkeys(nodes))
