"""The Scope: everything that a placeholder may refer to, at the moment when it is resolved."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gristmill.dsl.artifact import Artifact
    from gristmill.dsl.channel import BaseChannel

__all__ = ["Scope"]


@dataclass(frozen=True)
class Scope:
    """What is known when an expression is resolved; None means that this kind is not available there.

    Attributes:
        inputs: the node's input artifacts by key.
        outputs: the node's output artifacts by key.
        exec_properties: the node's parameters by key; messages as proto3 JSON text.
        parameter_types: the declared type of parameters, where known: turns JSON text back into messages.
        channel_artifacts: the artifacts that a channel holds, for ``channel.future()``.
        runtime_parameters: values of runtime parameters by name; those not in it take their default.
        execution_invocation: fields of the invocation (ids, URIs) by name.
        runtime_info: platform-dependent configuration by name.
        environment: environment variables by name.
    """

    inputs: Mapping[str, Sequence[Artifact]] | None = None
    outputs: Mapping[str, Sequence[Artifact]] | None = None
    exec_properties: Mapping[str, Any] | None = None
    parameter_types: Mapping[str, Any] = field(default_factory=dict)
    channel_artifacts: Callable[[BaseChannel], Sequence[Artifact]] | None = None
    runtime_parameters: Mapping[str, Any] = field(default_factory=dict)
    execution_invocation: Mapping[str, Any] | None = None
    runtime_info: Mapping[str, Any] | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
