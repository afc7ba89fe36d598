"""Annotations for the parameters of component functions.

To a type checker they are transparent: in the function, ``model: InputArtifact[Model]`` is a ``Model`` and
``steps: Parameter[int]`` an ``int``.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, TypedDict, TypeVar

from gristmill.errors import ConfigError

__all__ = [
    "AsyncOutputArtifact",
    "BeamComponentParameter",
    "InputArtifact",
    "Kind",
    "OutputArtifact",
    "OutputDict",
    "Parameter",
]

T = TypeVar("T")


class Kind(enum.Enum):
    """What a function's parameter stands for."""

    INPUT = "InputArtifact"
    OUTPUT = "OutputArtifact"
    ASYNC_OUTPUT = "AsyncOutputArtifact"
    PARAMETER = "Parameter"
    BEAM = "BeamComponentParameter"


InputArtifact = Annotated[T, Kind.INPUT]
"""An artifact to read; ``InputArtifact[list[Model]]`` for any number of them."""

OutputArtifact = Annotated[T, Kind.OUTPUT]
"""An artifact to write: its payload goes under its ``uri``."""

AsyncOutputArtifact = Annotated[T, Kind.ASYNC_OUTPUT]
"""Known from TFX; artifacts are published when the function has returned, so components refuse it."""

Parameter = Annotated[T, Kind.PARAMETER]
"""A value given when the pipeline is defined: int, float, str, bool, bytes, a message, or a JSON list or dict."""

BeamComponentParameter = Annotated[T, Kind.BEAM]
"""Known from TFX; components refuse it, as functions do not build Beam pipelines."""


def OutputDict(**fields: Any) -> Any:  # noqa: N802 - a type constructor with the family's name
    """The return annotation of a function that returns values: ``-> OutputDict(rows=int)``. A TypedDict is the same.

    Raises:
        ConfigError: no field is given.
    """
    if not fields:
        raise ConfigError("OutputDict needs at least one field", hint="leave the annotation out, or write -> None")
    return TypedDict("OutputDict", fields)  # type: ignore[operator]
