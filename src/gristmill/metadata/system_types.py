"""The types that every store has from the start: common ancestors that user types may name as their base type.

The order is part of the format: it fixes their ids 1 to 9, and with them the id 10 of the first user type.
"""

from __future__ import annotations

from gristmill.metadata.kinds import ARTIFACT, EXECUTION
from gristmill.proto.metadata_store_pb2 import ArtifactType, ExecutionType

__all__ = ["SYSTEM_TYPES", "base_type_name", "base_type_number"]

_ARTIFACT_BASES = {
    "mlmd.Dataset": ArtifactType.DATASET,
    "mlmd.Model": ArtifactType.MODEL,
    "mlmd.Metrics": ArtifactType.METRICS,
    "mlmd.Statistics": ArtifactType.STATISTICS,
}
_EXECUTION_BASES = {
    "mlmd.Train": ExecutionType.TRAIN,
    "mlmd.Transform": ExecutionType.TRANSFORM,
    "mlmd.Process": ExecutionType.PROCESS,
    "mlmd.Evaluate": ExecutionType.EVALUATE,
    "mlmd.Deploy": ExecutionType.DEPLOY,
}
_BASES: dict[int, dict[str, int]] = {
    ARTIFACT.type_kind: {name: int(number) for name, number in _ARTIFACT_BASES.items()},
    EXECUTION.type_kind: {name: int(number) for name, number in _EXECUTION_BASES.items()},
}

SYSTEM_TYPES: tuple[tuple[str, int], ...] = tuple(
    (name, type_kind) for type_kind in (ARTIFACT.type_kind, EXECUTION.type_kind) for name in _BASES[type_kind]
)
"""Name and type_kind of each system type, in the order of their ids."""


def base_type_name(type_kind: int, number: int) -> str | None:
    """The system type that a ``base_type`` number stands for; None for UNSET and unknown numbers."""
    for name, known in _BASES.get(type_kind, {}).items():
        if known == number:
            return name
    return None


def base_type_number(type_kind: int, name: str) -> int | None:
    """The ``base_type`` number of a system type; None for a type that is none."""
    return _BASES.get(type_kind, {}).get(name)
