"""Parameters that are placeholders: known when the node's inputs are, before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gristmill.dsl.placeholder.artifacts import ArtifactListPlaceholder
from gristmill.dsl.placeholder.expression import sub_expressions
from gristmill.dsl.placeholder.properties import ExecPropertyPlaceholder
from gristmill.errors import ConfigError

__all__ = ["check_dynamic_parameters"]


def check_dynamic_parameters(component: str, exec_properties: Mapping[str, Any]) -> None:
    """Refuse placeholders that are not known before the node runs.

    Raises:
        ConfigError: a parameter refers to an output of its own node or to another parameter.
    """
    for key, value in exec_properties.items():
        for part in sub_expressions(value):
            is_output = isinstance(part, ArtifactListPlaceholder) and part.source == "output"
            if is_output or isinstance(part, ExecPropertyPlaceholder):
                raise ConfigError(
                    f"{component}: the parameter {key!r} may refer to inputs only, not to outputs or other parameters",
                    value=part,
                    hint="refer to another node's output: <node>.outputs['…'].future()[0].value",
                )
