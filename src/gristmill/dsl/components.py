"""What component functions are written with."""

from gristmill.dsl.annotations import (
    AsyncOutputArtifact,
    BeamComponentParameter,
    InputArtifact,
    OutputArtifact,
    OutputDict,
    Parameter,
)
from gristmill.dsl.function_component import component

__all__ = [
    "AsyncOutputArtifact",
    "BeamComponentParameter",
    "InputArtifact",
    "OutputArtifact",
    "OutputDict",
    "Parameter",
    "component",
]
