"""The Resolver brings artifacts of earlier runs into this one: the latest model, the last three spans of examples.

    model_resolver = Resolver(
        strategy_class=LatestBlessedModelStrategy,
        model=Channel(type=Model),
        model_blessing=Channel(type=ModelBlessing),
    ).with_id("latest_blessed_model_resolver")

It looks through the whole history of the pipeline. It is the only node whose inputs may be channels without a producer:
those hold all published artifacts of their type.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from google.protobuf import message

from gristmill.dsl.artifact import Artifact
from gristmill.dsl.channel import BaseChannel
from gristmill.dsl.node import BaseNode
from gristmill.dsl.parameter_value import message_to_json
from gristmill.dsl.strategies.contract import ResolverStrategy
from gristmill.errors import ConfigError, NotSupportedError

if TYPE_CHECKING:
    from gristmill.metadata import MetadataStore

__all__ = ["Resolver"]


class Resolver(BaseNode):
    """A node whose outputs are chosen among the artifacts of its input channels, under the same keys.

    Args:
        strategy_class: chooses.
        config: keyword arguments for the strategy.
        function: not supported; write a strategy.
        channels: what to choose from, by key.

    Raises:
        ConfigError: there is no strategy or no channel, or the strategy does not take this config.
    """

    READS_HISTORY: ClassVar[bool] = True

    def __init__(
        self,
        strategy_class: type[ResolverStrategy] | None = None,
        config: Mapping[str, Any] | None = None,
        function: Any = None,
        **channels: BaseChannel,
    ) -> None:
        if function is not None:
            raise NotSupportedError(
                "resolver functions are not supported", value=function, hint="write a ResolverStrategy"
            )
        if not (inspect.isclass(strategy_class) and issubclass(strategy_class, ResolverStrategy)):
            raise ConfigError(
                "Resolver needs a strategy_class, a subclass of ResolverStrategy",
                value=strategy_class,
                hint="for example LatestArtifactStrategy",
            )
        if not channels:
            raise ConfigError("Resolver needs at least one channel", hint="for example model=Channel(type=Model)")
        for key, channel in channels.items():
            if not isinstance(channel, BaseChannel):
                raise ConfigError(
                    f"Resolver: {key!r} must be a channel",
                    value=channel,
                    hint=f"pass {key}=Channel(type=…), or a node's output",
                )
        self.strategy_class = strategy_class
        self.config = dict(config or {})
        self._strategy = self._made_strategy()
        exec_properties = {
            "strategy_class": f"{strategy_class.__module__}.{strategy_class.__qualname__}",
            "config": json.dumps({key: _json_value(value) for key, value in self.config.items()}, sort_keys=True),
        }
        inputs = {key: channel.as_optional() for key, channel in channels.items()}
        super().__init__(inputs, {key: channel.type for key, channel in channels.items()}, exec_properties)

    def choose(
        self, store: MetadataStore, candidates: Mapping[str, list[Artifact]]
    ) -> dict[str, list[Artifact]] | None:
        """The chosen artifacts by key; None where the strategy cannot do without some that are missing."""
        return self._strategy.resolve_artifacts(store, {key: list(candidates[key]) for key in self.inputs})

    def is_decided_by(self, candidates: Mapping[str, list[Artifact]]) -> bool:
        """Whether it would choose the same, were candidates added that are older than all of these."""
        return self._strategy.is_decided_by(candidates)

    def _made_strategy(self) -> ResolverStrategy:
        try:
            return self.strategy_class(**self.config)
        except TypeError as error:
            raise ConfigError(
                f"{self.strategy_class.__name__} does not take this config", value=self.config, hint=str(error)
            ) from error


def _json_value(value: Any) -> Any:
    return json.loads(message_to_json(value)) if isinstance(value, message.Message) else value
