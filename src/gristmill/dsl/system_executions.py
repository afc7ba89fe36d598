"""The kinds of work that the metadata store knows by itself: base types that a component may be annotated with."""

from __future__ import annotations

from typing import ClassVar

from gristmill.proto import metadata_store_pb2

__all__ = ["Deploy", "Evaluate", "Process", "SystemExecution", "Train", "Transform"]


class SystemExecution:
    """Base of the annotations; the number is the store's base type."""

    MLMD_SYSTEM_BASE_TYPE: ClassVar[metadata_store_pb2.ExecutionType.SystemDefinedBaseType] = (
        metadata_store_pb2.ExecutionType.UNSET
    )


class Train(SystemExecution):
    """Training of a model."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ExecutionType.TRAIN


class Transform(SystemExecution):
    """Transformation of data, models or metadata into another form of the same."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ExecutionType.TRANSFORM


class Process(SystemExecution):
    """Work that reads data and produces other things."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ExecutionType.PROCESS


class Evaluate(SystemExecution):
    """Measuring a model."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ExecutionType.EVALUATE


class Deploy(SystemExecution):
    """Bringing a model to where it serves."""

    MLMD_SYSTEM_BASE_TYPE = metadata_store_pb2.ExecutionType.DEPLOY
