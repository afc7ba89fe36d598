"""How the runner treats a node: retries, time limit, and whether its failure matters to the nodes behind it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from gristmill.errors import ConfigError, NotSupportedError

__all__ = ["NodeExecutionOptions", "TriggerStrategy"]


class TriggerStrategy(enum.IntEnum):
    """When a node starts."""

    TRIGGER_STRATEGY_UNSPECIFIED = 0
    ALL_UPSTREAM_NODES_SUCCEEDED = 1
    ALL_UPSTREAM_NODES_COMPLETED = 2


@dataclass(frozen=True)
class NodeExecutionOptions:
    """Options of one node.

    Attributes:
        trigger_strategy: only the default, all upstream nodes succeeded, is supported.
        success_optional: nodes that depend on this one only by order, not by its outputs, run although it failed.
        max_execution_retries: how often to run the executor again after it raised.
        execution_timeout_sec: seconds after which an execution counts as failed; 0 means no limit.
        lifetime_start: not supported.
    """

    trigger_strategy: TriggerStrategy = TriggerStrategy.TRIGGER_STRATEGY_UNSPECIFIED
    success_optional: bool = False
    max_execution_retries: int = 0
    execution_timeout_sec: int = 0
    lifetime_start: str | None = None

    def __post_init__(self) -> None:
        if self.trigger_strategy is TriggerStrategy.ALL_UPSTREAM_NODES_COMPLETED:
            raise NotSupportedError(
                "a node starts when all upstream nodes have succeeded",
                value=self.trigger_strategy.name,
                hint="set success_optional on the upstream node whose failure does not matter",
            )
        if self.lifetime_start is not None:
            raise NotSupportedError(
                "node lifetimes are not supported", value=self.lifetime_start, hint="leave lifetime_start out"
            )
        for name in ("max_execution_retries", "execution_timeout_sec"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{name} must not be negative", value=getattr(self, name), hint="0 means none")
