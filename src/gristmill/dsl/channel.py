"""A Channel is what a node's input is connected to: a stream of artifacts of one type.

- :class:`OutputChannel`: the output of a node, under a key.
- :class:`Channel`: artifacts found by what they are: of a type, made by a node that is named but not at hand, or any in
  the pipeline's history (which only a resolver may ask for).
- :class:`UnionChannel`: the artifacts of several channels of one type.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gristmill.dsl.artifact import Artifact
from gristmill.errors import ConfigError, NotSupportedError

if TYPE_CHECKING:
    from gristmill.dsl.node import BaseNode
    from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder

__all__ = ["BaseChannel", "Channel", "OutputChannel", "UnionChannel", "output_channels", "union"]

_ASYNC_HINT = "triggers belong to pipelines that run for ever; run the pipeline from a scheduler instead"


class BaseChannel:
    """Base of all channels.

    Attributes:
        type: the artifact class.
        is_optional: whether a node that has this as an input may run when it holds no artifacts.
    """

    def __init__(self, type: type[Artifact], is_optional: bool = False) -> None:
        if not (isinstance(type, _CLASS) and issubclass(type, Artifact)):
            raise ConfigError(
                "a channel's type must be an artifact class", value=type, hint="for example standard_artifacts.Model"
            )
        self.type = type
        self.is_optional = is_optional

    @property
    def type_name(self) -> str:
        """The name of the artifact type."""
        return self.type.TYPE_NAME

    @property
    def parts(self) -> Sequence[BaseChannel]:
        """The channels that this one is put together from; itself where it is simple."""
        return (self,)

    def get(self) -> list[Artifact]:
        """The artifacts that this channel holds, once an InteractiveContext has run the node that feeds it.

        Raises:
            ConfigError: no such node has been run.
        """
        held = self.held
        if held is None:
            raise ConfigError(
                "a channel holds artifacts once its node has been run in an InteractiveContext",
                value=self,
                hint="context.run(…) the node first; after LocalDagRunner().run(pipeline), ask its result: "
                "result.outputs(node_id)[key]. In a notebook that is exported, mark the cell %%skip_for_export.",
            )
        return list(held)

    @property
    def held(self) -> Sequence[Artifact] | None:
        """The artifacts of ``get``; None before the node that feeds the channel has been run."""
        return None

    def _repr_html_(self) -> str:
        """The channel as the result of a notebook cell."""
        from gristmill.dsl.rich_display import channel_view  # notebooks only

        return channel_view(self)._repr_html_()

    def future(self) -> ArtifactListPlaceholder:
        """A placeholder for the artifacts that this channel will hold, for conditions and parameters.

        For example ``channel.future()[0].value``.
        """
        from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder  # placeholders know channels

        return ArtifactListPlaceholder.of_channel(self)

    def union(self, others: Iterable[BaseChannel]) -> UnionChannel:
        """The artifacts of this channel and of the others."""
        return UnionChannel([self, *others])

    def as_optional(self) -> BaseChannel:
        """The same channel, as an input that may be empty."""
        result = copy.copy(self)
        result.is_optional = True
        return result

    def no_trigger(self) -> BaseChannel:
        """Not supported: there are no continuously running pipelines here."""
        raise NotSupportedError("no_trigger() has no meaning without continuously running pipelines", hint=_ASYNC_HINT)

    def trigger_by_property(self, *property_keys: str) -> BaseChannel:
        """Not supported: there are no continuously running pipelines here."""
        raise NotSupportedError(
            "trigger_by_property() has no meaning without continuously running pipelines",
            value=property_keys,
            hint=_ASYNC_HINT,
        )


_CLASS = type  # the parameter named ``type`` hides the built-in where it is needed


class Channel(BaseChannel):
    """Artifacts described by type, and by the node and key that produce them where these are given.

    As an output in a ComponentSpec it only states the type.

    Args:
        type: the artifact class.
        additional_properties: declared properties that the artifacts must have.
        additional_custom_properties: custom properties that the artifacts must have.
        producer_component_id: id of the producing node.
        output_key: key of the producing node's output.
        artifacts: artifacts without a URI, which say no more than the type; others are found when the pipeline runs.
    """

    def __init__(
        self,
        type: type[Artifact],
        additional_properties: Mapping[str, Any] | None = None,
        additional_custom_properties: Mapping[str, Any] | None = None,
        artifacts: Iterable[Artifact] | None = None,
        producer_component_id: str | None = None,
        output_key: str | None = None,
    ) -> None:
        super().__init__(type)
        payloads = [artifact.uri for artifact in artifacts or () if artifact.uri]
        if payloads:
            raise NotSupportedError(
                "a channel does not take artifacts; they are found when the pipeline runs",
                value=payloads,
                hint="bring an existing payload in with an Importer",
            )
        if output_key is not None and producer_component_id is None:
            raise ConfigError(
                "output_key needs producer_component_id", value=output_key, hint="name the node whose output it is"
            )
        self.additional_properties = dict(additional_properties or {})
        self.additional_custom_properties = dict(additional_custom_properties or {})
        self.producer_component_id = producer_component_id
        self.output_key = output_key

    def __repr__(self) -> str:
        by = f", {self.producer_component_id}[{self.output_key!r}]" if self.producer_component_id else ""
        return f"Channel({self.type_name}{by})"


class OutputChannel(BaseChannel):
    """What a node produces under one of its output keys.

    Attributes:
        producer: the node.
        output_key: the key.
        additional_properties: declared properties that each produced artifact gets.
        additional_custom_properties: custom properties that each produced artifact gets.
    """

    def __init__(
        self,
        type: type[Artifact],
        producer: BaseNode,
        output_key: str,
        additional_properties: Mapping[str, Any] | None = None,
        additional_custom_properties: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(type)
        self.producer = producer
        self.output_key = output_key
        self.additional_properties = dict(additional_properties or {})
        self.additional_custom_properties = dict(additional_custom_properties or {})

    @property
    def producer_component_id(self) -> str:
        """The id of the producing node."""
        return self.producer.id

    @property
    def held(self) -> Sequence[Artifact] | None:
        """What the node's last run in an InteractiveContext made; None where that failed, or there was none."""
        made = self.producer.made
        return None if made is None else made.get(self.output_key, ())

    def __repr__(self) -> str:
        return f"OutputChannel({self.type_name}, {self.producer.id}[{self.output_key!r}])"


class UnionChannel(BaseChannel):
    """The artifacts of several channels of one type, in the order of the channels, each once."""

    def __init__(self, channels: Iterable[BaseChannel]) -> None:
        given = list(channels)
        if not given:
            raise ConfigError("a union needs at least one channel", hint="list the channels to join")
        others = {channel.type_name for channel in given} - {given[0].type_name}
        if others:
            raise ConfigError(
                f"the channels of a union must have one type; the first has {given[0].type_name}",
                value=sorted(others),
                hint="join outputs of one artifact type",
            )
        super().__init__(given[0].type)
        self.channels = tuple(part for channel in given for part in channel.parts)

    @property
    def parts(self) -> Sequence[BaseChannel]:
        return self.channels

    @property
    def held(self) -> Sequence[Artifact] | None:
        """The artifacts of its channels, each once; None where one of them has none yet."""
        found: dict[int, Artifact] = {}
        for channel in self.channels:
            held = channel.held
            if held is None:
                return None
            found.update((artifact.id, artifact) for artifact in held)
        return list(found.values())

    def __repr__(self) -> str:
        return f"UnionChannel({list(self.channels)!r})"


def union(channels: Iterable[BaseChannel]) -> UnionChannel:
    """The artifacts of several channels of one type."""
    return UnionChannel(channels)


def output_channels(channels: Iterable[BaseChannel]) -> Iterator[OutputChannel]:
    """Those of the channels, and of their parts, that are outputs of a node."""
    for channel in channels:
        for part in channel.parts:
            if isinstance(part, OutputChannel):
                yield part
